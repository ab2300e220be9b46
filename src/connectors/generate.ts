import { Buffer } from 'node:buffer';
import type { Split, SplitReader } from './connector.ts';
import { type GenerateOptions, parseGenerate } from './generate-options.ts';
import { TURN_AFTER, turn } from './regular-reader.ts';
import { MAX_EVENT, WebTraffic } from './web-traffic.ts';

/** Bytes that are made at a time. */
const BLOCK = 1 << 18;
/** How much later than `disorder` late events are at most, where `disorder` gives no measure: milliseconds. */
const LATEST = 60_000;

/**
 * The location `generate:count=N,seed=N,…`: web traffic as NDJSON, the same bytes for the same parameters, and
 * for a larger count the same beginning. The event time is the member `time`.
 * @param from bytes at its start that are made and not given: what they were is known by making them
 * @throws TidemarkError `usage` for a parameter that is unknown or wrong
 */
export function generateSplit(location: string, from = 0): Split {
  const options = parseGenerate(location);
  return {
    name: location,
    endless: options.count === Number.POSITIVE_INFINITY,
    open: async (signal) => new Generator(options, signal, from),
  };
}

class Generator implements SplitReader {
  readonly #options: GenerateOptions;
  readonly #signal: AbortSignal;
  readonly #traffic: WebTraffic;
  /** Made and not yet taken: [start, end). */
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #start = 0;
  #end = 0;
  /** How many events were made. */
  #made = 0;
  /** Event time of the next one before displacement, in microseconds from the start. */
  #elapsed = 0;
  /** When the first event was made, by the clock of the process; only with a rate. */
  #began = Number.NaN;
  /** Bytes made since the event loop turned last. */
  #unturned = 0;
  /** Bytes that are still to be made without being given. */
  #toPass: number;

  constructor(options: GenerateOptions, signal: AbortSignal, from: number) {
    this.#toPass = from;
    this.#options = options;
    this.#signal = signal;
    this.#traffic = new WebTraffic(options.seed, options.keys, this.#block);
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#signal.aborted) return 0;
    if (this.#start === this.#end) {
      if (this.#unturned >= TURN_AFTER) {
        this.#unturned = 0;
        return turn().then(() => this.read(target, offset));
      }
      const { count, rate } = this.#options;
      if (this.#made >= count) return 0;
      if (this.#toPass > 0) {
        this.#pass();
        return this.read(target, offset);
      }
      if (rate > 0 && this.#made >= this.#due())
        return this.#untilDue().then(() => this.read(target, offset));
      this.#make(rate > 0 ? Math.min(count, this.#due()) : count);
    }
    const taken = this.#block.copy(target, offset, this.#start, this.#end);
    this.#start += taken;
    return taken;
  }

  async close(): Promise<void> {}

  /** Fills the block, up to the event number `limit`. */
  #make(limit: number): void {
    const { disorder, late, start, step, rate } = this.#options;
    const traffic = this.#traffic;
    const latest = disorder === 0 ? LATEST : 10 * disorder;
    const lateBound = late * 2 ** 32;
    let at = 0;
    while (at <= BLOCK - MAX_EVENT && this.#made < limit) {
      // Each event takes the same numbers of the sequence, whatever it is: the other members stay as they are
      // when disorder or late is changed.
      const isLate = traffic.below(2 ** 32) < lateBound;
      const back = isLate ? disorder + 1 + traffic.below(latest - disorder) : traffic.below(disorder + 1);
      at = traffic.write(at, start + Math.floor(this.#elapsed / 1000) - back);
      this.#made++;
      const gap = traffic.below(2000 * (step || 0) + 1);
      if (Number.isNaN(step)) this.#elapsed = Math.floor((this.#made * 1_000_000) / rate);
      else this.#elapsed += gap;
    }
    this.#start = 0;
    this.#end = at;
    this.#unturned += at;
  }

  /** Makes what was given in an earlier run; with a rate not an event more, for it is not due yet. */
  #pass(): void {
    const { count, rate } = this.#options;
    while (this.#toPass > 0 && this.#made < count && this.#unturned < TURN_AFTER) {
      const near = rate > 0 && this.#toPass <= BLOCK;
      this.#make(near ? this.#made + 1 : count);
      const passed = Math.min(this.#toPass, this.#end);
      this.#start = passed;
      this.#toPass -= passed;
    }
  }

  /** How many events the clock allows by now; what was made before it was asked took no time. */
  #due(): number {
    const now = performance.now();
    if (Number.isNaN(this.#began)) this.#began = now - (this.#made * 1000) / this.#options.rate;
    return Math.floor(((now - this.#began) * this.#options.rate) / 1000) + 1;
  }

  /** Settles when the next event is due, or the signal is aborted. */
  #untilDue(): Promise<void> {
    const due = this.#began + (this.#made * 1000) / this.#options.rate;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, due - performance.now()));
      this.#signal.addEventListener('abort', done, { once: true });
    });
  }
}
