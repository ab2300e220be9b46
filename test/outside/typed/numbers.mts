// tm source './numbers.mjs?to=1000' --time at
import type { SourceModule } from 'tidemark';

interface Range {
  readonly from: number;
  readonly to?: number;
}

export const source: SourceModule<number, Range, number> = {
  restriction: ({ to = '100' }) => ({ from: 0, to: Number(to) }),

  async *read(tracker, { position }) {
    for (let n = position ?? tracker.restriction.from; ; n++) {
      if (!tracker.tryClaim(n)) return;
      yield { value: { n, at: new Date(n * 1000).toISOString() }, position: n + 1 };
    }
  },
};
