import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { Operator, OperatorContext } from '../../src/operators/operator.ts';
import { settle } from '../../src/operators/work.ts';
import { encodeSnapshot, SavedSnapshot } from '../../src/state/snapshot-file.ts';
import type { Marker } from '../../src/stream/marker.ts';
import type { Item } from '../reference/stream.ts';
import type { MakeOperator } from './harness.ts';

/** What is done at a barrier. */
export interface Barrier {
  /** Whether the snapshot is to stand alone. */
  readonly all: boolean;
  /** Whether the run ends behind it, and another goes on from what was saved. */
  readonly stops: boolean;
}

/** The barriers of a stream, used in turn. */
export const barriers: fc.Arbitrary<Barrier[]> = fc.array(
  fc.record({ all: fc.boolean(), stops: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);

/** The header is for the operator alone: what stands behind has had it in the first run. */
const silently = (context: OperatorContext): OperatorContext => ({
  ...context,
  emitMarker: (output, marker) => (marker.kind === 'stream' ? undefined : context.emitMarker(output, marker)),
});

/** An operator that saves its state at barriers, stops behind some of them, and goes on from what it saved. */
export const stopping =
  (make: MakeOperator, at: readonly Barrier[], next: MakeOperator = make): MakeOperator =>
  (context) => {
    let operator = make(context);
    let header: Marker | undefined;
    let passed = 0;
    /** A snapshot that stands alone, and what stands on it. */
    let saved: Buffer[] = [];
    const restore = async (): Promise<Operator> => {
      const fresh = next(silently(context));
      await settle(fresh.onMarker(0, header!));
      if (fresh.state!.compare(operator.state!.shape).refused.length > 0) throw new Error('refused');
      fresh.state!.restore(new SavedSnapshot(saved));
      await fresh.state!.restored?.();
      fresh.state!.track();
      return fresh;
    };
    return {
      onBatch: (input, batch) => operator.onBatch(input, batch),
      onMarker: async (input, marker) => {
        if (marker.kind === 'barrier') {
          const { all, stops } = at[passed++ % at.length]!;
          const bytes = Buffer.concat(encodeSnapshot(operator.state!, all));
          saved = all ? [bytes] : [...saved, bytes];
          if (stops) {
            const left = operator;
            operator = await restore();
            await left.abort?.();
          }
        }
        const work = operator.onMarker(input, marker);
        if (marker.kind === 'stream') {
          header = marker;
          operator.state!.track();
        }
        await settle(work);
      },
    };
  };

/** Puts barriers behind items of a stream, given by their indexes; never before the header or behind the end. */
export function withBarriers(items: readonly Item[], places: readonly number[]): Item[] {
  const last = items.findIndex(({ kind }) => kind === 'end');
  const end = last < 0 ? items.length : last;
  const behind = new Set(places.map((place) => 1 + (place % Math.max(1, end - 1))));
  return items.flatMap((item, i) =>
    behind.has(i + 1) && i < end ? [item, { kind: 'barrier' as const, epoch: i + 1 }] : [item],
  );
}
