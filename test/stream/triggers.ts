import fc from 'fast-check';
import type { Trigger } from '../../src/stream/firing.ts';

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

/** What is put together from these, and from what `more` gives. */
const composites = (more: fc.Arbitrary<Trigger>): fc.Arbitrary<Trigger>[] => [
  more.map((of): Trigger => ({ kind: 'repeat', of })),
  fc
    .tuple(fc.constantFrom('any' as const, 'all' as const, 'each-of' as const), several(more))
    .map(([kind, of]): Trigger => ({ kind, of })),
  fc.tuple(more, more).map(([of, until]): Trigger => ({ kind: 'or-finally', of, until })),
];

const several = (more: fc.Arbitrary<Trigger>): fc.Arbitrary<Trigger[]> =>
  fc.array(more, { minLength: 1, maxLength: 3 });

/** Triggers that wait for no watermark. */
const unwatched: fc.Arbitrary<Trigger> = fc.letrec<{ trigger: Trigger }>((tie) => ({
  trigger: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, ...composites(tie('trigger'))),
})).trigger;

const atWatermark: fc.Arbitrary<Trigger> = fc
  .record({ early: unwatched, late: unwatched }, { requiredKeys: [] })
  .map((parts) => ({ kind: 'after-watermark', ...parts }));

/** Triggers of all kinds, one in the other. */
export const triggers: fc.Arbitrary<Trigger> = fc.letrec<{ trigger: Trigger }>((tie) => ({
  trigger: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, atWatermark, ...composites(tie('trigger'))),
})).trigger;
