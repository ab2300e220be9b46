import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAggregate } from '../../src/aggregates/registry.ts';
import { referenceAggregate, type Sample, sampleOf } from '../reference/aggregates.ts';
import { cases, drawnSamples } from './cases.ts';
import { GroupTable } from './group-table.ts';

const RUNS = { numRuns: 150 };
const SLOTS = 5;

/** A way to spread samples: the slots of each, where batches end, and the order of merges. */
const spread = fc.record({
  slots: fc.array(fc.nat(SLOTS - 1), { minLength: 60, maxLength: 60 }),
  cuts: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  merges: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: SLOTS }),
  chained: fc.boolean(),
});

function addSpread(
  table: GroupTable,
  samples: readonly Sample[],
  slots: readonly number[],
  cuts: readonly boolean[],
): void {
  let start = 0;
  samples.forEach((_, i) => {
    if (i + 1 < samples.length && !cuts[i]) return;
    table.add(
      samples.slice(start, i + 1),
      slots.slice(start, i + 1).map((slot) => [slot]),
    );
    start = i + 1;
  });
  table.reserve(SLOTS);
}

describe.each(cases)('%s%j over %3$s', (name, literals, texts) => {
  const definition = findAggregate(name)!;

  it('equals the plain reference', () => {
    fc.assert(
      fc.property(drawnSamples(name, texts), (samples) => {
        const table = new GroupTable(definition, literals);
        table.add(
          samples,
          samples.map(() => [0]),
        );
        expect(table.result(0)).toBe(referenceAggregate(name, samples, literals));
      }),
      RUNS,
    );
  });

  it('does not show how rows were spread over slots and in which order these were merged', () => {
    fc.assert(
      fc.property(drawnSamples(name, texts), spread, (samples, { slots, cuts, merges, chained }) => {
        const table = new GroupTable(definition, literals);
        addSpread(table, samples, slots, cuts);
        const before = merges.map((slot) => table.result(slot));
        let into = merges[0]!;
        for (const [i, from] of merges.slice(1).entries()) {
          if (chained) {
            table.merge(from, into);
            into = from;
          } else {
            table.merge(into, from);
            expect(table.result(from)).toBe(before[i + 1]);
          }
        }
        expect(table.result(into)).toBe(referenceAggregate(name, samples, literals));
      }),
      RUNS,
    );
  });

  it('does not show the order of arrival', () => {
    const shuffled = drawnSamples(name, texts).chain((samples) =>
      fc.tuple(fc.constant(samples), fc.shuffledSubarray(samples, { minLength: samples.length })),
    );
    fc.assert(
      fc.property(shuffled, ([samples, arrived]) => {
        const table = new GroupTable(definition, literals);
        for (const sample of arrived) table.add([sample], [[0]]);
        expect(table.result(0)).toBe(referenceAggregate(name, samples, literals));
      }),
      RUNS,
    );
  });

  it('counts a row in every slot that it is given for', () => {
    fc.assert(
      fc.property(drawnSamples(name, texts), (samples) => {
        const table = new GroupTable(definition, literals);
        table.add(
          samples,
          samples.map((_, i) => (i % 3 === 0 ? [0, 2] : [2])),
        );
        const everyThird = samples.filter((_, i) => i % 3 === 0);
        table.reserve(3);
        expect(table.result(0)).toBe(referenceAggregate(name, everyThird, literals));
        expect(table.result(2)).toBe(referenceAggregate(name, samples, literals));
      }),
      { numRuns: 50 },
    );
  });

  it('starts anew in a slot that was given back', () => {
    fc.assert(
      fc.property(drawnSamples(name, texts), drawnSamples(name, texts), (before, samples) => {
        const table = new GroupTable(definition, literals);
        for (const added of [before, samples]) {
          table.reserve(1);
          table.reset(0);
          table.add(
            added,
            added.map(() => [0]),
          );
        }
        expect(table.result(0)).toBe(referenceAggregate(name, samples, literals));
      }),
      { numRuns: 50 },
    );
  });

  it('has a result for a group without values', () => {
    const table = new GroupTable(definition, literals);
    const samples = [sampleOf(undefined, 0, 0), { ...sampleOf(undefined, 1, 1), text: '' }];
    table.add(samples, [[0], [0]]);
    table.merge(0, 1);
    expect(table.result(0)).toBe(referenceAggregate(name, samples, literals));
  });
});
