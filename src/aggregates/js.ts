import type { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import { keptText, parsePlain, plainText } from '../json/plain-value.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { ABSENT, NULL } from '../stream/projection.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';

/**
 * An aggregate written outside of tidemark: what a module of `js(…)` exports as default, or a class of it, unless that is a
 * function of two values. In which order values are added, and what is merged with what, is not known: `merge` must be
 * associative and commutative.
 * @template Value of one field what stands there, of several a list of theirs, of none the event
 * @template Saved JSON
 */
export interface Combiner<Accumulator = unknown, Value = unknown, Saved = unknown> {
  /** An accumulator of no values. */
  create(): Accumulator;
  /** The accumulator with one value more: a new one, or the same, changed. */
  // One that changes it need not return it.
  // biome-ignore lint/suspicious/noConfusingVoidType: see above
  add(accumulator: Accumulator, value: Value): Accumulator | void;
  /** The accumulator of all values of both; the first may be changed, the second not. */
  merge(accumulator: Accumulator, other: Accumulator): Accumulator;
  /** What is written of it, JSON; left out: itself. */
  result?(accumulator: Accumulator): unknown;
  /** It as JSON, and back; left out: it is JSON. */
  save?(accumulator: Accumulator): Saved;
  load?(saved: Saved): Accumulator;
}

/** A combiner that was loaded. */
export interface LoadedCombiner {
  readonly combiner: Combiner;
  /** Whether it is a plain function of two values: then no values give null. */
  readonly plain: boolean;
  /** What a function of it has thrown. */
  failure(error: unknown, what: string): TidemarkError;
}

/** About 100 bytes a group, and what the accumulator takes. */
class JsAggregate implements Aggregate {
  readonly #loaded: LoadedCombiner;
  /** Undefined: there were no values; freed with the slot. */
  readonly #accumulators: ObjectColumn<Held>;

  constructor(columns: Columns, loaded: LoadedCombiner) {
    this.#loaded = loaded;
    this.#accumulators = columns.objects<Held>({
      write: ({ value }, out) => out.text(this.#saved(value)),
      read: (from) => {
        const text = from.text();
        try {
          return { value: this.#loadedValue(text) };
        } catch (error) {
          if (error instanceof SyntaxError) throw damaged('an accumulator of js is no JSON');
          throw error;
        }
      },
    });
  }

  add(
    { bytes, eventStart, eventEnd, values }: AggregateInput,
    rows: Int32Array,
    slots: Int32Array,
    count: number,
  ): void {
    const held = this.#accumulators.values;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      let value: unknown;
      if (values.length === 0)
        value = parsePlain(`{${bytes.toString('utf8', eventStart[row], eventEnd[row])}}`);
      else {
        const has = values.every(({ type }) => type[row] !== ABSENT && type[row] !== NULL);
        if (!has) continue;
        const parts = values.map(({ start, end }) =>
          parsePlain(bytes.toString('utf8', start[row], end[row])),
        );
        value = parts.length === 1 ? parts[0] : parts;
      }
      const slot = slots[i]!;
      held[slot] = { value: this.#added(held[slot], value) };
    }
  }

  merge(into: number, from: number): void {
    const held = this.#accumulators.values;
    const other = held[from];
    if (other === undefined) return;
    const mine = held[into];
    held[into] = {
      value: mine === undefined ? this.#copy(other.value) : this.#merged(mine.value, other.value),
    };
  }

  result(slot: number, out: ByteWriter): void {
    const held = this.#accumulators.values[slot];
    const { combiner, plain } = this.#loaded;
    if (held === undefined && plain) {
      out.ascii('null');
      return;
    }
    const result = this.#call('result', () => {
      const accumulator = held === undefined ? combiner.create() : held.value;
      return plainText((combiner.result === undefined ? accumulator : combiner.result(accumulator)) ?? null);
    });
    out.utf8(result);
  }

  save(slot: number, out: ByteWriter): void {
    const held = this.#accumulators.values[slot];
    out.utf8(held === undefined ? 'null' : `[${this.#saved(held.value)}]`);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('utf8', start, end);
    if (text === 'null') return;
    const saved = parsePlain(text);
    if (!Array.isArray(saved) || saved.length !== 1)
      throw new TidemarkError('failed', `${text.slice(0, 40)} is no accumulator`);
    const held = this.#accumulators.values;
    const value = this.#loadedValue(keptText(saved[0]));
    const mine = held[slot];
    held[slot] = { value: mine === undefined ? value : this.#merged(mine.value, value) };
  }

  #added(held: Held | undefined, value: unknown): unknown {
    const { combiner, plain } = this.#loaded;
    return this.#call('add', () => {
      if (held === undefined && plain) return value;
      const accumulator = held === undefined ? combiner.create() : held.value;
      // One that changes its accumulator need not give it back.
      return settled(combiner.add(accumulator, value)) ?? accumulator;
    });
  }

  #merged(into: unknown, from: unknown): unknown {
    return this.#call('merge', () => settled(this.#loaded.combiner.merge(into, from)) ?? into);
  }

  #copy(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? this.#loadedValue(this.#saved(value)) : value;
  }

  #saved(value: unknown): string {
    const { combiner } = this.#loaded;
    return this.#call('save', () => keptText(combiner.save === undefined ? value : combiner.save(value)));
  }

  #loadedValue(text: string): unknown {
    const { combiner } = this.#loaded;
    const saved = parsePlain(text);
    return combiner.load === undefined ? saved : this.#call('load', () => combiner.load!(saved));
  }

  #call<T>(what: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#loaded.failure(error, what);
    }
  }
}

interface Held {
  readonly value: unknown;
}

/** A promise cannot be waited for here. */
function settled(value: unknown): unknown {
  if (value instanceof Promise) {
    value.catch(() => undefined);
    throw new TidemarkError('failed', 'a combiner is not async: it gives its value at once');
  }
  return value;
}

function check([module]: readonly Literal[]): void {
  if (typeof module === 'string' && /\.[mc]?js(\?|$)/.test(module)) return;
  throw usageError(
    `js wants the name of a module last, which ends in .mjs or .js, not ${JSON.stringify(module)}`,
    'write \'js(bytes, "./combiner.mjs")\'',
  );
}

/** An aggregate of the user's; what it calls is loaded before anything is combined: see `withCombiner`. */
export const js: AggregateDefinition = {
  name: 'js',
  summary: 'call a combiner of MODULE, a file of JavaScript, with FIELDs or the whole event: tm-functions(7)',
  usage: 'js([FIELD, …, ]"MODULE")',
  fields: 0,
  optionalFields: 8,
  numeric: false,
  mergedAnew: true,
  literals: 1,
  check,
  create: () => {
    throw new TypeError('the module of an aggregate is not loaded');
  },
};

/** The definition with a module that was loaded. */
export const withCombiner = (loaded: LoadedCombiner): AggregateDefinition => ({
  ...js,
  create: (columns) => new JsAggregate(columns, loaded),
});
