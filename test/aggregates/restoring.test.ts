import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Literal } from '../../src/aggregates/aggregate.ts';
import { aggregates, findAggregate } from '../../src/aggregates/registry.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { Sample } from '../reference/aggregates.ts';
import { integerText, numberTexts, valueTexts } from './arbitraries.ts';
import { cases, drawnSamples } from './cases.ts';
import { GroupTable } from './group-table.ts';

/** Groups that values are spread over. */
const GROUPS = 4;

const all: typeof cases = [
  ...cases,
  ['approx_distinct', [], valueTexts, 'values'],
  ['approx_distinct', [4], valueTexts, 'values'],
  ['approx_quantile', [0.5], numberTexts(integerText), 'integers'],
  ['approx_topk', [2, 2], valueTexts, 'values'],
  ['approx_topk', [3], valueTexts, 'values'],
];

/** Samples with the group of each, in the runs that add them. */
const runs = (name: string, texts: fc.Arbitrary<string[]>) =>
  fc
    .tuple(
      drawnSamples(name, texts),
      fc.array(fc.nat(GROUPS - 1), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
    )
    .map(([samples, groups, cuts]) => {
      const placed = samples.map((sample, position) => ({
        sample: { ...sample, position },
        group: groups[position % groups.length]!,
      }));
      const bounds = [
        0,
        ...cuts.map((cut) => Math.min(cut, placed.length)).sort((a, b) => a - b),
        placed.length,
      ];
      return bounds.slice(1).map((to, i) => placed.slice(bounds[i], to));
    });

const created = (name: string, literals: Literal[]): GroupTable => {
  const table = new GroupTable(findAggregate(name)!, literals);
  return table;
};

const add = (
  table: GroupTable,
  placed: readonly { readonly sample: Sample; readonly group: number }[],
): void =>
  table.add(
    placed.map(({ sample }) => sample),
    placed.map(({ group }) => [group]),
  );

const results = (table: GroupTable): string[] =>
  Array.from({ length: GROUPS }, (_, group) => table.result(group));

describe.each(all)('%s%j over %3$s', (name, literals, texts) => {
  it('goes on from a snapshot, and from changes on it, as if it had never stopped', () => {
    fc.assert(
      fc.property(runs(name, texts), fc.boolean(), (parts, stops) => {
        const plain = created(name, literals);
        plain.reserve(GROUPS);
        let table = created(name, literals);
        table.track();
        table.reserve(GROUPS);
        const saved: Buffer[] = [];
        for (const part of parts) {
          add(plain, part);
          add(table, part);
          saved.push(table.saveRows(part.map(({ group }) => group)));
          if (!stops) continue;
          table = created(name, literals);
          for (const bytes of saved) table.loadRows(bytes);
          table.track();
        }
        const restored = created(name, literals);
        for (const bytes of saved) restored.loadRows(bytes);
        expect(results(table)).toEqual(results(plain));
        expect(results(restored)).toEqual(results(plain));
        restored.merge(0, 1);
        plain.merge(0, 1);
        expect(restored.result(0)).toBe(plain.result(0));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses a snapshot that was cut off', () => {
    fc.assert(
      fc.property(runs(name, texts), fc.double({ min: 0, max: 1, noNaN: true }), (parts, share) => {
        const table = created(name, literals);
        table.reserve(GROUPS);
        for (const part of parts) add(table, part);
        const bytes = table.saveRows();
        const cut = bytes.subarray(0, Math.floor(share * (bytes.length - 1)));
        expect(() => created(name, literals).loadRows(Buffer.from(cut))).toThrow(TidemarkError);
      }),
      { numRuns: 30 },
    );
  });
});

describe('every aggregate', () => {
  it('is tested to go on from a snapshot', () => {
    expect(new Set(all.map(([name]) => name))).toEqual(
      // That of a module: test/operators/combine-js.test.ts.
      new Set(aggregates.map(({ name }) => name).filter((name) => name !== 'js')),
    );
  });
});
