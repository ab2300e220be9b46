// Writes lines to standard output through its target, then does what the argument says: commit or abandon.
import { Buffer } from 'node:buffer';
import { stdoutTarget } from '../../../src/connectors/stdout-target.ts';
import { stdoutTerminal } from '../../../src/connectors/terminal.ts';

const target = stdoutTarget();
await target.write(Buffer.from('one\n'));
await target.write(Buffer.from(`terminal: ${stdoutTerminal() !== undefined}\n`));
if (process.argv[2] === 'commit') await target.commit();
else await target.abandon();
