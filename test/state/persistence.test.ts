import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { Slots } from '../../src/state/slots.ts';
import { Table } from '../../src/state/table.ts';
import { OpenWindows } from '../../src/windows/open-windows.ts';
import { TEXTS } from './texts.ts';

/** A table with columns of every kind, some of which belong to somebody. */
class Rows {
  readonly table = new Table();
  readonly #doubles = this.table.doubles(-0.5);
  readonly #integers = this.table.ownedBy('a').integers(7);
  readonly #texts = this.table.ownedBy('b').objects(TEXTS);

  upsert(scope: number, key: string): number {
    const bytes = Buffer.from(key);
    return this.table.upsert(scope, bytes, 0, bytes.length);
  }

  find(scope: number, key: string): number {
    const bytes = Buffer.from(key);
    return this.table.find(scope, bytes, 0, bytes.length);
  }

  set(slot: number, value: number): void {
    this.#doubles.values[slot] = value;
    this.#integers.values[slot] = value | 0;
    this.#texts.values[slot] = value % 3 === 0 ? undefined : `text ${value}`;
    this.table.mark(slot);
  }

  row(slot: number): unknown {
    const { table } = this;
    return {
      key: table.keys.toString('utf8', table.keyStart(slot), table.keyEnd(slot)),
      scope: table.scope(slot),
      values: [this.#doubles.values[slot], this.#integers.values[slot], this.#texts.values[slot]],
    };
  }
}

const key = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300).map((n) => `"key ${n}"`) },
  { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(5000), 'null') },
);

const numbers = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -130, max: 130 }) },
  { weight: 2, arbitrary: fc.integer({ min: -40_000, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.double() },
);

const step = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('upsert' as const), key, scope: fc.nat(2), value: numbers }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('remove' as const), key, scope: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('many' as const), from: fc.nat(900), remove: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('save' as const),
      all: fc.constantFrom(false, false, false, true),
      stop: fc.boolean(),
    }),
  },
);

describe('a table', () => {
  it('that is saved, whole or what changed, and read again is the same table, slot by slot', () => {
    let changes = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const plain = new Rows();
        let rows = new Rows();
        rows.table.track();
        const live = new Map<string, number>();
        let saved: Buffer[] = [];
        const upsert = (scope: number, text: string, value: number): void => {
          const slot = plain.upsert(scope, text);
          expect(rows.upsert(scope, text)).toBe(slot);
          expect(rows.table.inserted).toBe(plain.table.inserted);
          plain.set(slot, value);
          rows.set(slot, value);
          live.set(`${scope} ${text}`, slot);
        };
        const remove = (scope: number, text: string): void => {
          const slot = live.get(`${scope} ${text}`);
          if (slot === undefined) return;
          plain.table.remove(slot);
          rows.table.remove(slot);
          live.delete(`${scope} ${text}`);
        };
        for (const one of steps) {
          if (one.do === 'upsert') upsert(one.scope, one.key, one.value);
          else if (one.do === 'remove') remove(one.scope, one.key);
          else if (one.do === 'many') {
            for (let i = one.from; i < one.from + 200; i++)
              if (one.remove) remove(0, `many ${i}`);
              else upsert(0, `many ${i}`, i);
          } else {
            const bytes = Buffer.concat(rows.table.saveRows(one.all));
            if (bytes[0] === 2) changes++;
            saved = one.all ? [bytes] : [...saved, bytes];
            if (!one.stop) continue;
            rows = new Rows();
            for (const part of saved) rows.table.loadRows(part);
            rows.table.track();
          }
          expect(rows.table.count).toBe(plain.table.count);
        }
        for (const [name, slot] of live) {
          const text = name.slice(2);
          expect(rows.find(Number(name[0]), text)).toBe(slot);
          expect(rows.row(slot)).toEqual(plain.row(slot));
        }
      }),
      { numRuns: 300 },
    );
    expect(changes).toBeGreaterThan(1000);
  });

  it('refuses rows that were cut off or changed, or reads them, and breaks in neither case', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), numbers), { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(40), { maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.boolean(),
        (entries, removed, changes, cut, second) => {
          const rows = new Rows();
          rows.table.track();
          const parts: Buffer[] = [];
          for (const [n, value] of entries) rows.set(rows.upsert(0, `key ${n}`), value);
          parts.push(Buffer.concat(rows.table.saveRows(false)));
          for (const n of new Set(removed)) {
            const slot = rows.find(0, `key ${n}`);
            if (slot >= 0) rows.table.remove(slot);
          }
          parts.push(Buffer.concat(rows.table.saveRows(false)));
          const wrong = parts[second ? 1 : 0]!;
          for (const [at, byte] of changes) wrong[at % wrong.length] = byte;
          if (cut !== undefined) parts[second ? 1 : 0] = wrong.subarray(0, cut % wrong.length);
          const read = new Rows();
          const load = (): void => {
            for (const part of parts) read.table.loadRows(part);
          };
          if (cut !== undefined && changes.length === 0) expect(load).toThrow(TidemarkError);
          else {
            try {
              load();
            } catch (error) {
              expect(error).toBeInstanceOf(TidemarkError);
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('reads the columns of owners that are there, passes over others, and is whole in the next save', () => {
    const before = new Table();
    const kept = before.ownedBy('kept').doubles();
    const gone = before.ownedBy('gone').integers();
    const bytes = Buffer.from('abcdefgh');
    for (let i = 0; i < 8; i++) {
      const slot = before.upsert(0, bytes, i, i + 1);
      kept.values[slot] = i;
      gone.values[slot] = i;
    }
    const saved = Buffer.concat(before.saveRows(true));
    const after = new Table();
    const added = after.ownedBy('added').doubles(9);
    const same = after.ownedBy('kept').doubles();
    after.loadRows(saved);
    after.track();
    expect([...same.values.subarray(0, 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...added.values.subarray(0, 8)]).toEqual(new Array(8).fill(9));
    const next = Buffer.concat(after.saveRows(false));
    const last = new Table();
    const restored = last.ownedBy('gone').integers();
    last.ownedBy('kept').doubles();
    for (const part of [saved, next]) last.loadRows(part);
    expect([...restored.values.subarray(0, 8)]).toEqual(new Array(8).fill(0));
  });
});

describe('slots', () => {
  it('that are saved, whole or what changed, and read again are given out in the same order', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('take' as const) },
        { weight: 3, arbitrary: fc.nat() },
        { weight: 1, arbitrary: fc.boolean() },
      ),
      { maxLength: 300, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (drawn) => {
        const create = () => {
          const slots = new Slots();
          return { slots, values: slots.integers(3) };
        };
        const plain = create();
        let stopped = create();
        stopped.slots.track();
        const live: number[] = [];
        const saved: Buffer[] = [];
        for (const [i, one] of drawn.entries()) {
          if (one === 'take') {
            const slot = plain.slots.allocate();
            expect(stopped.slots.allocate()).toBe(slot);
            plain.values.values[slot] = i;
            stopped.values.values[slot] = i;
            live.push(slot);
          } else if (typeof one === 'number') {
            const [slot] = live.splice(one % Math.max(1, live.length), 1);
            if (slot === undefined) continue;
            plain.slots.free(slot);
            stopped.slots.free(slot);
          } else {
            saved.push(Buffer.concat(stopped.slots.saveRows(false)));
            if (!one) continue;
            stopped = create();
            for (const part of saved) stopped.slots.loadRows(part);
            stopped.slots.track();
          }
        }
        const inUse: number[] = [];
        stopped.slots.forEach((slot) => {
          inUse.push(slot);
        });
        expect(inUse).toEqual(live.sort((a, b) => a - b));
        expect([...stopped.values.values]).toEqual(
          [...plain.values.values].slice(0, stopped.values.values.length),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('open windows', () => {
  it('that are saved and read again are found, and closed in the same order', () => {
    const opened = fc.uniqueArray(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 5 })), {
      selector: ([start, length]) => `${start} ${length}`,
      maxLength: 40,
    });
    fc.assert(
      fc.property(opened, opened, fc.nat(12), (first, second, watermark) => {
        const plain = new OpenWindows();
        const tracked = new OpenWindows();
        tracked.track();
        const saved: Buffer[] = [];
        const save = (all: boolean): void => {
          saved.push(Buffer.concat(tracked.saveRows(all)));
        };
        const open = (bounds: readonly (readonly [number, number])[], head: number): void => {
          for (const [start, length] of bounds) {
            if (plain.find(start, start + length) >= 0) continue;
            const window = plain.open(start, start + length);
            expect(tracked.open(start, start + length)).toBe(window);
            for (const windows of [plain, tracked]) windows.setHead(window, head + length);
          }
        };
        open(first, 0);
        save(true);
        while (plain.due(watermark)) for (const windows of [plain, tracked]) windows.close(windows.first);
        save(false);
        open(second, 100);
        if (plain.count > 0) for (const windows of [plain, tracked]) windows.setHead(windows.first, 7);
        save(false);
        const read = new OpenWindows();
        for (const part of saved) read.loadRows(part);
        for (let start = 0; start < 10; start++) {
          let other = read.startingAt(start);
          for (let at = plain.startingAt(start); at >= 0; at = plain.nextOfStart(at)) {
            expect(other).toBe(at);
            expect([read.end(at), read.head(at)]).toEqual([plain.end(at), plain.head(at)]);
            other = read.nextOfStart(other);
          }
          expect(other).toBe(-1);
        }
        while (plain.count > 0) {
          expect(read.first).toBe(plain.first);
          for (const windows of [plain, read]) windows.close(windows.first);
        }
        expect(read.count).toBe(0);
        expect(read.open(50, 51)).toBe(plain.open(50, 51));
      }),
      { numRuns: 300 },
    );
  });
});
