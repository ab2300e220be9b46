import { FINGERPRINT } from './fingerprint.ts';
import { FollowSplit } from './follow-split.ts';
import {
  isFile,
  type LocationProgress,
  type ReplayableLocation,
  type ReplayOptions,
  type Stretch,
} from './replayable.ts';
import { type Step, trailOf } from './trail.ts';

/** A file, which may have been rotated since it was read last; with `follow` it is then read as it grows. */
export class FileLocation implements ReplayableLocation {
  readonly name: string;
  readonly endless: boolean;
  readonly foreign: boolean;
  readonly #path: string;
  readonly #options: ReplayOptions;

  /** @param options with a shard where its files are cut */
  constructor(name: string, path: string, options: ReplayOptions, foreign: boolean) {
    this.foreign = foreign;
    this.name = name;
    this.endless = options.follow;
    this.#path = path;
    this.#options = options;
  }

  async *stretches(from: LocationProgress['file']): AsyncGenerator<Stretch> {
    const steps = await trailOf(this.#path, from !== null && isFile(from) ? from : undefined, this.#options);
    try {
      const last = steps.at(-1);
      // What is compressed does not grow, nor can it be followed.
      const followed = this.#options.follow && last?.file.compressed !== true ? last : undefined;
      for (const step of steps)
        if (step !== followed) yield await this.#stretchOf(step, step === last && !this.#options.follow);
      if (this.#options.follow) yield this.#followed(followed);
    } finally {
      for (const { file } of steps) file.close();
    }
  }

  #followed(step: Step | undefined): Stretch {
    const position = step?.from?.byte ?? 0;
    return {
      name: this.#path,
      id: step?.file.id,
      from: step?.from,
      known: step?.known ?? new Uint8Array(0),
      growing: true,
      open: (signal) => {
        const fd = step?.file.take();
        const begun = fd === undefined ? undefined : { fd, id: step!.file.id, position };
        return new FollowSplit(this.#path, this.#path, { ...this.#options, begun }).open(signal);
      },
    };
  }

  async #stretchOf({ file, from, known }: Step, growing: boolean): Promise<Stretch> {
    const { path: name, id } = file;
    const { shard } = this.#options;
    const byte = from?.byte ?? 0;
    if (shard === undefined) {
      return { name, id, from, known, growing, open: (signal) => file.read(byte, signal) };
    }
    const start = { byte, insideLine: from?.reader.passing ?? false };
    return {
      name,
      id,
      from,
      // The first bytes may be another shard's.
      known: from === undefined ? await file.first(FINGERPRINT) : known,
      growing,
      cut: true,
      open: (signal) => file.readShard(shard, start, signal),
    };
  }
}
