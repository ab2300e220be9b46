import { TidemarkError, usageError } from '../errors.ts';
import { EvaluationError, type JsonSpan, type Value } from '../expressions/value.ts';
import { type Origin, plainEvent, type UserEvent } from './user-event.ts';
import type { SideValues } from './with-sides.ts';

/** The events of a side input by the value of a field; as keys, texts are what they are, all else is its JSON. */
export interface SideMap<E = UserEvent> extends Iterable<readonly [key: string, event: E]> {
  readonly size: number;
  get(key: string | number | bigint | boolean | null): E | undefined;
  has(key: string | number | bigint | boolean | null): boolean;
  keys(): Iterable<string>;
}

/** Side inputs by name, in the window of an event: an event or null, a list, or a `SideMap`. None of it can be changed. */
export type SideInputs = Readonly<Record<string, unknown>>;

/** What functions see of side inputs: plain values, made once for all events of a window. */
export class SideViews {
  readonly #values: SideValues;
  /** What was made of a value of expressions, and how many events it had; freed with the value. */
  readonly #plain = new WeakMap<object, { readonly events: number; readonly value: unknown }>();
  readonly #names: ReadonlySet<string>;

  constructor(values: SideValues) {
    this.#values = values;
    this.#names = new Set(values.inputs.keys());
  }

  isLate(row: number): boolean {
    return this.#values.isLate(row);
  }

  /** Settles when the window of a timer is complete in all side inputs; undefined: it is. */
  complete({ windowCount, windowStart, windowEnd }: Origin): undefined | Promise<void> {
    return windowCount === 0
      ? this.#values.complete(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      : this.#values.complete(windowStart, windowEnd);
  }

  /** @param late the window of the origin was complete before its event came */
  of(origin: Origin, late: boolean): SideInputs {
    return new Proxy(
      {},
      {
        ownKeys: () => [...this.#names],
        getOwnPropertyDescriptor: (_target, name) =>
          typeof name === 'string' && this.#names.has(name)
            ? { configurable: true, enumerable: true, value: this.#value(name, origin, late) }
            : undefined,
        get: (_target, name) => (typeof name === 'string' ? this.#value(name, origin, late) : undefined),
        has: (_target, name) => typeof name === 'string' && this.#names.has(name),
        set: (_target, name) => {
          throw new TidemarkError('failed', `context.side.${String(name)} cannot be set`);
        },
      },
    );
  }

  #value(name: string, origin: Origin, late: boolean): unknown {
    const input = this.#values.inputs.get(name);
    if (input === undefined)
      throw usageError(
        `there is no side input '${name}': there is ${[...this.#names].join(', ')}`,
        `--side ${name}=STREAM gives one`,
      );
    const { windowCount, windowStart, windowEnd } = origin;
    try {
      const value = this.#values.valueIn(name, windowCount, windowStart, windowEnd, late);
      switch (input.options.kind) {
        case 'singleton':
          return this.#plainOf(value, 1, () => frozenEvent(value as JsonSpan)) ?? null;
        case 'list': {
          const list = value as readonly JsonSpan[] | null;
          return this.#plainOf(list, list?.length ?? 0, () => Object.freeze(list!.map(frozenEvent))) ?? NONE;
        }
        case 'map': {
          const events = value as ReadonlyMap<string, JsonSpan> | null;
          return this.#plainOf(events, events?.size ?? 0, () => new EventMap(events!)) ?? NOWHERE;
        }
      }
    } catch (error) {
      if (error instanceof EvaluationError) throw new TidemarkError('failed', error.reason);
      throw error;
    }
  }

  /** @returns undefined where there is no value */
  #plainOf(value: Value, events: number, make: () => unknown): unknown {
    if (value === null) return undefined;
    const known = this.#plain.get(value as object);
    if (known?.events === events) return known.value;
    const made = make();
    this.#plain.set(value as object, { events, value: made });
    return made;
  }
}

/** Each event becomes a plain value when it is wanted. */
class EventMap implements SideMap {
  readonly #events: ReadonlyMap<string, JsonSpan>;
  readonly #made = new Map<string, UserEvent>();

  constructor(events: ReadonlyMap<string, JsonSpan>) {
    this.#events = events;
  }

  get size(): number {
    return this.#events.size;
  }

  get(key: string | number | bigint | boolean | null): UserEvent | undefined {
    const name = String(key);
    const span = this.#events.get(name);
    if (span === undefined) return undefined;
    let event = this.#made.get(name);
    if (event === undefined) {
      event = frozenEvent(span);
      this.#made.set(name, event);
    }
    return event;
  }

  has(key: string | number | bigint | boolean | null): boolean {
    return this.#events.has(String(key));
  }

  keys(): Iterable<string> {
    return this.#events.keys();
  }

  *[Symbol.iterator](): Iterator<readonly [string, UserEvent]> {
    for (const key of this.#events.keys()) yield [key, this.get(key)!];
  }
}

/** It is given to all events of a window: what one call changed another would see. */
const frozenEvent = ({ bytes, start, end }: JsonSpan): UserEvent =>
  frozen(plainEvent(bytes, start + 1, end - 1));

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}

/** Of a window for which nothing has come. */
const NONE: readonly UserEvent[] = Object.freeze([]);
const NOWHERE: SideMap = new EventMap(new Map());
