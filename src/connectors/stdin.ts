import fs from 'node:fs';
import tty from 'node:tty';
import { TidemarkError } from '../errors.ts';
import type { Split, SplitReader } from './connector.ts';
import { DeviceReader } from './device-reader.ts';
import { RegularReader } from './regular-reader.ts';
import { SocketReader } from './socket-reader.ts';
import { cannotRead, systemCode } from './system-error.ts';

/** What messages call it; the name of its split. */
export const STDIN = 'standard input';

/**
 * Reads standard input, or what else came with a descriptor: a pipe, a socket, a terminal, a file. A closed one
 * is empty. `close` ends every hold on the event loop.
 * @throws TidemarkError `failed` for what cannot be read at all: a directory
 */
export const openStdin = (fd = 0, signal?: AbortSignal): SplitReader => openDescriptor(fd, STDIN, signal);

/** Standard input as a location of a source. */
export const stdinSplit = (fd = 0): Split => ({
  name: STDIN,
  open: async (signal) => openStdin(fd, signal),
});

/**
 * The reader that fits the kind of an open descriptor. It owns the descriptor, except 0 to 2.
 * @param name for messages
 * @param signal aborted: reads give 0 from then on, the waiting one too
 * @throws TidemarkError `failed`
 */
export function openDescriptor(fd: number, name: string, signal?: AbortSignal): SplitReader {
  let stat: fs.Stats;
  try {
    stat = fs.fstatSync(fd);
  } catch (error) {
    if (systemCode(error) === 'EBADF') return NOTHING;
    throw cannotRead(name, error);
  }
  if (stat.isFIFO() || stat.isSocket() || tty.isatty(fd)) return new SocketReader(fd, name, signal);
  if (stat.isFile() || stat.isBlockDevice()) return new RegularReader(fd, name, signal);
  if (stat.isDirectory()) {
    if (fd > 2) fs.closeSync(fd);
    throw new TidemarkError('failed', `cannot read ${name}: it is a directory`);
  }
  return new DeviceReader(fd, name, signal);
}

const NOTHING: SplitReader = { read: () => 0, close: async () => {} };
