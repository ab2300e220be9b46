// Token buckets, counted in whole milliseconds: `interval` of them make a token.

interface Rate {
  /** Between two tokens, ms. */
  readonly interval: number;
  readonly burst: number;
}

interface Arrival {
  /** ms */
  readonly at: number;
  readonly key: string;
}

class Bucket {
  #level: number;
  #at = Number.NEGATIVE_INFINITY;
  readonly #rate: Rate;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#level = rate.burst * rate.interval;
  }

  /** Whether there is a token at this time; takes it. */
  take(at: number): boolean {
    const { interval, burst } = this.#rate;
    this.#level = Math.min(burst * interval, this.#level + (at - this.#at));
    this.#at = at;
    if (this.#level < interval) return false;
    this.#level -= interval;
    return true;
  }
}

const bucketsOf = (rate: Rate): ((key: string) => Bucket) => {
  const buckets = new Map<string, Bucket>();
  return (key) => {
    const bucket = buckets.get(key) ?? new Bucket(rate);
    buckets.set(key, bucket);
    return bucket;
  };
};

/** Which of the events pass where those over the rate are taken out. */
export function passing(arrivals: readonly Arrival[], rate: Rate): boolean[] {
  const bucketOf = bucketsOf(rate);
  return arrivals.map(({ at, key }) => bucketOf(key).take(at));
}

/** When each event leaves, ms, where they wait for their tokens, and for those before them. */
export function departures(arrivals: readonly Arrival[], rate: Rate): number[] {
  const bucketOf = bucketsOf(rate);
  let time = Number.NEGATIVE_INFINITY;
  return arrivals.map(({ at, key }) => {
    time = Math.max(time, at);
    while (!bucketOf(key).take(time)) time++;
    return time;
  });
}
