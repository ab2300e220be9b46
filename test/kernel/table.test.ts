import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernel } from '../../src/kernel/kernel.ts';
import { Table } from '../../src/state/table.ts';
import { check } from './placing.ts';

const { call, columns, buffers, bytes, regions } = kernel();

/** Types of values by their first byte, as in src/stream/projection.ts; undefined: there is no member. */
const typeOf = (text: string | undefined): number =>
  text === undefined ? 0 : ({ n: 1, f: 2, t: 3, '"': 5, '[': 6, '{': 7 }[text[0]!] ?? 4);

/** Whether the text is the one spelling of its value. */
const isCanonical = (text: string): boolean =>
  text.startsWith('"') ? !text.includes('\\') : !/^[-0-9]/.test(text) || /^(-?[1-9][0-9]*|0)$/.test(text);

interface Event {
  readonly scope: number;
  /** Texts of the members of the key. */
  readonly members: readonly (string | undefined)[];
}

/** A table beside a Map that says what must be in it. */
class Modelled {
  readonly table = new Table();
  readonly model = new Map<string, { readonly slot: number; readonly scope: number; readonly key: string }>();

  /** Finds the rows of a block of events; returns how many it took before one that has more than one spelling. */
  upsertRows(events: readonly Event[], width: number): void {
    const text = Buffer.from(events.flatMap(({ members }) => members).join(''));
    const buffer = buffers.allocate(text.length);
    text.copy(buffer);
    let at = 0;
    events.forEach(({ scope, members }, row) => {
      columns.rows[row] = row;
      columns.scopes[row] = scope;
      members.forEach((member, m) => {
        const length = Buffer.byteLength(member ?? '');
        columns.fieldType[m]![row] = typeOf(member);
        columns.fieldStart[m]![row] = at;
        columns.fieldEnd[m]![row] = at + length;
        at += length;
      });
    });
    for (let from = 0; from < events.length; from++) {
      const left = events.findIndex(
        ({ members }, index) => index >= from && members.some((text) => !isCanonical(text ?? 'null')),
      );
      const expected = left < 0 ? events.length : left;
      const inserted = new Set<number>();
      const stop = this.table.upsertRows(buffer.byteOffset, from, events.length, width, (index) => {
        inserted.add(index);
      });
      check(stop === expected, () => `stopped at ${stop}, not ${expected}`);
      for (let index = from; index < stop; index++)
        this.#expectUpserted(events[index]!, columns.slots[index]!, inserted.has(index));
      check(
        [...inserted].every((index) => index >= from && index < stop),
        () => 'others inserted',
      );
      from = stop;
    }
    buffers.release(buffer);
  }

  #expectUpserted({ scope, members }: Event, slot: number, inserted: boolean): void {
    const key = members.map((text) => text ?? 'null').join('\0');
    const id = `${scope} ${key}`;
    const known = this.model.get(id);
    check(inserted === (known === undefined), () => `${id} was ${inserted ? '' : 'not '}inserted`);
    if (known === undefined) this.model.set(id, { slot, scope, key });
    else check(known.slot === slot, () => `${id} in slot ${slot}`);
  }

  remove(pick: number): void {
    const id = [...this.model.keys()].at(pick % Math.max(1, this.model.size));
    if (id === undefined) return;
    this.table.remove(this.model.get(id)!.slot);
    this.model.delete(id);
  }

  expectEqual(): void {
    check(this.table.count === this.model.size, () => `${this.table.count} rows`);
    const slots = new Set<number>();
    for (const { slot, scope, key } of this.model.values()) {
      slots.add(slot);
      const copy = Buffer.from(`"${key}7`);
      check(
        this.table.find(scope, copy, 1, copy.length - 1) === slot,
        () => `${scope} ${key} is not in slot ${slot}`,
      );
      check(this.table.scope(slot) === scope, () => 'another scope');
      const text = this.table.keys.toString('utf8', this.table.keyStart(slot), this.table.keyEnd(slot));
      check(text === key, () => `${text} instead of ${key}`);
    }
    check(slots.size === this.model.size, () => 'a slot of two rows');
  }
}

const member = fc.oneof(
  fc.nat(30).map(String),
  fc.constantFrom(
    undefined,
    'null',
    'true',
    'false',
    '""',
    '"a"',
    '"é"',
    '0',
    '-1',
    '[1]',
    '{"a":1}',
    '{"a" : 1}',
  ),
  fc.integer({ min: 0, max: 40 }).map((length) => `"${'x'.repeat(length)}"`),
  fc.integer({ min: 0, max: 5000 }).map((length) => `"${'y'.repeat(length)}"`),
  fc.constantFrom('1.0', '1e0', '-0', '"\\u0061"', '"0123456789abcdef\\n"', '"a\\\\"'),
);
const eventOf = (width: number): fc.Arbitrary<Event> =>
  fc.record({
    scope: fc.integer({ min: -1, max: 3 }),
    members: fc.array(member, { minLength: width, maxLength: width }),
  });
const work = fc.integer({ min: 1, max: 4 }).chain((width) =>
  fc.record({
    width: fc.constant(width),
    steps: fc.array(fc.oneof(fc.array(eventOf(width), { minLength: 1, maxLength: 60 }), fc.nat()), {
      maxLength: 25,
      size: 'max',
    }),
  }),
);

function churn(modelled: Modelled, steps: readonly (number | readonly Event[])[], width: number): void {
  for (const step of steps) {
    if (typeof step !== 'number') modelled.upsertRows(step, width);
    else for (let n = 0; n < step % 50; n++) modelled.remove(step + n * 31);
  }
}

describe('rows of blocks of keys', () => {
  it('are those that a Map finds, of one member or several', () => {
    fc.assert(
      fc.property(work, ({ width, steps }) => {
        const modelled = new Modelled();
        churn(modelled, steps, width);
        modelled.expectEqual();
      }),
      { numRuns: 150 },
    );
  });

  it('are found in tables that grow between each other, and nothing is written around these', () => {
    const canaries: { at: number; size: number }[] = [];
    const plant = (): void => {
      const at = regions.allocate(100);
      bytes.fill(0xa5, at, at + 100);
      canaries.push({ at, size: 100 });
    };
    const tables = Array.from({ length: 4 }, () => {
      plant();
      return new Modelled();
    });
    const lengths = [3, 20, 300, 1500];
    for (let round = 0; round < 30; round++) {
      tables.forEach((modelled, n) => {
        const events = Array.from({ length: 100 }, (_, i) => ({
          scope: i % (n + 1),
          members: [
            `"${String(round * 61 + i).padStart(lengths[n]!, '-')}"`,
            n % 2 === 0 ? undefined : String(i),
          ],
        }));
        modelled.upsertRows(events, 2);
        if (round % 7 === 6) for (let i = 0; i < 180; i++) modelled.remove(i * 17);
        if (round % 5 === 0) plant();
      });
    }
    for (const modelled of tables) modelled.expectEqual();
    for (const { at, size } of canaries) {
      expect(bytes.subarray(at, at + size).every((byte) => byte === 0xa5)).toBe(true);
      regions.release(at, size);
    }
  });

  it('are packed when most of their keys are gone, in as many scopes as there were', () => {
    const modelled = new Modelled();
    for (let round = 0; round < 12; round++) {
      const events = Array.from({ length: 400 }, (_, i) => ({
        scope: round * 100 + (i % 100),
        members: [`"${round} ${i} ${'k'.repeat(900)}"`],
      }));
      modelled.upsertRows(events, 1);
      while (modelled.model.size > 40) modelled.remove(modelled.model.size - 41);
      modelled.expectEqual();
    }
    expect(modelled.table.keys.length).toBeLessThan(5 << 20);
  });

  it('are as many as a block has, all of them new', () => {
    const modelled = new Modelled();
    const events = Array.from({ length: 8192 }, (_, i) => ({ scope: 0, members: [String(i)] }));
    modelled.upsertRows(events, 1);
    modelled.upsertRows(events, 1);
    modelled.expectEqual();
  });

  it('leaves a key of several members that has no room in the scratch', () => {
    const table = new Table();
    const length = kernel().scratchSize;
    const buffer = buffers.allocate(length + 1);
    buffer.fill(0x78).write('"', 0);
    buffer.write('"1', length - 1);
    [columns.rows[0], columns.scopes[0]] = [0, 0];
    for (const [m, start, end] of [
      [0, 0, length],
      [1, length, length + 1],
    ] as const) {
      columns.fieldType[m]![0] = m === 0 ? 5 : 4;
      columns.fieldStart[m]![0] = start;
      columns.fieldEnd[m]![0] = end;
    }
    expect(table.upsertRows(buffer.byteOffset, 0, 1, 2, () => {})).toBe(0);
    expect(call.stoppedFull.value).toBe(0);
    expect(table.count).toBe(0);
    expect(table.upsertRows(buffer.byteOffset, 0, 1, 1, () => {})).toBe(1);
    expect(table.keyEnd(columns.slots[0]!) - table.keyStart(columns.slots[0]!)).toBe(length);
    buffers.release(buffer);
  });
});
