import { Buffer } from 'node:buffer';
import { openStdout, ReaderClosed } from '../../../src/connectors/stdout.ts';
import { TidemarkError } from '../../../src/errors.ts';

// Writes so many megabytes in pieces of so many bytes, each filled with its number, from one buffer.
const megabytes = Number(process.argv[2]);
const buffer = Buffer.alloc(Number(process.argv[3]));
process.on('SIGUSR1', () => process.stderr.write('signal\n'));
try {
  const output = openStdout();
  const pieces = Math.ceil((megabytes * 2 ** 20) / buffer.length);
  for (let i = 0; i < pieces; i++) {
    buffer.fill(i & 255);
    const written = output.write(buffer);
    if (written !== undefined) await written;
  }
  await output.close();
  process.stderr.write(`done ${Math.round(process.cpuUsage().user / 1000)}\n`);
} catch (error) {
  if (error instanceof ReaderClosed) process.stderr.write('reader closed\n');
  else if (error instanceof TidemarkError) process.stderr.write(`${error.code}: ${error.message}\n`);
  else throw error;
}
