import type { ProgramPlace } from '../commands/stage.ts';
import type { SplitReader } from '../connectors/connector.ts';
import type { ReadingPace } from '../connectors/reading-pace.ts';
import { pump } from '../connectors/stream-input.ts';
import type { Operator } from '../operators/operator.ts';
import type { Batch } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { StreamReader } from '../stream/reader.ts';
import { membersRead, OperatorHost, type Outlet } from './operator-host.ts';
import type { RunnableStage } from './plan.ts';
import { RunningInputs } from './running-inputs.ts';
import type { SharedEpochs } from './shared-epochs.ts';
import { SourceHost } from './source-host.ts';
import { eventsIn, StageInlet } from './stage-inlet.ts';
import type { Voice } from './voice.ts';

/** Counters that do not stand in the order of their names. */
const COUNTER_PLACES: Readonly<Record<string, string>> = {
  events_in: '0 0',
  events_out: '0 1',
  milliseconds: '2',
};

/** How a stage is joined to others of its run, besides those before and behind it. */
export interface StageJoins {
  /** Its branches that are inputs of others, by number. */
  readonly written?: ReadonlyMap<number, ProgramPlace> | undefined;
  /** Its inputs that are branches of others, by number. */
  readonly read?: ReadonlyMap<number, SplitReader> | undefined;
  /** How the inputs of the stage are read that it feeds. */
  readonly around?: ReadingPace | undefined;
  /** Told when nothing more of its inputs is taken in this run, though they may not be at their ends. */
  readonly onExhausted?: ((stage: RunningStage) => void) | undefined;
  /** What sources share that keep state. */
  readonly epochs?: SharedEpochs | undefined;
}

/** Who runs the stages. */
export interface StageWatch {
  /** Told of every error, by the stage that it came from first, before it is thrown on. */
  failed(stage: RunningStage, error: unknown): void;
  /** Ends the run with this error while no call is there to throw it. */
  stop(error: unknown): void;
}

/**
 * One stage of a run in this process: makes its operator, takes what the stage before hands on, counts, and
 * tells what the stage has to say under its name.
 */
export class RunningStage implements Outlet, Voice {
  readonly name: string;
  readonly options: RunnableStage['options'];
  /** Counted for --stats: by the stage itself, and `events_in`, `events_out`, `milliseconds` here. */
  readonly #counters = new Map<string, number>();
  readonly #host: OperatorHost | SourceHost;
  readonly #outlet: Outlet;
  readonly #watch: StageWatch;
  readonly #first: boolean;
  /** Not performance.now(): its module takes more than a millisecond to load. */
  readonly #started = process.hrtime.bigint();
  /** All is done: nothing is left to abandon. */
  #closed = false;
  /** Undefined in a source and where there are several inputs, and until `open` has settled. */
  #inlet: StageInlet | undefined;
  /** Of a stage that reads several streams. */
  readonly inputs: RunningInputs | undefined;

  /**
   * @param outlet where its stream goes
   * @param first whether nothing of this run stands before it
   * @param joins how it is joined to others besides
   */
  constructor(
    { name, stage, options }: RunnableStage,
    outlet: Outlet,
    first: boolean,
    watch: StageWatch,
    joins: StageJoins = {},
  ) {
    this.name = name;
    this.options = options;
    this.#outlet = outlet;
    this.#first = first;
    this.#watch = watch;
    const counted: Outlet = options.stats
      ? {
          emit: (batch) => {
            this.count('events_out', eventsIn(batch));
            return this.#outlet.emit(batch);
          },
          emitMarker: (marker) => this.#outlet.emitMarker(marker),
        }
      : outlet;
    this.inputs =
      stage.role === 'source' || stage.inputs === undefined
        ? undefined
        : new RunningInputs(stage.inputs, this, options, joins.read ?? new Map(), joins.around, () =>
            joins.onExhausted?.(this),
          );
    this.#host =
      stage.role === 'source'
        ? new SourceHost(stage, counted, this, options.name, options.world, joins.epochs)
        : new OperatorHost(
            stage,
            counted,
            this,
            options.maxLine,
            { command: name, given: options.name },
            options.world,
            joins.written,
          );
  }

  get isSource(): boolean {
    return this.#host instanceof SourceHost;
  }

  /** Its stream has its end: that which it reads; of a source, that which it gives. */
  get ended(): boolean {
    if (this.#host instanceof SourceHost) return this.#host.ended;
    return (this.inputs ?? this.#inlet)?.ended === true;
  }

  open(): Promise<void> {
    return this.#attributed(async () => {
      if (!(this.#host instanceof OperatorHost)) return;
      const operator = await this.#host.open(this.inputs?.state);
      if (this.inputs === undefined) this.#inlet = new StageInlet(operator, this.#first);
      else this.inputs.open(this.#counting(operator));
    });
  }

  /**
   * Runs a source to its end, or until the signal stops it.
   * @param behind the stages that it feeds
   * @param pace where its stream is one of several
   */
  produce(signal: AbortSignal, behind: readonly RunningStage[], pace?: ReadingPace): Promise<void> {
    return this.#attributed(async () => {
      if (!(this.#host instanceof SourceHost)) return;
      const hosts = behind.map((stage) => stage.#host).filter((host) => host instanceof OperatorHost);
      await this.#host.run(signal, this.options.maxLine, membersRead(hosts), pace);
    });
  }

  /** Reads a stream to its end. */
  read(input: SplitReader): Promise<void> {
    const { eof, maxLine } = this.options;
    const reader = new StreamReader({ eof, maxLine, notice: (message, hint) => this.notice(message, hint) });
    const operator = {
      onBatch: (_input: number, batch: Batch) => this.emit(batch),
      onMarker: (_input: number, marker: Marker) => this.emitMarker(marker),
    };
    return this.#attributed(() => pump(input, reader, operator, maxLine));
  }

  /**
   * Takes several streams to their ends.
   * @param brought the numbers of those that other stages bring
   * @param openStdin what `-` stands for
   */
  readAll(brought: ReadonlySet<number>, openStdin: (signal: AbortSignal) => SplitReader): Promise<void> {
    return this.#attributed(async () => this.inputs?.run(brought, openStdin));
  }

  /** Takes a batch: the stage before emits it. */
  emit(batch: Batch): undefined | Promise<void> {
    // Of several inputs they are counted as they are taken.
    if (this.inputs !== undefined) return this.inputs.before?.emit(batch);
    if (this.options.stats) this.count('events_in', eventsIn(batch));
    try {
      const taken = this.#inlet?.emit(batch);
      return taken === undefined ? undefined : this.#watched(taken);
    } catch (error) {
      throw this.#told(error);
    }
  }

  emitMarker(marker: Marker): undefined | Promise<void> {
    if (this.inputs !== undefined) return this.inputs.before?.emitMarker(marker);
    try {
      const taken = this.#inlet?.emitMarker(marker);
      return taken === undefined ? undefined : this.#watched(taken);
    } catch (error) {
      throw this.#told(error);
    }
  }

  /**
   * The stages before have stopped: takes that for the end where `--eof drain` says so.
   * @returns whether the stage and all behind it have their end now
   */
  drain(): Promise<boolean> {
    return this.#attributed(async () => {
      if (this.ended) return true;
      if (this.options.eof === 'cut' || this.#inlet === undefined) return false;
      return this.#inlet.drain();
    });
  }

  /** Its input ended as it should. */
  close(): Promise<void> {
    return this.#attributed(async () => {
      if (this.#host instanceof OperatorHost) await this.#host.close();
      this.#closed = true;
      this.count('milliseconds', Number((process.hrtime.bigint() - this.#started) / 1_000_000n));
    });
  }

  /** Leaves nothing half done: no target, no side file, no temporary file. Never throws. */
  async abandon(): Promise<void> {
    if (!this.#closed) await this.#host.abandon();
  }

  notice(message: string, hint?: string): void {
    this.options.report.notice(this.name, message, hint);
  }

  count(name: string, by: number): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + by);
  }

  /** What was counted, in an order that does not show how the input was cut into blocks. */
  get counters(): ReadonlyMap<string, number> {
    const place = ([name]: [string, number]): string => COUNTER_PLACES[name] ?? `1 ${name}`;
    return new Map([...this.#counters].sort((a, b) => (place(a) < place(b) ? -1 : 1)));
  }

  fail(error: unknown): void {
    this.#watch.failed(this, error);
    this.#watch.stop(error);
  }

  #counting(operator: Operator): Operator {
    if (!this.options.stats) return operator;
    return {
      onBatch: (input, batch) => {
        this.count('events_in', eventsIn(batch));
        return operator.onBatch(input, batch);
      },
      onMarker: (input, marker) => operator.onMarker(input, marker),
    };
  }

  async #attributed<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#told(error);
    }
  }

  #watched(taken: Promise<void>): Promise<void> {
    return taken.catch((error) => {
      throw this.#told(error);
    });
  }

  #told(error: unknown): unknown {
    this.#watch.failed(this, error);
    return error;
  }
}
