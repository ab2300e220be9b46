import { errorIn, type TidemarkError, usageError } from '../errors.ts';
import type { SideInput } from '../operators/side-input.ts';
import type { SideFeed } from '../operators/with-sides.ts';
import { StreamReader } from '../stream/reader.ts';
import { resolveLocations, statOf } from './locations.ts';
import { pump } from './stream-input.ts';

export interface StreamFeedOptions {
  /** Where the stream of each side input is, by its name. */
  readonly locations: ReadonlyMap<string, string>;
  /** Bytes that a line may have. */
  readonly maxLine: number;
  notice(message: string, hint?: string): void;
}

/** A stream that cannot be read again where the source keeps state. @param name of the side input */
export const notKept = (name: string): TidemarkError =>
  usageError(
    `--side ${name}: with --state it is a file, which the next run can read again`,
    'write the stream to a file: … | tm sink --format stream side.stream',
  );

/** Reads the streams of side inputs, each as far as it is wanted. */
export class StreamFeed implements SideFeed {
  readonly #options: StreamFeedOptions;
  /** Ends what is still read when the main input has ended. */
  readonly #stop = new AbortController();
  readonly #inputs: SideInput[] = [];
  readonly #reading: Promise<void>[] = [];

  constructor(options: StreamFeedOptions) {
    this.#options = options;
  }

  open(input: SideInput, again: boolean): void {
    const { name } = input.options;
    const location = this.#options.locations.get(name)!;
    if (again && statOf(location)?.isFile() !== true) throw notKept(name);
    this.#inputs.push(input);
    this.#reading.push(
      this.#read(input, location).catch((error: unknown) => {
        if (!this.#stop.signal.aborted) input.fail(errorIn(`side input ${name}`, error));
      }),
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const input of this.#inputs) input.stop();
    await Promise.all(this.#reading);
  }

  async #read(input: SideInput, location: string): Promise<void> {
    const { maxLine, notice } = this.#options;
    const splits = await resolveLocations([location], { follow: false, notice });
    const [split, ...others] = splits;
    if (split === undefined || others.length > 0)
      throw usageError(`${location} is not one stream`, 'name a file, a FIFO or <(COMMAND)');
    const bytes = await split.open(this.#stop.signal);
    try {
      const reader = new StreamReader({ eof: 'cut', maxLine, notice });
      await pump(bytes, reader, input, maxLine);
    } finally {
      await bytes.close();
    }
  }
}
