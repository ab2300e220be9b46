import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { TidemarkError } from '../errors.ts';
import type { Shard } from './connector.ts';
import { bornApart, sameInode } from './file-identity.ts';
import { fits } from './fingerprint.ts';
import { filesIn, filesLike } from './locations.ts';
import { type OpenedFile, openIfThere } from './opened-file.ts';
import {
  isFile,
  keyOf,
  type LocationProgress,
  type ReplayableLocation,
  type ReplayOptions,
  type Stretch,
  type TakenFile,
} from './replayable.ts';
import { dispose } from './spool-disposal.ts';

const NOTHING = new Uint8Array(0);

/**
 * A directory or a pattern: its files are taken whole, each once, in the order of their names, but for those that an
 * earlier run had begun. One that comes while others are read is taken by the next run.
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
  /** Keys of the files that are taken before others, in this order; those that were taken are passed over. */
  #order: readonly string[] = [];
  /** Keys of the files that were found, in the order in which they are taken. */
  #found: readonly string[] = [];

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

  get order(): readonly string[] {
    return this.#untaken(this.#order);
  }

  set order(keys: readonly string[]) {
    this.#order = keys;
  }

  get upcoming(): readonly string[] {
    return this.#untaken(this.#found);
  }

  #untaken(keys: readonly string[]): readonly string[] {
    const taken = new Set(this.#taken.map(keyOf));
    return keys.filter((key) => !taken.has(key));
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
    const found: { readonly path: string; readonly key: string }[] = [];
    const ranks = new Map(this.#order.map((key, rank) => [key, rank]));
    this.#taken = [];
    for (const path of paths) {
      const file = openIfThere(path);
      if (file === undefined) continue;
      const known = await takenAs(file, before);
      file.close();
      if (known === undefined) found.push({ path, key: keyOf(file.id) });
      else {
        this.#taken.push({ ...known, path });
        this.#tellGrown(file, known);
      }
    }
    const rankOf = ({ key }: { readonly key: string }): number => ranks.get(key) ?? ranks.size;
    found.sort((a, b) => rankOf(a) - rankOf(b));
    this.#found = found.map(({ key }) => key);
    // One that has gone is waited for no more.
    this.#order = this.#found.filter((key) => ranks.has(key));
    const untaken = found.map(({ path }) => path);
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
