import { sidesOf } from '../commands/side-option.ts';
import type { Given, ProgramStream } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { notKept } from '../connectors/side-feed.ts';
import { ReaderClosed } from '../connectors/stdout.ts';
import { type ErrorCode, TidemarkError } from '../errors.ts';
import type { SideInput } from '../operators/side-input.ts';
import { EXIT } from './exit-codes.ts';
import { type Ends, FusedRun } from './fused-run.ts';
import type { RunnableStage } from './plan.ts';

/** What was given, with the stages of `<(…)` in place of the streams that it stands for, by the names of side inputs. */
export function withSideRuns(given: Given, feeds: ReadonlyMap<string, readonly RunnableStage[]>): Given {
  if (feeds.size === 0) return given;
  const streams = sidesOf(given).flatMap(({ name, kind, key }): ProgramStream[] => {
    const stages = feeds.get(name);
    if (stages === undefined) return [];
    return [
      {
        options: { name, kind, key },
        feed(input, world, again) {
          if (again) throw notKept(name);
          const inWorld = stages.map((stage) => ({ ...stage, options: { ...stage.options, world } }));
          return sideRun(inWorld, input);
        },
      },
    ];
  });
  return { ...given, streams };
}

/**
 * Runs stages in this process whose stream is a side input of another run: as a pipe of its own, which is stopped when nothing
 * more of it is wanted.
 * @returns stops it
 */
function sideRun(stages: readonly RunnableStage[], input: SideInput): () => Promise<void> {
  const { name } = input.options;
  const last: Stage = { role: 'sink', sides: new Map(), create: () => input };
  const { options } = stages.at(-1)!;
  /** What is wrong with the stream itself: who looks into it tells that. */
  let wrong: unknown;
  const error = (_stage: string, thrown: unknown): void => {
    wrong ??= thrown;
  };
  const report = { ...options.report, error };
  const taking = { name, stage: last, options: { ...options, stats: false, eof: 'cut' as const, report } };
  const run = new FusedRun([...stages, taking], process, NO_ENDS);
  let ending = false;
  const running = run.run().then((code) => {
    // What went wrong in a stage has been told of that.
    if (code !== EXIT.done && !ending) input.fail(wrong ?? cutOff(name, code));
  });
  return async () => {
    ending = true;
    input.stop();
    run.stop(new ReaderClosed(name));
    await running;
  };
}

/** It begins with a source and ends in the side input. */
const NO_ENDS: Ends = {
  openInput: () => {
    throw new Error('a side input reads no standard input');
  },
  openOutput: () => {
    throw new Error('a side input writes no standard output');
  },
};

const CODES: Readonly<Record<number, ErrorCode>> = { [EXIT.failed]: 'failed', [EXIT.usage]: 'usage' };

const cutOff = (name: string, code: number): TidemarkError =>
  new TidemarkError(CODES[code] ?? 'cut', 'its stages have stopped before its end', {
    where: `side input ${name}`,
  });
