import fs from 'node:fs';
import tty from 'node:tty';
import { cannotWrite, systemCode } from '../connectors/system-error.ts';
import { mayColour } from '../connectors/terminal.ts';

/** How words are set off where they are looked at; elsewhere the text stays as it is. */
export interface Style {
  heading(text: string): string;
  faint(text: string): string;
}

export const plain: Style = { heading: (text) => text, faint: (text) => text };

/** Text lines longer than this are hard to read. */
const WIDEST = 100;

/** Where a line breaks on this descriptor: by the terminal's width, if it is one. */
export function widthOf(fd: 1 | 2): number {
  const columns = tty.isatty(fd) ? (fd === 1 ? process.stdout : process.stderr).columns : WIDEST;
  return Math.max(40, Math.min(columns || WIDEST, WIDEST));
}

/** Colour on a terminal only, and only where it may be used. */
export async function styleOf(fd: 1 | 2, env: NodeJS.ProcessEnv = process.env): Promise<Style> {
  if (!tty.isatty(fd) || !mayColour(env)) return plain;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { heading: (text) => chalk.bold(text), faint: (text) => chalk.dim(text) };
}

/** Between two tries to write to a descriptor that takes nothing now, and how many there are: 5 s in all. */
const PAUSE_MS = 5;
const TRIES = 1000;

/**
 * Writes text at once, also to a pipe that another process has made non-blocking. Who reads it may have gone:
 * there is nobody to tell then, and of what stderr does not take.
 * @throws TidemarkError `failed` where stdout does not take what was asked for
 */
export function print(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let tries = 0; at < bytes.length && tries < TRIES; ) {
    try {
      at += fs.writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      const code = systemCode(error);
      if (code !== 'EAGAIN') {
        if (fd === 2 || code === 'EPIPE' || code === 'ECONNRESET') return;
        throw cannotWrite('standard output', error);
      }
      tries++;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
