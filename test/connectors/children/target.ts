import { Buffer } from 'node:buffer';
import { openFileTarget } from '../../../src/connectors/file-target.ts';

// Opens a target, writes the lines "row N" up to a count, says so, and commits when standard input ends.
const [path, mode, bounded, count] = process.argv.slice(2);
const target = await openFileTarget(path!, {
  mode: mode as 'new' | 'append' | 'overwrite',
  bounded: bounded === 'bounded',
});
for (let i = 0; i < Number(count); i++) await target.write(Buffer.from(`row ${i}\n`));
process.stdout.write('written\n');
for await (const _ of process.stdin);
await target.commit();
