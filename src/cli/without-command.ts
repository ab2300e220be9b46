import { commands } from '../commands/registry.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { usage } from './messages.ts';
import { print, styleOf, widthOf } from './terminal.ts';

/**
 * What `tm` does by itself: its overview, its version, the manual.
 * @returns the exit code
 * @throws TidemarkError `usage` for a word that is no command
 */
export async function runWithoutCommand(first: string | undefined, rest: readonly string[]): Promise<number> {
  switch (first) {
    case undefined:
      await showOverview(2);
      return EXIT.usage;
    case '--help':
    case '-h':
      await showOverview(1);
      return EXIT.done;
    case '--version': {
      const { versionLine } = await import('./version.ts');
      print(1, versionLine('tm'));
      return EXIT.done;
    }
    case 'help': {
      const { showManual } = await import('./manual.ts');
      return showManual(rest[0] ?? 'tm');
    }
    default:
      throw await unknown(first);
  }
}

async function unknown(word: string): Promise<Error> {
  const { nearestWord } = await import('../expressions/suggestion.ts');
  const say = word.startsWith('-') ? usage.unknownOption : usage.unknownCommand;
  const meant = nearestWord(word, [...commands.map(({ name }) => name), 'help', '--help', '--version']);
  return usageError(say(word, meant), usage.seeCommands);
}

/** Asked for, it goes to stdout; where a command is missing, to stderr. */
async function showOverview(fd: 1 | 2): Promise<void> {
  const { overviewHelp } = await import('./overview.ts');
  const specs = await Promise.all(commands.map(({ load }) => load()));
  print(fd, overviewHelp(specs, widthOf(fd), await styleOf(fd)));
}
