import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndHeap } from '../../src/windows/end-heap.ts';

type Step =
  | { readonly kind: 'set'; readonly number: number; readonly start: number; readonly end: number }
  | { readonly kind: 'remove'; readonly number: number }
  | { readonly kind: 'removeFirst' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      number: fc.nat(30),
      start: fc.integer({ min: -20, max: 20 }),
      end: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), number: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'removeFirst' as const }) },
);

interface Entry {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

const sorted = (entries: Map<number, Entry>): Entry[] =>
  [...entries.values()].sort((a, b) => (a.end === b.end ? a.start - b.start : a.end - b.end));

describe('a heap of intervals', () => {
  it('has the one on top that a sorted list has first', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new EndHeap();
        const model = new Map<number, Entry>();
        for (const one of steps) {
          if (one.kind === 'set') {
            heap.set(one.number, one.start, one.end);
            model.set(one.number, one);
          } else {
            if (model.size === 0) continue;
            const number = one.kind === 'removeFirst' ? heap.first : one.number;
            if (!model.delete(number)) continue;
            heap.remove(number);
          }
          const [first] = sorted(model);
          expect(heap.size).toBe(model.size);
          expect(heap.firstEnd).toBe(first?.end ?? Number.POSITIVE_INFINITY);
          if (first === undefined) continue;
          const { start, end } = model.get(heap.first)!;
          expect([start, end]).toEqual([first.start, first.end]);
        }
        const drained: [number, number][] = [];
        const expected = sorted(model).map(({ start, end }) => [start, end]);
        while (heap.size > 0) {
          const { start, end } = model.get(heap.first)!;
          drained.push([start, end]);
          heap.remove(heap.first);
        }
        expect(drained).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });
});
