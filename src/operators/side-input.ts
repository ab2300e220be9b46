import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { readValue } from '../expressions/json-value.ts';
import { JsonSpan, type Value } from '../expressions/value.ts';
import { findPath, type Path } from '../json/path.ts';
import { type Batch, EVENT, GLOBAL, WATERMARK } from '../stream/batch.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { instantText } from '../time/instant.ts';
import { noWindow, readWindow } from '../windows/event-window.ts';
import type { Operator, Work } from './operator.ts';

/** What a name stands for in a window: its only event, a list of all, or an object of all by a key. */
export type SideKind = 'singleton' | 'list' | 'map';

export interface SideOptions {
  /** By which expressions call it. */
  readonly name: string;
  readonly kind: SideKind;
  /** Of `map`: the field that is the key. */
  readonly key: Path | undefined;
}

/** The global window, as a key of values. */
const ALWAYS = 'always';

/**
 * Collects a second stream, window by window, for an operator that looks into it. What is fed waits as long as nobody wants
 * more of it: little more than what is needed is held.
 */
export class SideInput implements Operator {
  readonly options: SideOptions;
  /** Of the stream, once it has come. */
  header: Header | undefined;
  /** Nothing before this comes any more, ms. */
  watermark = Number.NEGATIVE_INFINITY;
  /** By window; freed by `forget`. */
  readonly #values = new Map<string, { readonly end: number; value: Value }>();
  /** How far the watermark is wanted, ms. */
  #wanted = Number.NEGATIVE_INFINITY;
  /** Lets go on who feeds; undefined: nobody waits. */
  #resume: (() => void) | undefined;
  /** Called when something has come; empty: nobody waits for it. */
  #arrivals: (() => void)[] = [];
  #failure: unknown;
  /** That of one event; valid within `#add`. */
  readonly #window = noWindow();

  constructor(options: SideOptions) {
    this.options = options;
  }

  onBatch(_input: number, batch: Batch): Work {
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === EVENT) this.#add(batch, row);
      else if (batch.kind[row] === WATERMARK) this.watermark = Math.max(this.watermark, batch.time[row]!);
    }
    return this.#arrived();
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'stream') this.header = marker.header;
    if (marker.kind === 'end') {
      if (marker.reason === 'drained') this.watermark = Number.POSITIVE_INFINITY;
      else
        throw this.#wrong(
          `it is ${marker.reason}`,
          'a side input must be complete, or still to come: let it drain',
        );
    }
    return this.#arrived();
  }

  /** Who feeds has failed: whoever waits is told. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#wake();
  }

  /** Nothing more is wanted: who feeds goes on, and finds its end. */
  stop(): void {
    this.#wanted = Number.POSITIVE_INFINITY;
    this.#resume?.();
    this.#resume = undefined;
  }

  /** Settles when the header has come. */
  begun(): Promise<void> {
    return this.#until(() => this.header !== undefined);
  }

  /** Settles when the watermark has passed `time`, ms; undefined: it has. @throws what who feeds has failed with */
  passed(time: number): undefined | Promise<void> {
    if (this.watermark >= time) return undefined;
    this.#wanted = Math.max(this.#wanted, time);
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
    return this.#until(() => this.watermark >= time);
  }

  /** What the name stands for in a window; null: nothing has come for it. */
  value(start: number, end: number): Value {
    return this.#values.get(keyOf(start, end))?.value ?? null;
  }

  /** Frees the windows that end by `watermark`, ms. */
  forget(watermark: number): void {
    for (const [key, { end }] of this.#values) if (end <= watermark) this.#values.delete(key);
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!reached()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#arrivals;
    this.#arrivals = [];
    for (const arrived of waiting) arrived();
  }

  /** Tells who waits; who feeds goes on when more is wanted. */
  #arrived(): undefined | Promise<void> {
    this.#wake();
    if (this.watermark < this.#wanted || this.watermark === Number.POSITIVE_INFINITY) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  #add(batch: Batch, row: number): void {
    const count = batch.windowCount[row]!;
    if (count !== GLOBAL && count !== 1)
      throw this.#wrong(
        'its events are in windows that are not theirs alone',
        'let tm combine make one of each window',
      );
    readWindow(batch, row, 0, this.#window);
    const { start, end } = this.#window;
    const members = batch.bytes.subarray(batch.start[row]!, batch.end[row]!);
    const json = Buffer.concat([OPEN, members, CLOSE]);
    const event = new JsonSpan(json, 0, json.length);
    const key = keyOf(start, end);
    const { value } = this.#values.get(key) ?? {};
    switch (this.options.kind) {
      case 'singleton':
        if (value !== undefined) throw this.#second(start, end);
        this.#values.set(key, { end, value: event });
        return;
      case 'list':
        if (value === undefined) this.#values.set(key, { end, value: [event] });
        else (value as Value[]).push(event);
        return;
      case 'map': {
        const name = this.#nameOf(json);
        if (value === undefined) this.#values.set(key, { end, value: new Map([[name, event]]) });
        else (value as Map<string, Value>).set(name, event);
      }
    }
  }

  /** The value of the key's field, as names of objects are: a text as it is, all else as JSON. */
  #nameOf(json: Buffer): string {
    const found = { start: 0, end: 0 };
    if (!findPath(json, 1, json.length - 1, this.options.key!, found)) return 'null';
    const value = readValue(json, found.start, found.end);
    return typeof value === 'string' ? value : json.toString('utf8', found.start, found.end);
  }

  #second(start: number, end: number): TidemarkError {
    const window = Number.isFinite(start)
      ? `the window from ${instantText(start)} to ${instantText(end)}`
      : 'it';
    return this.#wrong(
      `there is a second event in ${window}`,
      `write --side '${this.options.name}[]=…' for a list of all, or let tm combine make one of them`,
    );
  }

  #wrong(message: string, hint: string): TidemarkError {
    return new TidemarkError('failed', message, { where: `side input ${this.options.name}`, hint });
  }
}

const keyOf = (start: number, end: number): string =>
  end === Number.POSITIVE_INFINITY ? ALWAYS : `${start}/${end}`;

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('}');
