import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import type { CommonOptions } from '../../src/cli/common-options.ts';
import { readPlan } from '../../src/cli/pipeline-plan.ts';
import { plain } from '../../src/cli/terminal.ts';
import { pathsMatching } from '../../src/connectors/path-pattern.ts';
import { DEFAULT_MAX_LINE } from '../../src/formats/line-limit.ts';
import type { BlockAnswer, BlockQuestion, OpenBlockPort } from '../../src/runtime/block-messages.ts';
import type { BlockPoolOptions } from '../../src/runtime/block-pool.ts';
import { BlockWorker } from '../../src/runtime/block-worker.ts';
import { FusedRun } from '../../src/runtime/fused-run.ts';
import type { Plan, RunnableStage } from '../../src/runtime/plan.ts';
import { planWorkers } from '../../src/runtime/workers-plan.ts';

/** What a run did. */
export interface RunOutcome {
  /** The exit code: with pipefail, that of the first stage that failed. */
  readonly code: number;
  /** Those of the processes. */
  readonly codes: readonly number[];
  readonly stdout: string;
  readonly stderr: string;
}

const COMMON: CommonOptions = {
  quiet: false,
  stats: false,
  eof: 'cut',
  maxLine: DEFAULT_MAX_LINE,
  debug: false,
};

/** The plan of a text; what its stages tell goes to `told`. */
export const planOf = (text: string, told: string[], common: Partial<CommonOptions> = {}): Promise<Plan> =>
  readPlan(
    { name: 'tide.tm', text },
    { name: 'tide.tm', arguments: [], variables: {}, matches: pathsMatching },
    { ...COMMON, ...common },
    { style: plain, write: (line) => told.push(line) },
  );

/** Runs stages in this process, on bytes instead of stdin and stdout. */
export async function runOn(
  stages: readonly RunnableStage[],
  input: Buffer,
): Promise<{ code: number; output: Buffer }> {
  const written: Buffer[] = [];
  let at = 0;
  const ends = {
    openInput: () => ({
      read: (target: Buffer, offset: number): number => {
        const count = input.copy(target, offset, at);
        at += count;
        return count;
      },
      close: async () => {},
    }),
    openOutput: () => ({
      write: (bytes: Buffer) => {
        written.push(Buffer.from(bytes));
        return undefined;
      },
      close: async () => {},
      abandon: () => {},
    }),
  };
  const process = new EventEmitter() as NodeJS.Process;
  const code = await new FusedRun(stages, process, ends).run();
  return { code, output: Buffer.concat(written) };
}

/** As `tm run` runs it: the stages in one process. */
export async function runFused(text: string, input = ''): Promise<RunOutcome> {
  const told: string[] = [];
  const { code, output } = await runOn(await planOf(text, told), Buffer.from(input));
  return { code, codes: [code], stdout: output.toString(), stderr: told.join('') };
}

/**
 * Block workers in this thread: questions and answers wait for a turn each, and are copied as between threads.
 * @param onCombined told of each block that was combined
 */
const openHere =
  (onCombined: () => void): OpenBlockPort =>
  async (orders, onAnswer) => {
    let closed = false;
    const answered = (answer: BlockAnswer, transfer: readonly ArrayBuffer[]): void => {
      if (answer.kind === 'combined') onCombined();
      const copy = structuredClone(answer, { transfer: [...transfer] });
      setImmediate(() => {
        if (!closed) onAnswer(copy);
      });
    };
    const worker = await BlockWorker.open(structuredClone(orders), answered);
    return {
      ask: (question: BlockQuestion) => {
        const copy = structuredClone(question);
        setImmediate(() => {
          if (!closed) worker.ask(copy);
        });
      },
      close: async () => {
        closed = true;
      },
    };
  };

/** As `tm run --workers` runs it, with blocks of so many bytes; undefined: workers can do nothing of it. */
export async function runInBlocks(
  text: string,
  options: Omit<BlockPoolOptions, 'least'>,
): Promise<(RunOutcome & { readonly combined: number }) | undefined> {
  const told: string[] = [];
  let combined = 0;
  const open = openHere(() => combined++);
  const planned = await planWorkers(await planOf(text, told), { ...options, least: 1 }, open);
  if (planned.kind !== 'workers') return undefined;
  const { code, output } = await runOn(planned.plan, Buffer.alloc(0));
  return { code, codes: [code], stdout: output.toString(), stderr: told.join(''), combined };
}

/** As a pipe runs it, with pipefail: each stage by itself, on what the one before has printed. */
export async function runPiped(text: string, input = ''): Promise<RunOutcome> {
  const told: string[] = [];
  const { codes, output } = await runEach(await planOf(text, told), Buffer.from(input));
  const code = codes.find((each) => each !== 0) ?? 0;
  return { code, codes, stdout: output.toString(), stderr: told.join('') };
}

/** What `<(…)` has printed is a file beside the others, as long as the stage runs that reads it. */
async function runEach(plan: Plan, input: Buffer): Promise<{ codes: number[]; output: Buffer }> {
  const codes: number[] = [];
  let bytes = input;
  for (const { feeds, ...stage } of plan) {
    const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-feeds-'));
    const places = [...stage.given.arguments];
    for (const [number, feed] of feeds ?? []) {
      const fed = await runEach(feed, Buffer.alloc(0));
      codes.push(...fed.codes);
      places[number] = join(folder, String(number));
      fs.writeFileSync(places[number], fed.output);
    }
    const given = { ...stage.given, arguments: places };
    const alone = (feeds?.size ?? 0) === 0 ? stage : { ...stage, given, stage: stage.spec.build(given) };
    const outcome = await runOn([alone], bytes);
    fs.rmSync(folder, { recursive: true });
    bytes = outcome.output;
    codes.push(outcome.code);
  }
  return { codes, output: bytes };
}
