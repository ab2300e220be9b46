import { Duplex, PassThrough, type Readable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import split from 'split2';
import type { Stage } from '../commands/stage.ts';
import { usageError } from '../errors.ts';
import type { MetaMode } from '../formats/record-writer.ts';
import type { World } from '../operators/world.ts';
import { bytesStage } from './bytes-sink.ts';
import { type Diagnostic, diagnose } from './check.ts';
import { duplexOf } from './duplex.ts';
import type { TimedEvent } from './event.ts';
import { EventReader } from './event-reader.ts';
import { fed } from './fed-pipelines.ts';
import { refuseCircles } from './merged-input.ts';
import { PipelineRun } from './pipeline-run.ts';
import type { Run, RunSettings, RunState, StageMetrics } from './run.ts';
import type { AnyPart, EventsOf, Fitting, Members } from './step.ts';

/** How bytes and lines are written. */
export interface TextOptions {
  /** What becomes of time, window and pane: `flatten` (`window_start`, `window_end`), `keep` (`@t`, `@w`), `drop`. */
  readonly meta?: MetaMode | undefined;
}

/**
 * A source and stages behind it, joined in this process: each hands its batches on, and nothing is printed and parsed
 * between them. Nothing happens before it is read, or run; that can be done once.
 */
export class Pipeline<T = Members> implements AsyncIterable<TimedEvent<T>> {
  readonly #parts: readonly AnyPart[];
  readonly #settings: RunSettings;
  readonly #world: World | undefined;
  /** Of one that is merged it is that of the whole. */
  #run: Pick<Run, 'state' | 'metrics'> | undefined;
  /** What the source without locations reads is written to a stream. */
  #hasInput = false;

  /** Made by `pipeline`. */
  constructor(parts: readonly AnyPart[], settings: RunSettings, world?: World) {
    refuseDisorder(parts);
    refuseCircles(parts);
    this.#parts = parts;
    this.#settings = settings;
    this.#world = world;
    fed.set(this, {
      isKept: parts[0]!.given.options.has('state'),
      hasSink: parts.at(-1)!.role === 'sink',
      parts,
      settings,
      begin: (run) => {
        this.#refuseBeginning();
        this.#run = run;
      },
      check: () => this.check(),
      into: (last, inside) => {
        this.#refuseSink();
        return this.#begin(last, inside);
      },
    });
  }

  /** How it stands; undefined: it has not begun. */
  get state(): RunState | undefined {
    return this.#run?.state;
  }

  /** What was counted in each stage so far. */
  get metrics(): readonly StageMetrics[] {
    return this.#run?.metrics ?? [];
  }

  /**
   * Looks for what is wrong without running: no record is read, and nothing is written. Fields and types of expressions
   * are compared with what is known of the events; tables and modules that stages name are loaded.
   */
  check(): Promise<readonly Diagnostic[]> {
    return diagnose(this.#parts, this.#settings.maxLine);
  }

  /**
   * Runs it to its end; its last part is a sink.
   * @throws TidemarkError `usage` where there is none
   */
  run(): Run {
    const last = this.#parts.at(-1)!;
    if (last.role !== 'sink')
      throw usageError(
        'what the pipeline gives would be read by nobody',
        'end it with a sink, or read it: for await (const event of pipeline)',
      );
    return this.#begin(undefined);
  }

  /**
   * Reads its events, one by one. The source goes no faster than they are read, and stops when they are not read on.
   * @throws TidemarkError with `code`, `stage` and `line`
   */
  [Symbol.asyncIterator](): AsyncIterator<TimedEvent<T>, undefined> {
    this.#refuseSink();
    const reader = new EventReader<T>();
    const stage: Stage = {
      role: 'sink',
      sides: new Map(),
      create: (context) => reader.operator(context),
    };
    const run = this.#begin({ name: 'events', stage });
    run.wait().then(
      () => reader.end(),
      (error) => reader.fail(error),
    );
    return {
      next: () => reader.next(),
      async return() {
        reader.leave();
        await run.stop();
        return { done: true, value: undefined };
      },
    };
  }

  /**
   * Its events as NDJSON bytes. The stream fails with a TidemarkError; destroying it stops the source.
   * @throws TidemarkError `usage`
   */
  bytes({ meta = 'flatten' }: TextOptions = {}): Readable {
    this.#refuseSink();
    const out = new PassThrough();
    const run = this.#begin({ name: 'bytes', stage: bytesStage(out, meta) });
    out.once('close', () => run.stop());
    run.wait().then(
      () => out.end(),
      (error: Error) => out.destroy(error),
    );
    return out;
  }

  /** Its events as lines of JSON, every number in its own spelling. */
  lines(options: TextOptions = {}): Readable {
    const bytes = this.bytes(options);
    const lines = split();
    bytes.once('error', (error) => lines.destroy(error));
    lines.once('close', () => bytes.destroy());
    return bytes.pipe(lines);
  }

  /**
   * It as a Node stream: records are written to it as bytes, and its events read from it as NDJSON. Its source names
   * nothing to read: `source({ time: 'at' })`.
   * @throws TidemarkError `usage`
   */
  duplex(options: TextOptions = {}): Duplex {
    const [source] = this.#parts;
    const input = source?.role === 'source' ? source.input : undefined;
    if (input === undefined)
      throw usageError('the source reads something else than what is written here', "source({ time: 'at' })");
    this.#hasInput = true;
    return duplexOf(input, this.bytes(options));
  }

  /** As `duplex`, of web streams: `body.pipeThrough(pipeline.toWeb())`. */
  toWeb(options: TextOptions = {}): {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  } {
    return Duplex.toWeb(this.duplex(options));
  }

  #begin(
    last: { readonly name: string; readonly stage: Stage } | undefined,
    world: World | undefined = this.#world,
  ): PipelineRun {
    this.#refuseBeginning();
    const run = new PipelineRun({ parts: this.#parts, settings: this.#settings, last }, world);
    this.#run = run;
    return run;
  }

  #refuseBeginning(): void {
    if (this.#run !== undefined) throw usageError('a pipeline is read, or run, once', 'make another one');
    const [source] = this.#parts;
    if (source?.role === 'source' && source.input !== undefined && !this.#hasInput)
      throw usageError(
        'the source names nothing to read',
        "source('access.log'), source(records), or write to pipeline.duplex()",
      );
  }

  #refuseSink(): void {
    if (this.#parts.at(-1)!.role === 'sink')
      throw usageError('a pipeline that ends with a sink gives nothing to read', 'run() it');
  }
}

function refuseDisorder(parts: readonly AnyPart[]): void {
  const [source] = parts;
  if (source?.role !== 'source') throw usageError('a pipeline begins with a source');
  const wrong = parts.find(
    ({ role }, index) => (role === 'source' && index > 0) || (role === 'sink' && index < parts.length - 1),
  );
  if (wrong === undefined) return;
  throw usageError(
    `a ${wrong.command} cannot stand inside a pipeline`,
    wrong.role === 'source' ? 'it is the first part' : 'it is the last part',
  );
}

/**
 * Joins a source and the stages behind it. The compiler follows the type of the events from one to the next, where the
 * parts stand in the brackets.
 * @example for await (const { window, value } of pipeline([source('access.log', …), window.fixed('5m'), combine(…)]))
 * @throws TidemarkError `usage`
 */
export const pipeline = <const Parts extends readonly AnyPart[]>(
  parts: Parts & Fitting<Parts>,
  settings: RunSettings = {},
): Pipeline<EventsOf<Parts>> => new Pipeline<EventsOf<Parts>>(parts, settings);

/**
 * Runs a pipeline that ends with a sink: `await run([source(…), combine(…), sink('out.csv')]).wait()`.
 * @throws TidemarkError `usage`
 */
export const run = <const Parts extends readonly AnyPart[]>(
  parts: Parts & Fitting<Parts>,
  settings: RunSettings = {},
): Run => new Pipeline(parts, settings).run();
