import { isatty } from 'node:tty';

/** Whether a terminal may be sent colour and weight (https://no-color.org: not where NO_COLOR is set and not empty). */
export const mayColour = (env: NodeJS.ProcessEnv): boolean =>
  (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';

/** What is known of the terminal that standard output is. */
export interface Terminal {
  /** Characters in a line; undefined where the terminal doesn't tell. */
  readonly width: number | undefined;
  /** Whether colour and weight may be used. */
  readonly colour: boolean;
}

/** The terminal that standard output is; undefined when it is something else. */
export function stdoutTerminal(): Terminal | undefined {
  if (!isatty(1)) return undefined;
  const width = process.stdout.columns;
  return { width: width > 0 ? width : undefined, colour: mayColour(process.env) };
}
