import { commands } from '../commands/registry.ts';
import { usageError } from '../errors.ts';
import { EXIT, exitCodeOf } from '../runtime/exit-codes.ts';
import { usage } from './messages.ts';
import { errorReporter } from './reporter.ts';
import { print, styleOf, widthOf } from './terminal.ts';

/** What the bundle of a command gives: scripts/build.mjs makes one beside this file for each. */
interface CommandBundle {
  run(words: readonly string[]): Promise<number>;
}

/** Runs `tm`, and ends the process. */
export async function start(): Promise<never> {
  process.exit(
    await runTm(process.argv.slice(2), async (name, words) => {
      const bundle: CommandBundle = await import(new URL(`./tm-${name}.js`, import.meta.url).href);
      return bundle.run(words);
    }),
  );
}

/**
 * `tm COMMAND …` runs the command in this process, as its own executable would.
 * @param run runs a command with the words behind its name, and gives its exit code
 * @returns the exit code
 */
export async function runTm(
  words: readonly string[],
  run: (name: string, words: readonly string[]) => Promise<number>,
): Promise<number> {
  const [first, ...rest] = words;
  try {
    if (first !== undefined && commands.some(({ name }) => name === first)) return await run(first, rest);
    return await runWithoutCommand(first, rest);
  } catch (error) {
    const debug = words.includes('--debug');
    errorReporter(debug, await styleOf(2)).error('tm', error);
    return exitCodeOf(error);
  }
}

async function runWithoutCommand(first: string | undefined, rest: readonly string[]): Promise<number> {
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
