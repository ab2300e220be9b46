import fc from 'fast-check';
import type { Trigger } from '../../src/stream/firing.ts';
import { isTooLarge } from '../../src/stream/firing-rules.ts';

const duration = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 1e6 }).map((seconds) => seconds * 1000),
);

const leaf: fc.Arbitrary<Trigger> = fc.oneof(
  duration.map((period): Trigger => ({ kind: 'every', period })),
  fc.oneof(fc.constant(0), duration).map((delay): Trigger => ({ kind: 'delay', delay })),
  fc.integer({ min: 1, max: 1000 }).map((count): Trigger => ({ kind: 'count', count })),
  fc.constant<Trigger>({ kind: 'each' }),
  fc.constant<Trigger>({ kind: 'never' }),
);

/** What is put together from what `more` gives. */
const composites = (more: fc.Arbitrary<Trigger>): fc.Arbitrary<Trigger>[] => [
  more.map((of): Trigger => ({ kind: 'repeat', of })),
  fc
    .tuple(
      fc.constantFrom('any' as const, 'all' as const, 'each-of' as const),
      fc.array(more, { minLength: 1, maxLength: 3 }),
    )
    .map(([kind, of]): Trigger => ({ kind, of })),
  fc.tuple(more, more).map(([of, until]): Trigger => ({ kind: 'or-finally', of, until })),
];

/** Triggers of these and of the watermark, one in the other so deep at most. */
export function triggersOf(leaves: fc.Arbitrary<Trigger>, maxDepth: number): fc.Arbitrary<Trigger> {
  const nested = (...first: fc.Arbitrary<Trigger>[]): fc.Arbitrary<Trigger> =>
    fc.letrec<{ trigger: Trigger }>((tie) => ({
      trigger: fc.oneof({ maxDepth, withCrossShrink: true }, ...first, ...composites(tie('trigger'))),
    })).trigger;
  // Inside early and late nothing waits for the watermark.
  const parts = nested(leaves);
  const atWatermark = fc
    .record({ early: parts, late: parts }, { requiredKeys: [] })
    .map((given): Trigger => ({ kind: 'after-watermark', ...given }));
  return nested(leaves, atWatermark).filter((trigger) => !isTooLarge(trigger));
}

/** Triggers of all kinds. */
export const triggers: fc.Arbitrary<Trigger> = triggersOf(leaf, 3);
