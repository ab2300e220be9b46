import { Buffer } from 'node:buffer';
import { openStdin } from '../../../src/connectors/stdin.ts';
import { openStdout, ReaderClosed } from '../../../src/connectors/stdout.ts';
import { TidemarkError } from '../../../src/errors.ts';

// Copies standard input to standard output and says on standard error how it ended.
const buffer = Buffer.alloc(Number(process.argv[2] ?? 1 << 18));
process.on('SIGUSR1', () => process.stderr.write('signal\n'));
try {
  const input = openStdin();
  const output = openStdout();
  for (;;) {
    const count = await input.read(buffer, 0);
    if (count === 0) break;
    await output.write(buffer.subarray(0, count));
  }
  await input.close();
  await output.close();
  process.stderr.write('done\n');
} catch (error) {
  if (error instanceof ReaderClosed) process.stderr.write('reader closed\n');
  else if (error instanceof TidemarkError) process.stderr.write(`${error.code}: ${error.message}\n`);
  else throw error;
}
