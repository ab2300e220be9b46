import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { TidemarkError } from '../errors.ts';
import type { Shard } from './connector.ts';
import { bornApart, type FileId, sameInode } from './file-identity.ts';
import { fits } from './fingerprint.ts';
import { filesIn, filesLike } from './locations.ts';
import { type OpenedFile, openIfThere } from './opened-file.ts';
import {
  isFile,
  type LocationProgress,
  type ReplayableLocation,
  type ReplayOptions,
  type Stretch,
  type TakenFile,
} from './replayable.ts';
import { dispose } from './spool-disposal.ts';

const NOTHING = new Uint8Array(0);

/**
 * A directory or a pattern: its files are taken whole, each once, in the order of their names. One that comes while
 * others are read is taken by the next run.
 */
export class SpoolLocation implements ReplayableLocation {
  readonly name: string;
  readonly endless = false;
  readonly foreign = false;
  readonly #path: string;
  readonly #isPattern: boolean;
  readonly #options: ReplayOptions;
  /** Files that were taken and are still there; one that has gone from the spool is forgotten. */
  #taken: TakenFile[] = [];

  constructor(name: string, path: string, isPattern: boolean, options: ReplayOptions) {
    this.name = name;
    this.#path = path;
    this.#isPattern = isPattern;
    this.#options = options;
  }

  get taken(): readonly TakenFile[] {
    return this.#taken;
  }

  set taken(files: readonly TakenFile[]) {
    this.#taken = [...files];
  }

  take(file: TakenFile): void {
    this.#taken.push(file);
  }

  committed(saved: LocationProgress): void {
    const { onCommit } = this.#options;
    if (onCommit === undefined) return;
    const gone = new Set<string>();
    for (const file of saved.taken ?? []) {
      if (dispose(file, onCommit)) gone.add(keyOf(file));
    }
    // What is gone comes no more, unless it was moved to where the pattern finds it.
    if (onCommit.kind === 'delete' || !this.#isPattern)
      this.#taken = this.#taken.filter((file) => !gone.has(keyOf(file)));
  }

  async *stretches(from: LocationProgress['file']): AsyncGenerator<Stretch> {
    const all = await (this.#isPattern ? filesLike(this.#path) : filesIn(this.#path));
    const { shard } = this.#options;
    const paths = shard === undefined ? all : all.filter((path) => isOfShard(basename(path), shard));
    const before = new Map(this.#taken.map((file) => [keyOf(file), file]));
    const untaken: string[] = [];
    this.#taken = [];
    for (const path of paths) {
      const file = openIfThere(path);
      if (file === undefined) continue;
      const known = await takenAs(file, before);
      file.close();
      if (known === undefined) untaken.push(path);
      else {
        this.#taken.push({ ...known, path });
        this.#tellGrown(file, known);
      }
    }
    const begun = await this.#goneOn(from, untaken);
    if (begun !== undefined) {
      try {
        yield begun.stretch;
      } finally {
        begun.file.close();
      }
    }
    for (const path of untaken) {
      const file = path === begun?.file.path ? undefined : openIfThere(path);
      if (file === undefined) continue;
      try {
        yield stretchOf(file, undefined, NOTHING);
      } finally {
        file.close();
      }
    }
  }

  /** The file in the middle of which an earlier run has stopped. */
  async #goneOn(
    place: LocationProgress['file'],
    paths: readonly string[],
  ): Promise<{ file: OpenedFile; stretch: Stretch } | undefined> {
    if (place === null || !isFile(place)) return undefined;
    for (const path of paths) {
      const file = openIfThere(path);
      if (file === undefined) continue;
      const first = sameInode(file.id, place) ? await file.first(place.fingerprint.length) : undefined;
      if (first !== undefined && fits(place.fingerprint, first))
        return { file, stretch: stretchOf(file, place, first) };
      file.close();
    }
    const what = `the file of ${this.name} that was read up to byte ${place.byte} is gone: what was behind that byte cannot be read`;
    if (this.#options.onLostFile === 'fail') {
      throw new TidemarkError('failed', what, {
        hint: 'bring it back under any name, or go on without it: --on-lost-file skip',
      });
    }
    this.#options.notice(what);
    return undefined;
  }

  #tellGrown({ path, size, compressed }: OpenedFile, { bytes }: TakenFile): void {
    if (compressed || size === bytes) return;
    this.#options.notice(
      `${path} has ${size} bytes, and had ${bytes} when it was taken: a file of ${this.name} is read once`,
      'write a file under a hidden name, and rename it when it is whole',
    );
  }
}

/** Files come and go: which shard one is of depends on its name alone, not on the others. */
const isOfShard = (name: string, { index, count }: Shard): boolean =>
  createHash('sha256').update(name).digest().readUInt32BE() % count === index;

const keyOf = ({ device, inode }: FileId): string => `${device}:${inode}`;

/** What a file was taken as; undefined: it was not, or it had nothing then. */
async function takenAs(
  file: OpenedFile,
  taken: ReadonlyMap<string, TakenFile>,
): Promise<TakenFile | undefined> {
  const known = taken.get(keyOf(file.id));
  if (known === undefined || bornApart(known, file.id)) return undefined;
  if (known.bytes === 0 && file.size > 0) return undefined;
  return fits(known.fingerprint, await file.first(known.fingerprint.length)) ? known : undefined;
}

const stretchOf = (file: OpenedFile, from: Stretch['from'], known: Uint8Array): Stretch => ({
  name: file.path,
  id: file.id,
  from,
  known,
  growing: false,
  size: file.compressed ? undefined : file.size,
  open: (signal) => file.read(from?.byte ?? 0, signal),
});
