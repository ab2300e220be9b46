import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, GARBAGE, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, bytes } = kernel;
const NONE = -1;
const FULL = -2;

/** Fields of a table, each four bytes: kernel/table.ts tells what they are. */
const FIELDS = [
  'index',
  'mask',
  'size',
  'capacity',
  'high',
  'free',
  'scope',
  'keyStart',
  'keyLength',
] as const;
const KEYS = 36;
const KEYS_USED = 40;
const KEYS_CAPACITY = 44;
const KEYS_DEAD = 48;
const WAS_INSERTED = 52;
const TABLE_BYTES = 64;
/** Behind each region vectors may be read, but nothing is written: here it is seen. */
const CANARY = 64;

/** The parts of a table that has room for so much and no more, with canaries around each. */
class RawTable {
  readonly address: number;
  readonly #canaries: number[] = [];
  #at = kernel.scratch + kernel.scratchSize;

  constructor(entries: number, rows: number, keyBytes: number) {
    this.#plant();
    this.address = this.#region(TABLE_BYTES);
    const values = [
      this.#region(entries * 8),
      entries - 1,
      0,
      rows,
      0,
      -1,
      this.#region(rows * 4),
      this.#region(rows * 4),
      this.#region(rows * 4),
    ];
    values.forEach((value, i) => {
      bytes.writeInt32LE(value, this.address + i * 4);
    });
    bytes.writeInt32LE(this.#region(keyBytes), this.address + KEYS);
    bytes.writeInt32LE(keyBytes, this.address + KEYS_CAPACITY);
  }

  #region(size: number): number {
    const at = this.#at;
    bytes.fill(0, at, at + size);
    this.#at = at + size;
    this.#plant();
    return at;
  }

  #plant(): void {
    bytes.fill(0xa5, this.#at, this.#at + CANARY);
    this.#canaries.push(this.#at);
    this.#at += CANARY;
  }

  field(name: (typeof FIELDS)[number] | number): number {
    return bytes.readInt32LE(this.address + (typeof name === 'number' ? name : FIELDS.indexOf(name) * 4));
  }

  rehash(entries: number): void {
    call.tableRehash(this.address, this.#region(entries * 8), entries - 1);
  }

  pack(capacity: number): void {
    call.tablePack(this.address, this.#region(capacity), capacity);
  }

  key(slot: number): Buffer {
    const start = this.field(KEYS) + bytes.readInt32LE(this.field('keyStart') + slot * 4);
    return Buffer.from(bytes.subarray(start, start + bytes.readInt32LE(this.field('keyLength') + slot * 4)));
  }

  expectCanaries(): void {
    const whole = this.#canaries.every((at) =>
      bytes.subarray(at, at + CANARY).every((byte) => byte === 0xa5),
    );
    check(whole, () => 'something is written around the table');
  }
}

const key = fc.oneof(
  fc.nat(20).map(String),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.integer({ min: 0, max: 40 }).map((n) => 'x'.repeat(n)),
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('upsert' as const),
      scope: fc.integer({ min: -2, max: 2 }),
      key,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('find' as const), scope: fc.integer({ min: -2, max: 2 }), key }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rehash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pack' as const), more: fc.nat(200) }) },
);

describe('a hash table in the kernel', () => {
  it('holds what a Map holds, is full when it is, and writes nowhere else', () => {
    const sizes = fc.record({
      entries: fc.constantFrom(4, 16, 64),
      rows: fc.integer({ min: 1, max: 40 }),
      keyBytes: fc.nat(400),
    });
    fc.assert(
      fc.property(
        sizes,
        fc.array(step, { maxLength: 100, size: 'max' }),
        garbage,
        ({ entries, rows, keyBytes }, steps, behind) => {
          const table = new RawTable(entries, rows, keyBytes);
          const model = new Map<string, { scope: number; key: Buffer; slot: number }>();
          for (const one of steps) {
            if (one.kind === 'rehash') {
              if (table.field('mask') < 1023) table.rehash((table.field('mask') + 1) * 2);
            } else if (one.kind === 'pack') {
              const live = table.field(KEYS_USED) - table.field(KEYS_DEAD);
              table.pack(live + one.more);
              check(table.field(KEYS_USED) === live && table.field(KEYS_DEAD) === 0, () => 'not packed');
            } else if (one.kind === 'remove') {
              const id = [...model.keys()].at(one.pick % Math.max(1, model.size));
              if (id === undefined) continue;
              call.tableRemove(table.address, model.get(id)!.slot);
              model.delete(id);
            } else {
              const text = Buffer.from(one.key);
              // A key is followed by anything.
              const at = placeLast(kernel, text, behind);
              const id = `${one.scope} ${one.key}`;
              const known = model.get(id);
              if (one.kind === 'find') {
                check(
                  call.tableFind(table.address, one.scope, at, text.length) === (known?.slot ?? NONE),
                  () => `found ${id}`,
                );
                continue;
              }
              const slot = call.tableUpsert(table.address, one.scope, at, text.length);
              const full =
                (model.size + 1) * 4 > (table.field('mask') + 1) * 3 ||
                table.field(KEYS_USED) + text.length > table.field(KEYS_CAPACITY) ||
                model.size === rows;
              if (known !== undefined)
                check(slot === known.slot && table.field(WAS_INSERTED) === 0, () => `${id} in ${slot}`);
              else if (slot === FULL) check(full, () => 'full though there is room');
              else {
                check(table.field(WAS_INSERTED) === 1, () => `${id} was not inserted`);
                check(slot >= 0 && slot < rows, () => `slot ${slot}`);
                model.set(id, { scope: one.scope, key: text, slot });
              }
            }
          }
          check(table.field('size') === model.size, () => `${table.field('size')} rows`);
          check(
            new Set([...model.values()].map(({ slot }) => slot)).size === model.size,
            () => 'a slot of two rows',
          );
          for (const { scope, key: text, slot } of model.values()) {
            check(table.key(slot).equals(text), () => `another key in ${slot}`);
            check(
              call.tableFind(table.address, scope, placeLast(kernel, text, behind), text.length) === slot,
              () => `lost: ${text}`,
            );
          }
          table.expectCanaries();
        },
      ),
      { numRuns: 800 },
    );
  });

  it('tells keys apart that differ in one byte or in what stands behind them', () => {
    const table = new RawTable(4096, 1500, 1 << 17);
    const slots = new Set<number>();
    let keys = 0;
    for (let length = 0; length < 34; length++)
      for (let at = -1; at < length; at++) {
        const text = Buffer.alloc(length, 0x61);
        if (at >= 0) text[at] = 0x62;
        keys++;
        for (const behind of GARBAGE)
          slots.add(call.tableUpsert(table.address, 7, placeLast(kernel, text, behind), length));
      }
    expect(slots.size).toBe(keys);
    expect(table.field('size')).toBe(keys);
    table.expectCanaries();
  });
});
