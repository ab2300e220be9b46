import type { Stage } from '../commands/stage.ts';
import { ReaderClosed } from '../connectors/stdout.ts';
import { TidemarkError } from '../errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import type { RunOptions } from './run-options.ts';
import { StageRun } from './stage-run.ts';

/**
 * Runs one stage as a process of a pipe: reads its input from stdin (a source: from its locations), writes
 * stdout and the side files.
 * @returns the exit code (DESIGN §5)
 */
export async function runStage(name: string, stage: Stage, options: RunOptions): Promise<number> {
  const run = new StageRun(name, stage, options, process);
  try {
    await run.run();
    return run.interrupts.exitCode !== 0 && stage.role === 'source' ? run.interrupts.exitCode : 0;
  } catch (error) {
    await run.abandon();
    // Nobody reads on: the end of the work, quietly.
    if (error instanceof ReaderClosed) return 0;
    if (!(error instanceof TidemarkError)) {
      options.report.error(name, error);
      return 1;
    }
    // Who got the signal too knows why the input stops.
    if (error.code !== 'cut' || run.interrupts.exitCode === 0) options.report.error(name, error);
    return exitCodeOf(error);
  } finally {
    if (options.stats) options.report.stats(name, run.counters);
  }
}
