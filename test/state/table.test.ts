import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Table } from '../../src/state/table.ts';
import { TEXTS } from './texts.ts';

/** As `expect`, for what is checked many thousand times. */
function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not ${what}`);
}

/** A table with columns of every type, beside a Map that says what must be in it. */
class Modelled {
  readonly table = new Table();
  readonly #counts = this.table.integers(-1);
  readonly #sums = this.table.doubles();
  readonly #objects = this.table.objects(TEXTS);
  readonly #model = new Map<string, { slot: number; count: number; scope: number; key: string }>();
  readonly #slots = new Set<number>();

  upsert(scope: number, key: string): void {
    const id = `${scope} ${key}`;
    const known = this.#model.get(id);
    const slot = this.#slot(scope, key, 'upsert');
    check(this.table.inserted === (known === undefined), 'inserted');
    if (known !== undefined) {
      check(slot === known.slot, 'found');
      known.count++;
    } else {
      check(!this.#slots.has(slot), 'a slot of its own');
      const clean = this.#counts.values[slot] === -1 && this.#sums.values[slot] === 0;
      check(clean && this.#objects.values[slot] === undefined, 'a clean slot');
      this.#counts.values[slot] = 0;
      this.#objects.values[slot] = key;
      this.#slots.add(slot);
      this.#model.set(id, { slot, count: 1, scope, key });
    }
    this.#counts.values[slot]!++;
    this.#sums.values[slot]! += 0.5;
  }

  find(scope: number, key: string): void {
    check(this.#slot(scope, key, 'find') === (this.#model.get(`${scope} ${key}`)?.slot ?? -1), 'found');
    check(!this.table.inserted, 'not inserted');
  }

  remove(pick: number): void {
    const id = [...this.#model.keys()].at(pick % Math.max(1, this.#model.size));
    if (id === undefined) return;
    const { slot } = this.#model.get(id)!;
    this.table.remove(slot);
    this.#slots.delete(slot);
    this.#model.delete(id);
  }

  expectEqual(): void {
    expect(this.table.count).toBe(this.#model.size);
    for (const { slot, count, scope, key } of this.#model.values()) {
      check(this.#slot(scope, key, 'find') === slot, 'found');
      const { keys } = this.table;
      const text = keys.toString('utf8', this.table.keyStart(slot), this.table.keyEnd(slot));
      check(text === key && this.#objects.values[slot] === key, 'its key');
      check(this.#counts.values[slot] === count && this.#sums.values[slot] === count / 2, 'its columns');
    }
  }

  #slot(scope: number, key: string, how: 'upsert' | 'find'): number {
    const bytes = Buffer.from(`#${key}#`);
    return this.table[how](scope, bytes, 1, bytes.length - 1);
  }
}

const key = fc.oneof(
  fc.nat(40).map(String),
  fc.constantFrom('', '"é"', '1\u00002', '12', '1'),
  fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 30_000 })).map(([n, length]) => `${n}${'x'.repeat(length)}`),
);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('upsert' as const),
      scope: fc.integer({ min: -1, max: 2 }),
      key,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('find' as const), scope: fc.integer({ min: -1, max: 2 }), key }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
);

describe('a table', () => {
  it('holds what a Map holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const modelled = new Modelled();
        for (const one of steps) {
          if (one.kind === 'remove') modelled.remove(one.pick);
          else modelled[one.kind](one.scope, one.key);
        }
        modelled.expectEqual();
      }),
      { numRuns: 150 },
    );
  });

  it('grows and shrinks through many rows, and packs the keys of those that are left', () => {
    const modelled = new Modelled();
    for (let i = 0; i < 3000; i++) modelled.upsert(i % 3, `key ${i} ${'x'.repeat((i * 31) % 900)}`);
    modelled.expectEqual();
    for (let i = 0; i < 2990; i++) {
      modelled.remove(i % 2 === 0 ? 0 : -1);
      if (i % 300 === 0) modelled.expectEqual();
    }
    modelled.expectEqual();
    for (let i = 0; i < 500; i++) modelled.upsert(7, `again ${i}`);
    modelled.expectEqual();
    expect(modelled.table.keys.length).toBeLessThan(1 << 20);
  });

  it('takes keys from its own bytes', () => {
    const table = new Table();
    const bytes = Buffer.from('x'.repeat(3000));
    for (let scope = 0; scope < 6; scope++) {
      const slot = table.upsert(scope, bytes, 0, bytes.length);
      const copy = table.upsert(-1 - scope, table.keys, table.keyStart(slot), table.keyEnd(slot));
      expect(table.keys.subarray(table.keyStart(copy), table.keyEnd(copy)).equals(bytes)).toBe(true);
    }
  });

  it('forgets the keys of removed rows when none is left', () => {
    const table = new Table();
    const bytes = Buffer.from('x'.repeat(1000));
    for (let i = 0; i < 1000; i++) table.remove(table.upsert(i, bytes, 0, bytes.length));
    expect(table.count).toBe(0);
    expect(table.keys.length).toBeLessThan(10_000);
  });
});
