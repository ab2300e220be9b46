import { usageError } from '../errors.ts';
import { typeOfMembers } from '../expressions/schema-type.ts';
import { listOf, type Type } from '../expressions/type.ts';
import { EvaluationError, type Value } from '../expressions/value.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT, GLOBAL, WATERMARK } from '../stream/batch.ts';
import type { Header, Marker, Windowing } from '../stream/marker.ts';
import { alignedStart } from '../windows/assigner.ts';
import { noWindow, readWindow } from '../windows/event-window.ts';
import type { Operator } from './operator.ts';
import type { SideInput, SideKind, SideOptions } from './side-input.ts';
import { settle } from './work.ts';

/** Feeds side inputs, from when the main input has begun until it has ended. */
export interface SideFeed {
  /**
   * Begins to feed `input`; failures go to its `fail`.
   * @param again whether what is fed must come again in the next run, which goes on where this one stops
   * @throws TidemarkError `usage` where it cannot
   */
  open(input: SideInput, again: boolean): void;
  close(): Promise<void>;
}

/** The values of side inputs for the events of an operator's batch, by window. */
export class SideValues {
  readonly inputs: ReadonlyMap<string, SideInput>;
  /** Types of the names, known once `begin` has settled: for the checks of expressions that were parsed with them. */
  readonly types: Map<string, Type>;
  /** Of the main input; ms. */
  watermark = Number.NEGATIVE_INFINITY;
  /** For which windows are open behind their end, ms. */
  #lateness = 0;
  /** By row of the batch at hand: its window was closed before it came. */
  readonly #late = new Uint8Array(BATCH_ROWS);
  /** Where the window of a side input ends that holds this instant, ms; by name. */
  readonly #windows = new Map<string, (start: number, end: number) => readonly [number, number]>();
  /** That of one event; valid within `ready`. */
  readonly #window = noWindow();
  /** Where only the header of the events is looked at: those that are known of side inputs. */
  readonly #expected: (readonly [SideOptions, Header])[] = [];
  /** An event in several windows is dealt with in each of them. */
  readonly #eachWindow: boolean;

  constructor(inputs: readonly SideInput[], types: Map<string, Type>, eachWindow = false) {
    this.inputs = new Map(inputs.map((input) => [input.options.name, input]));
    this.types = types;
    this.#eachWindow = eachWindow;
  }

  /**
   * Waits for the headers of all side inputs, and sees how their windows and those of the main input belong together.
   * @throws TidemarkError `usage` where they do not
   */
  async begin({ windowing, firing }: Header): Promise<void> {
    this.#lateness = firing?.lateness ?? 0;
    for (const [{ name, kind }, header] of this.#expected) this.#meet(name, kind, windowing, header);
    for (const [name, input] of this.inputs) {
      await input.begun();
      this.#meet(name, input.options.kind, windowing, input.header!);
    }
  }

  /** A stream with this header would be looked into. */
  expect(options: SideOptions, header: Header): void {
    this.#expected.push([options, header]);
  }

  #meet(name: string, kind: SideKind, main: Windowing, { windowing, schema }: Header): void {
    this.#windows.set(name, matching(name, main, windowing));
    const event: Type = schema === undefined ? { kind: 'object' } : typeOfMembers(schema);
    this.types.set(name, kind === 'singleton' ? event : kind === 'list' ? listOf(event) : { kind: 'object' });
  }

  /** Settles when all windows of the batch's events are complete in all side inputs; undefined: they are. */
  ready(batch: Batch): undefined | Promise<void> {
    const { rows, kind, windowCount } = batch;
    let watermark = this.watermark;
    let [lastStart, lastEnd] = [Number.NaN, Number.NaN];
    const waits: Promise<void>[] = [];
    for (let row = 0; row < rows; row++) {
      if (kind[row] === WATERMARK) watermark = Math.max(watermark, batch.time[row]!);
      if (kind[row] !== EVENT) continue;
      const count = windowCount[row]!;
      readWindow(batch, row, 0, this.#window);
      this.#late[row] = this.#window.end + this.#lateness <= watermark ? 1 : 0;
      // Whoever deals with each window of an event looks into all of them; the last is complete last.
      if (this.#eachWindow && count > 1) readWindow(batch, row, count - 1, this.#window);
      const { start, end } = this.#window;
      if (start === lastStart && end === lastEnd) continue;
      [lastStart, lastEnd] = [start, end];
      this.#wait(start, end, waits);
    }
    this.watermark = watermark;
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  /** Settles when this window, ms, is complete in all side inputs; undefined: it is. */
  complete(start: number, end: number): undefined | Promise<void> {
    const waits: Promise<void>[] = [];
    this.#wait(start, end, waits);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => {});
  }

  /** Frees what no event of a later batch is given. */
  forget(): void {
    for (const input of this.inputs.values()) input.forget(this.watermark - this.#lateness);
  }

  /** Whether the window of an event of the batch at hand was closed before it came. */
  isLate(row: number): boolean {
    return this.#late[row] === 1;
  }

  /** @throws EvaluationError for an event that has no one window, or whose window was closed before it came */
  value(name: string, batch: Batch, row: number): Value {
    const { windowCount, windowStart, windowEnd } = batch;
    return this.valueIn(name, windowCount[row]!, windowStart[row]!, windowEnd[row]!, this.isLate(row));
  }

  /**
   * The same of a window; ms.
   * @param windows how many there are, as in a batch
   * @param late it was closed before the event came
   * @throws EvaluationError
   */
  valueIn(name: string, windows: number, start: number, end: number, late: boolean): Value {
    if (windows !== GLOBAL && windows !== 1)
      throw new EvaluationError(`the event is in no one window, in which ${name} has one value`, 0);
    if (late)
      throw new EvaluationError(`the event is too late: ${name} is not held for its window any more`, 0);
    const within = this.#windows.get(name)!;
    const [sideStart, sideEnd] =
      windows === GLOBAL ? within(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY) : within(start, end);
    return this.inputs.get(name)!.value(sideStart, sideEnd);
  }

  #wait(start: number, end: number, waits: Promise<void>[]): void {
    for (const [name, input] of this.inputs) {
      const wait = input.passed(this.#windows.get(name)!(start, end)[1]);
      if (wait !== undefined) waits.push(wait);
    }
  }
}

/** The window of the side input that an event's window looks into: its own, or the one that holds its last millisecond. */
function matching(
  name: string,
  main: Windowing,
  side: Windowing,
): (start: number, end: number) => readonly [number, number] {
  if (side.kind === 'global') return () => [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (JSON.stringify(side) === JSON.stringify(main)) return (start, end) => [start, end];
  if (side.kind === 'fixed' && main.kind !== 'global') {
    const { size, offset } = side;
    return (_start, end) => {
      const start = alignedStart(end - 1, size, offset);
      return [start, start + size];
    };
  }
  throw usageError(
    `the windows of the side input ${name} (${side.kind}) are none that those of the events (${main.kind}) look into`,
    'window both alike; or let the side input have fixed windows, or none',
  );
}

/**
 * An operator that looks into side inputs: each batch waits until these have what it needs. The side inputs are read again
 * by the next run; what is kept is the watermark, which decides what comes too late.
 */
export class WithSides implements Operator {
  readonly reads?: readonly string[];
  readonly state: OperatorState;
  readonly #inner: Operator;
  readonly #sides: SideValues;
  readonly #feed: SideFeed;

  constructor(inner: Operator, sides: SideValues, feed: SideFeed) {
    this.#inner = inner;
    this.#sides = sides;
    this.#feed = feed;
    if (inner.reads !== undefined) this.reads = inner.reads;
    this.state = sidesState(sides, inner.state);
  }

  async committed(epoch: number): Promise<void> {
    await this.#inner.committed?.(epoch);
  }

  async onBatch(input: number, batch: Batch): Promise<void> {
    await this.#sides.ready(batch);
    await settle(this.#inner.onBatch(input, batch));
    this.#sides.forget();
  }

  async onMarker(input: number, marker: Marker): Promise<void> {
    if (marker.kind === 'stream') {
      for (const side of this.#sides.inputs.values())
        this.#feed.open(side, marker.header.state !== undefined);
      await this.#sides.begin(marker.header);
    }
    await settle(this.#inner.onMarker(input, marker));
  }

  async close(): Promise<void> {
    await this.#feed.close();
    await this.#inner.close?.();
  }

  async abort(): Promise<void> {
    await this.#feed.close();
    await this.#inner.abort?.();
  }
}

function sidesState(sides: SideValues, inner: OperatorState | undefined): OperatorState {
  return {
    get shape() {
      return inner?.shape ?? {};
    },
    compare: (saved) => inner?.compare(saved) ?? { refused: [], added: [], lost: [] },
    summary: () => ({ ...inner?.summary?.(), watermark: sides.watermark }),
    track: () => inner?.track(),
    ...(inner?.pause === undefined ? {} : { pause: () => inner.pause!() }),
    save(out) {
      out.value('sides', { watermark: savedNumber(sides.watermark) });
      inner?.save(out);
    },
    restore(from) {
      const saved = from.value('sides');
      // Of a run without side inputs it is not known.
      if (saved !== undefined) sides.watermark = new SavedValue(saved).number('watermark');
      inner?.restore(from);
    },
    ...(inner?.restored === undefined ? {} : { restored: () => inner.restored!() }),
  };
}
