import { commands } from '../commands/registry.ts';

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
    // Loaded where no command is named: each file that is loaded takes most of a millisecond.
    const { runWithoutCommand } = await import('./without-command.ts');
    return await runWithoutCommand(first, rest);
  } catch (error) {
    const debug = words.includes('--debug');
    const { exitCodeOf } = await import('../runtime/exit-codes.ts');
    const { errorReporter } = await import('./reporter.ts');
    const { styleOf } = await import('./terminal.ts');
    errorReporter(debug, await styleOf(2)).error('tm', error);
    return exitCodeOf(error);
  }
}
