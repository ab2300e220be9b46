import { FollowSplit } from './follow-split.ts';
import type { LocationProgress, ReplayableLocation, ReplayOptions, Stretch } from './replayable.ts';
import { type ReadFile, type Step, trailOf } from './trail.ts';

/** A file, which may have been rotated since it was read last; with `follow` it is then read as it grows. */
export class FileLocation implements ReplayableLocation {
  readonly name: string;
  readonly endless: boolean;
  readonly #path: string;
  readonly #options: ReplayOptions;

  constructor(name: string, path: string, options: ReplayOptions) {
    this.name = name;
    this.endless = options.follow;
    this.#path = path;
    this.#options = options;
  }

  async *stretches(saved: LocationProgress | undefined): AsyncGenerator<Stretch> {
    const steps = await trailOf(this.#path, readFile(saved), this.#options);
    try {
      for (const [i, step] of steps.entries()) {
        const last = i === steps.length - 1;
        yield last && this.#options.follow ? this.#followed(step) : stretchOf(step, last);
      }
      if (steps.length === 0 && this.#options.follow) yield this.#followed(undefined);
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
}

function stretchOf({ file, from, known }: Step, growing: boolean): Stretch {
  const { path: name, id } = file;
  return { name, id, from, known, growing, open: (signal) => file.read(from?.byte ?? 0, signal) };
}

function readFile(saved: LocationProgress | undefined): ReadFile | undefined {
  const file = saved?.file;
  if (file?.device === undefined || file.inode === undefined) return undefined;
  return { ...file, device: file.device, inode: file.inode };
}
