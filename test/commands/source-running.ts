import { parseCommandLine } from '../../src/cli/parse.ts';
import { sourceCommand, sourceOptions } from '../../src/commands/source.ts';
import type { SourceOptions } from '../../src/commands/source-options.ts';
import { runSource } from '../../src/commands/source-run.ts';
import type { Given } from '../../src/commands/spec.ts';
import type { SourceContext, SourceEpochs, SourceJournal } from '../../src/commands/stage.ts';
import type { Split } from '../../src/connectors/connector.ts';
import { DEFAULT_MAX_LINE } from '../../src/formats/readers.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import type { World } from '../../src/operators/world.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';

export interface SourceOutcome {
  /** The stream, markers too. */
  readonly stream: string;
  readonly notices: readonly string[];
  /** Records that were put aside, as they came. */
  readonly rejected: string;
  /** What the run failed with: place and message. */
  readonly failure: string;
}

/** Runs `tm source` with these words in this process. */
export async function runSourceWords(words: readonly string[]): Promise<SourceOutcome> {
  const stage = sourceCommand.build(givenBy(words));
  if (stage.role !== 'source') throw new Error('it is no source');
  return outcomeOf((context) => stage.run(context), new AbortController().signal);
}

/** Runs `tm source` with these words over pieces of input, in the time of `world`. */
export async function runSourceSplits(
  words: readonly string[],
  splits: readonly Split[],
  world: World,
): Promise<SourceOutcome> {
  const options = await sourceOptions(givenBy(words));
  return outcomeOf((context) => runSource({ ...options, splits }, context), new AbortController().signal, {
    world,
  });
}

export interface EpochOutcome extends SourceOutcome {
  /** What was recorded with each barrier, as it is read back. */
  readonly positions: readonly unknown[];
}

export interface EpochRun {
  /** What an earlier run has recorded. */
  readonly restored?: unknown;
  readonly drain?: boolean;
  readonly options?: Partial<SourceOptions>;
  /** After so many barriers the run is stopped, as by a signal. */
  readonly stopAfter?: number;
  /** Whether a barrier is due where one can be; never when left out. */
  due?(): boolean;
  /** Told of each barrier, when it is written. */
  onBarrier?(position: unknown): void;
  /** Told of all that has gone out so far, whenever something has. */
  onOutput?(stream: string): void;
  /** Epoch ms; 0 when left out. */
  now?(): number;
  /** Kept from one run to the next; nothing is when left out. */
  readonly journal?: SourceJournal;
  readonly maxLine?: number;
  readonly world?: World;
  /** ms; when left out, no wait is interrupted. */
  readonly every?: number;
}

/** Runs `tm source` with these words and with epochs, of which none is ever lost. */
export async function runSourceEpochs(words: readonly string[], run: EpochRun = {}): Promise<EpochOutcome> {
  const options = await sourceOptions(givenBy(words));
  const stop = new AbortController();
  const positions: unknown[] = [];
  const { restored, drain = false, stopAfter = Number.POSITIVE_INFINITY } = run;
  const outcome = await outcomeOf(
    async (context) => {
      let last = performance.now();
      const every = run.every ?? Number.POSITIVE_INFINITY;
      const epochs: SourceEpochs = {
        restored,
        due: () => run.due?.() ?? performance.now() - last >= every,
        untilDue: () => Math.max(0, last + every - performance.now()),
        async barrier(position) {
          last = performance.now();
          positions.push(JSON.parse(JSON.stringify(position)));
          await context.emitMarker(0, { kind: 'barrier', epoch: positions.length });
          await epochs.onCommitted?.(positions.at(-1));
          run.onBarrier?.(positions.at(-1));
          if (positions.length >= stopAfter) stop.abort();
        },
        onCommitted: undefined,
        journal: run.journal ?? new MemoryJournal([], 0),
      };
      await runSource({ ...options, ...run.options, drain }, { ...context, epochs });
    },
    stop.signal,
    run,
  );
  return { ...outcome, positions };
}

/** What was noted so far, by all runs, and how many of them a run has come to. */
export class MemoryJournal implements SourceJournal {
  readonly all: unknown[];
  passed: number;

  constructor(all: readonly unknown[], passed: number) {
    this.all = [...all];
    this.passed = passed;
  }

  get next(): unknown {
    return this.all[this.passed];
  }

  ahead(): readonly unknown[] {
    return this.all.slice(this.passed);
  }

  pass(count = 1): void {
    this.passed += count;
  }

  note(entry: unknown): void {
    this.all.length = this.passed;
    this.passed = this.all.push(JSON.parse(JSON.stringify(entry)));
  }
}

function givenBy(words: readonly string[]): Given {
  const parsed = parseCommandLine(sourceCommand, words);
  if (parsed.action !== 'run') throw new Error(`it asks for ${parsed.action}`);
  return parsed.given;
}

async function outcomeOf(
  run: (context: SourceContext) => Promise<void>,
  signal: AbortSignal,
  { maxLine = DEFAULT_MAX_LINE, world, now = () => world?.clock() ?? 0, onOutput }: EpochRun = {},
): Promise<SourceOutcome> {
  const printer = new StreamPrinter();
  const out = new ByteWriter();
  const notices: string[] = [];
  let rejected = '';
  let failure = '';
  try {
    await run({
      emit(_output, batch) {
        printer.printBatch(batch, out);
        onOutput?.(out.toString());
        return undefined;
      },
      emitMarker(_output, marker) {
        printer.printMarker(marker, out);
        onOutput?.(out.toString());
        return undefined;
      },
      connected: () => true,
      notice: (message) => notices.push(message),
      count: () => {},
      signal,
      maxLine,
      members: [],
      reject(bytes) {
        rejected += bytes;
        return undefined;
      },
      now,
      world,
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { where, line } = error as { where?: string; line?: number };
    failure = [where, line === undefined ? undefined : `line ${line}`, error.message]
      .filter((part) => part !== undefined)
      .join(': ');
  }
  return { stream: out.toString(), notices, rejected, failure };
}

/** What of a stream must be the same whether it was stopped or not: no barriers, suspended ends and headers. */
export const eventsOf = (stream: string): string =>
  stream.replaceAll(/^\{"@(?:stream"|barrier"|end":"suspended").*\n/gm, '');
