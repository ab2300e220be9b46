import { TidemarkError } from '../errors.ts';
import type { Reporter } from '../runtime/run-options.ts';
import type { CommonOptions } from './common-options.ts';
import {
  errorLine,
  hintLine,
  internalError,
  internalHint,
  noticeLine,
  stackOf,
  statsJson,
  statsText,
} from './messages.ts';
import { print, type Style } from './terminal.ts';

/** Tells errors, notices and statistics a line each, with at most one line of hint behind. */
export function createReporter(
  { quiet, debug, stats }: Pick<CommonOptions, 'quiet' | 'debug' | 'stats'>,
  style: Style,
  write: (text: string) => void,
): Reporter {
  const tell = (line: string, hint: string | undefined): void => {
    const told = visible(line);
    write(hint === undefined ? `${told}\n` : `${told}\n${style.faint(visible(hintLine(hint)))}\n`);
  };
  return {
    error(stage, error) {
      if (error instanceof TidemarkError) tell(errorLine(stage, error), error.hint);
      else tell(internalError(stage, error), debug ? undefined : internalHint);
      if (debug) write(`${stackOf(error)}\n`);
    },
    notice(stage, message, hint) {
      if (!quiet) tell(noticeLine(stage, message), hint);
    },
    stats(stage, counters) {
      write(`${stats === 'json' ? statsJson(stage, counters) : statsText(stage, counters)}\n`);
    },
  };
}

/** Control characters as JSON spells them: what a message quotes may have line ends, or speak to the terminal. */
export const visible = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? JSON.stringify(character).slice(1, -1) : `\\u${code.toString(16).padStart(4, '0')}`;
  });

/** Where text for people goes that is no answer to a question of theirs. */
export const toStderr = (text: string): void => print(2, text);

/** Tells errors where no options are known: the command line is wrong, or there is none yet. */
export const errorReporter = (debug: boolean, style: Style): Reporter =>
  createReporter({ quiet: false, stats: false, debug }, style, toStderr);
