import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Literal } from '../../src/aggregates/aggregate.ts';
import { aggregates, findAggregate } from '../../src/aggregates/registry.ts';
import { TidemarkError } from '../../src/errors.ts';
import { referenceAggregate, type Sample } from '../reference/aggregates.ts';
import { cases, drawnSamples } from './cases.ts';
import { GroupTable } from './group-table.ts';

const RUNS = { numRuns: 100 };

/** Samples, and how many of them each part has. */
const parts = (name: string, texts: fc.Arbitrary<string[]>): fc.Arbitrary<Sample[][]> =>
  drawnSamples(name, texts)
    .chain((samples) => fc.tuple(fc.constant(samples), fc.array(fc.nat(samples.length), { maxLength: 3 })))
    .map(([samples, cuts]) => {
      const bounds = [0, ...cuts.sort((a, b) => a - b), samples.length];
      return bounds.slice(1).map((to, i) => samples.slice(bounds[i], to));
    });

/** What a program that saw these samples only saves of them. */
function saved(name: string, literals: Literal[], samples: readonly Sample[]): string {
  const table = new GroupTable(findAggregate(name)!, literals);
  table.reserve(1);
  const own = samples.map((sample, position) => ({ ...sample, position }));
  table.add(
    own,
    own.map(() => [0]),
  );
  return table.save(0);
}

describe.each(cases)('%s%j over %3$s', (name, literals, texts) => {
  it('has the same result from parts that were saved and loaded in their order', () => {
    fc.assert(
      fc.property(parts(name, texts), (drawn) => {
        const table = new GroupTable(findAggregate(name)!, literals);
        table.reserve(1);
        for (const part of drawn) table.load(0, saved(name, literals, part));
        expect(table.result(0)).toBe(referenceAggregate(name, drawn.flat(), literals));
      }),
      RUNS,
    );
  });

  it('has the same result when what was loaded is saved and loaded once more, and merged', () => {
    fc.assert(
      fc.property(parts(name, texts), (drawn) => {
        const table = new GroupTable(findAggregate(name)!, literals);
        table.reserve(3);
        for (const [i, part] of drawn.entries()) {
          table.load(i === 0 ? 0 : 1, saved(name, literals, part));
        }
        table.merge(0, 1);
        table.load(2, table.save(0));
        expect(table.result(2)).toBe(referenceAggregate(name, drawn.flat(), literals));
      }),
      RUNS,
    );
  });

  it('saves one JSON value', () => {
    fc.assert(
      fc.property(parts(name, texts), (drawn) => {
        expect(() => JSON.parse(saved(name, literals, drawn.flat()))).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });

  it('refuses what it did not save', () => {
    for (const text of [
      'true',
      '{}',
      '"x"',
      '[true]',
      '[[[]]]',
      '-1',
      '1.5',
      '[1e999]',
      '[1',
      '[1,2,3,4,"x"]',
    ]) {
      const table = new GroupTable(findAggregate(name)!, literals);
      expect(() => table.load(0, text), text).toThrow(TidemarkError);
    }
  });
});

describe('every aggregate', () => {
  it('is loaded from JSON with space between the values, as other programs write it', () => {
    const table = new GroupTable(findAggregate('mean')!);
    table.load(0, '[ 3 , [1, 7 ,0] ]');
    expect(table.result(0)).toBe('2.3333333333333335');
  });

  it('that is exact is tested to save and load', () => {
    // That of a module: test/operators/combine-js.test.ts.
    const exact = aggregates
      .map(({ name }) => name)
      .filter((name) => name !== 'js' && !name.startsWith('approx_'));
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(exact));
  });
});
