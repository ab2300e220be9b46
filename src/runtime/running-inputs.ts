import type { StageInputs } from '../commands/stage.ts';
import type { SplitReader } from '../connectors/connector.ts';
import { ReadingAhead } from '../connectors/reading-ahead.ts';
import { ReadingPace } from '../connectors/reading-pace.ts';
import { pump } from '../connectors/stream-input.ts';
import { openStreamPlace } from '../connectors/stream-place.ts';
import { errorIn, TidemarkError } from '../errors.ts';
import type { Operator, Work } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import type { OperatorState } from '../state/snapshot.ts';
import type { Batch } from '../stream/batch.ts';
import { StreamReader } from '../stream/reader.ts';
import { InputGate } from './input-gate.ts';
import type { Outlet } from './operator-host.ts';
import type { RunOptions } from './run-options.ts';
import type { Voice } from './voice.ts';

/** How long one input is waited for before the others are read on without bounds, ms. */
const PATIENCE = 5;
/** The same for a reader that takes nothing: it may wait for what another of its inputs gets from the same program. */
const READER_PATIENCE = 1000;

/** The inputs of a stage while it runs: reads those that come from outside of the run, and takes all of them in one order. */
export class RunningInputs {
  readonly #inputs: StageInputs;
  readonly #voice: Voice;
  readonly #options: Pick<RunOptions, 'eof' | 'maxLine'>;
  readonly #names: readonly string[];
  /** How far pipes are read ahead: those that it reads, and those of sources that feed it. */
  readonly pace: ReadingPace;
  readonly #gate: InputGate;
  readonly #inner: ReadonlyMap<number, SplitReader>;

  /**
   * @param inner those that are branches of the same run, by number
   * @param around the pace of the inputs of another stage, which these feed
   * @param onExhausted told when nothing more of them is taken, for one of them goes on in a later run
   */
  constructor(
    inputs: StageInputs,
    voice: Voice,
    options: Pick<RunOptions, 'eof' | 'maxLine'>,
    inner: ReadonlyMap<number, SplitReader>,
    around: ReadingPace | undefined,
    onExhausted: () => void,
  ) {
    this.#inner = inner;
    this.pace = new ReadingPace(around);
    this.#inputs = inputs;
    this.#voice = voice;
    this.#options = options;
    this.#names = inputs.places.map(nameOfInput);
    this.#gate = new InputGate({
      names: this.#names,
      order: inputs.order,
      mixed: inputs.mixed,
      header: (headers) => {
        try {
          return inputs.header(headers);
        } catch (error) {
          throw this.#told(error);
        }
      },
      onWait: (waiting) => (waiting ? this.pace.wait(PATIENCE) : this.pace.go()),
      onExhausted,
      notice: (message, hint) => voice.notice(message, hint),
    });
  }

  /** What must survive of them. */
  get state(): OperatorState {
    return this.#gate.state;
  }

  /** The stream behind them has its end. */
  get ended(): boolean {
    return this.#gate.ended;
  }

  open(operator: Operator): void {
    this.#gate.open({
      onBatch: (input, batch) => this.#called(() => operator.onBatch(input, batch)),
      onMarker: (input, marker) => this.#called(() => operator.onMarker(input, marker)),
    });
  }

  /** Where an input is brought that is made in the same run. */
  input(number: number): Outlet {
    return this.#gate.input(number);
  }

  /** Where the stage before brings its stream; undefined: no input is called `-`. */
  get before(): Outlet | undefined {
    const number = this.#inputs.places.indexOf('-');
    return number < 0 ? undefined : this.#gate.input(number);
  }

  /**
   * Takes all of them to their ends.
   * @param brought those that others bring, by number
   * @param openStdin what `-` stands for
   * @throws TidemarkError where one is cut off, or cannot be read, with its name
   */
  async run(brought: ReadonlySet<number>, openStdin: (signal: AbortSignal) => SplitReader): Promise<void> {
    const stops: AbortController[] = [];
    const reading = this.#inputs.places.map((place, number) => {
      if (brought.has(number)) return undefined;
      const stop = new AbortController();
      stops.push(stop);
      return this.#read(place, number, stop.signal, openStdin).catch((error: unknown) =>
        this.#gate.fail(located(error, this.#names[number]!)),
      );
    });
    try {
      await this.#gate.run();
    } finally {
      for (const stop of stops) stop.abort();
      await Promise.all(reading);
      this.pace.end();
      this.#gate.release();
    }
  }

  /** One of them cannot come to its end: `run` throws this. */
  fail(error: unknown): void {
    this.#gate.fail(error);
  }

  /** One of them was stopped: `run` ends without an end. */
  stop(): void {
    this.#gate.stop();
  }

  async #read(
    place: string,
    number: number,
    signal: AbortSignal,
    openStdin: (signal: AbortSignal) => SplitReader,
  ): Promise<void> {
    const { eof, maxLine } = this.#options;
    const name = this.#names[number]!;
    const { pace } = this;
    const inner = this.#inner.get(number);
    const bytes =
      inner === undefined
        ? await openStreamPlace(place, { name, signal, pace, openStdin })
        : new ReadingAhead(inner, name, pace);
    const input = this.#gate.input(number);
    try {
      const reader = new StreamReader({
        eof,
        maxLine,
        notice: (message, hint) => this.#voice.notice(`${name}: ${message}`, hint),
      });
      await pump(
        bytes,
        reader,
        {
          onBatch: (_input, batch: Batch) => input.emit(batch),
          onMarker: (_input, marker) => input.emitMarker(marker),
        },
        maxLine,
      );
    } finally {
      await bytes.close();
    }
  }

  #called(call: () => Work): undefined | Promise<void> {
    try {
      const taken = settle(call());
      if (taken === undefined) return undefined;
      this.pace.wait(READER_PATIENCE);
      return taken
        .catch((error: unknown) => {
          throw this.#told(error);
        })
        .finally(() => this.pace.go());
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** Before those that bring the inputs hear of an error, and tell it as theirs. */
  #told(error: unknown): unknown {
    this.#voice.fail?.(error);
    return error;
  }
}

/** `input 2 (clicks.stream)`; a descriptor or a command says nothing to people. */
export function nameOfInput(place: string, number: number): string {
  if (place === '-') return `input ${number + 1} (standard input)`;
  if (/^\/(?:dev|proc\/self)\/fd\//.test(place) || place.startsWith('<(')) return `input ${number + 1}`;
  return `input ${number + 1} (${place})`;
}

/** An error that names the input in its words already is told as it is. */
const located = (error: unknown, where: string): unknown =>
  error instanceof TidemarkError && error.message.includes(where) ? error : errorIn(where, error);
