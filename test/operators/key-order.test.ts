import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/operators/group-key.ts';
import { sortByKey } from '../../src/operators/key-order.ts';
import type { Batch } from '../../src/stream/batch.ts';
import { Batch as Rows } from '../../src/stream/batch.ts';
import { assign } from '../../src/windows/grouping.ts';
import { TiledGrouping } from '../../src/windows/tiled-grouping.ts';

/** Groups with these keys in one window, as the grouping gives them when it closes. */
function closedGroups(keys: readonly string[]): TiledGrouping {
  const grouping = new TiledGrouping();
  const batch: Batch = new Rows(1, 0);
  batch.addEvent(0, 0, 0, 1);
  for (const key of keys) {
    const bytes = Buffer.from(key);
    assign(grouping, batch, 0, { bytes, start: 0, end: bytes.length }, Number.NEGATIVE_INFINITY);
  }
  grouping.closeNext();
  return grouping;
}

const spelled = (members: readonly unknown[]): string =>
  members.map((member) => JSON.stringify(member)).join('\0');

const texts = fc.oneof(
  fc.string({ maxLength: 4 }).map((tail) => `user-${tail}`),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom('', 'user-', 'user-!', 'user-"', 'user-\\', 'user-é', 'user-\u{1f600}', 'user-1234567'),
);
const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
);

describe('sortByKey', () => {
  it.each([
    ['texts', texts.map((text) => [text])],
    ['texts and another member', fc.tuple(texts, fc.oneof(numbers, fc.constant(null)))],
    ['numbers', numbers.map((number) => [number])],
    ['values of any type', fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)).map((value) => [value])],
  ])('orders many keys as comparing them one by one does: %s', (_name, members) => {
    fc.assert(
      fc.property(fc.array(members, { minLength: 64, maxLength: 120 }), (keys) => {
        const distinct = [...new Set(keys.map(spelled))];
        const grouping = closedGroups(distinct);
        const groups = grouping.closed.slots.slice(0, grouping.closed.count);
        const expected = [...groups].sort((a, b) => compareKeys(grouping.keys, a, b));
        expect([...sortByKey(groups, grouping)]).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});
