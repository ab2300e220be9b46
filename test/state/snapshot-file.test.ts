import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { Slots } from '../../src/state/slots.ts';
import type { OperatorState, SnapshotWriter } from '../../src/state/snapshot.ts';
import { encodeSnapshot, SavedSnapshot } from '../../src/state/snapshot-file.ts';

/** State that does nothing but write. */
const stateOf = (save: (out: SnapshotWriter) => void): OperatorState => ({
  shape: {},
  compare: () => ({ refused: [], added: [], lost: [] }),
  track: () => {},
  save,
  restore: () => {},
});

const encoded = (all: boolean, save: (out: SnapshotWriter) => void): Buffer =>
  Buffer.concat(encodeSnapshot(stateOf(save), all));

/** Rows with one number each. */
function numbered(count: number) {
  const slots = new Slots();
  const numbers = slots.doubles();
  for (let i = 0; i < count; i++) numbers.values[slots.allocate()] = i;
  return { slots, numbers };
}

describe('a snapshot', () => {
  it('gives back the values and bytes of its last part, by name', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue(), fc.uint8Array()), {
      selector: ([name]) => name,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 3 }), (snapshots) => {
        const saved = new SavedSnapshot(
          snapshots.map((sections) =>
            encoded(true, (out) => {
              for (const [name, value, bytes] of sections) {
                out.value(`v ${name}`, value);
                out.bytes(`b ${name}`, Buffer.from(bytes));
              }
            }),
          ),
        );
        for (const [name, value, bytes] of snapshots.at(-1)!) {
          expect(saved.value(`v ${name}`)).toEqual(JSON.parse(JSON.stringify(value)));
          expect(saved.bytes(`b ${name}`)).toEqual(Buffer.from(bytes));
        }
        expect(saved.value('none')).toBeUndefined();
        expect(saved.bytes('none')).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('of rows stands on those before it, back to the first behind one that lacks them', () => {
    const { slots, numbers } = numbered(100);
    slots.track();
    const first = encoded(true, (out) => out.rows('rows', slots));
    const second = encoded(false, (out) => {
      numbers.values[7] = 700;
      slots.mark(7);
      out.rows('rows', slots);
    });
    expect(second.length).toBeLessThan(first.length / 2);
    const { slots: others, numbers: read } = numbered(0);
    expect(new SavedSnapshot([first, second]).rows('rows', others)).toBe(true);
    expect([...read.values.subarray(0, 100)]).toEqual([...numbers.values.subarray(0, 100)]);
    const without = encoded(false, () => {});
    expect(new SavedSnapshot([first, without]).rows('rows', others)).toBe(false);
    expect(() => new SavedSnapshot([first, without, second]).rows('rows', numbered(0).slots)).toThrow(
      TidemarkError,
    );
  });

  it('is as large as what has changed', () => {
    const { slots } = numbered(10_000);
    const state = stateOf((out) => {
      out.value('value', 1);
      out.rows('rows', slots);
    });
    slots.track();
    const sizeOf = (all: boolean): number => Buffer.concat(encodeSnapshot(state, all)).length;
    const whole = sizeOf(true);
    for (let slot = 0; slot < 100; slot++) slots.mark(slot * 100);
    expect(sizeOf(false)).toBeLessThan(whole / 20);
    expect(sizeOf(false)).toBeLessThan(100);
  });

  it('of another version is refused, and so is what is none', () => {
    const bytes = encoded(true, (out) => out.value('value', 1));
    const other = Buffer.from(bytes);
    other[15] = 99;
    expect(() => new SavedSnapshot([other])).toThrow('the saved state is of version 99');
    expect(() => new SavedSnapshot([Buffer.from('no snapshot')])).toThrow(TidemarkError);
    expect(() => new SavedSnapshot([Buffer.alloc(0)])).toThrow(TidemarkError);
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => new SavedSnapshot([bytes.subarray(0, cut)])).toThrow(TidemarkError);
    expect(() => new SavedSnapshot([Buffer.concat([bytes, bytes])])).toThrow(TidemarkError);
  });
});
