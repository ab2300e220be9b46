import { isatty } from 'node:tty';
import type { Target } from './connector.ts';
import { type Output, openStdout } from './stdout.ts';

/** Standard output as the target of a sink: what is written is out, so abandoning it takes nothing back. */
export function stdoutTarget(): Target {
  /** Open from the first write to the end. */
  let output: Output | undefined;
  return {
    write(bytes) {
      output ??= openStdout();
      return output.write(bytes);
    },
    async commit() {
      await output?.close();
      output = undefined;
    },
    async abandon() {
      output?.abandon();
      output = undefined;
    },
  };
}

/** What is known of the terminal that standard output is. */
export interface Terminal {
  /** Characters in a line; undefined where the terminal doesn't tell. */
  readonly width: number | undefined;
  /** Whether colour and weight may be used (https://no-color.org). */
  readonly colour: boolean;
}

/** The terminal that standard output is; undefined when it is something else. */
export function stdoutTerminal(): Terminal | undefined {
  if (!isatty(1)) return undefined;
  const { NO_COLOR, TERM } = process.env;
  const width = process.stdout.columns;
  return { width: width > 0 ? width : undefined, colour: !NO_COLOR && TERM !== 'dumb' };
}
