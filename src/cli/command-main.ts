import { type CommandSpec, type CommandSyntax, type Given, isStageCommand } from '../commands/spec.ts';
import { EXIT, exitCodeOf } from '../runtime/exit-codes.ts';
import { FusedRun } from '../runtime/fused-run.ts';
import type { CommonOptions } from './common-options.ts';
import { commandHelp } from './help.ts';
import { parseCommandLine } from './parse.ts';
import { createReporter, errorReporter, toStderr } from './reporter.ts';
import { plain, print, type Style, styleOf, widthOf } from './terminal.ts';
import { versionLine } from './version.ts';

/** Does what a command line says; gives the exit code. */
export type Execute = (given: Given, common: CommonOptions, style: Style) => Promise<number>;

/** Runs the command that an executable of its own stands for (`bin/tm-window`), and ends the process. */
export async function startCommand(spec: CommandSyntax, execute: Execute): Promise<never> {
  process.exit(await runCommand(spec, execute, process.argv.slice(2)));
}

/**
 * Runs a command with the words behind its name.
 * @returns the exit code
 */
export async function runCommand(
  spec: CommandSyntax,
  execute: Execute,
  words: readonly string[],
): Promise<number> {
  const debug = words.includes('--debug');
  keepStdoutForStreams();
  reportCrash(spec.name, debug);
  const style = await styleOf(2);
  try {
    const line = parseCommandLine(spec, words);
    switch (line.action) {
      case 'help':
        print(1, commandHelp(spec, line.kind, widthOf(1), await styleOf(1)));
        return EXIT.done;
      case 'version':
        print(1, versionLine(`tm-${spec.name}`));
        return EXIT.done;
      case 'run': {
        const code = await execute(line.given, line.common, style);
        await endBranches(spec, words);
        return code;
      }
    }
  } catch (error) {
    errorReporter(debug, style).error(spec.name, error);
    await endBranches(spec, words);
    return exitCodeOf(error);
  }
}

/** However a stage that branches has ended: nobody waits for a branch that it has not begun. */
async function endBranches(spec: CommandSyntax, words: readonly string[]): Promise<void> {
  if (!isStageCommand(spec) || spec.placesIn === undefined) return;
  const { endUnopened } = await import('../connectors/unopened-fifos.ts');
  await endUnopened(spec.placesIn(words));
}

/** A command that is a stage runs by itself, on a pipe. */
export const executeStage =
  (spec: CommandSpec): Execute =>
  async (given, common, style) => {
    await spec.load?.(given);
    const options = {
      stats: common.stats !== false,
      eof: common.eof,
      maxLine: common.maxLine,
      name: common.name,
      report: createReporter(common, style, toStderr),
    };
    return new FusedRun([{ name: spec.name, stage: spec.build(given), options }], process).run();
  };

/** What a module of the user's says by `console.log` would stand between the lines of the stream. */
function keepStdoutForStreams(): void {
  for (const name of ['log', 'info', 'debug', 'table', 'dir'] as const)
    console[name] = (...said: unknown[]) => console.error(...said);
}

/** An error that nothing catches would show a stack and a line of minified source. */
function reportCrash(name: string, debug: boolean): void {
  process.on('uncaughtException', (error) => {
    errorReporter(debug, plain).error(name, error);
    process.exit(EXIT.failed);
  });
}
