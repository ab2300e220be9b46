import { dirname } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { bornApart, type FileId, sameInode } from './file-identity.ts';
import type { ReadingPlace } from './file-progress.ts';
import { FINGERPRINT, fits } from './fingerprint.ts';
import { type OpenedFile, openIfThere } from './opened-file.ts';
import type { ReadFile } from './replayable.ts';
import { Moved, type Neighbour, neighboursOf, rotatedAfter, rotatedSince } from './rotated-files.ts';

/** One file of a trail. */
export interface Step {
  readonly file: OpenedFile;
  /** Where it is gone on; undefined: at its start. */
  readonly from: ReadingPlace | undefined;
  /** The bytes before that. */
  readonly known: Uint8Array;
}

export interface TrailOptions {
  readonly onLostFile: 'fail' | 'skip';
  notice(message: string, hint?: string): void;
}

/**
 * What has to be read of a log that was read up to a place: the rest of the file that it was then, those that were
 * rotated since, and the file that it is now. All but the last one do not grow any more.
 * @returns opened files, which the caller closes; none where nothing stands at the path, and nothing did
 * @throws TidemarkError `failed` where the file that it was is gone, and `onLostFile` is fail
 */
export async function trailOf(
  path: string,
  saved: ReadFile | undefined,
  options: TrailOptions,
): Promise<Step[]> {
  for (let attempt = 1; ; attempt++) {
    const current = openIfThere(path);
    try {
      if (saved === undefined) return current === undefined ? [] : [fromStart(current)];
      return await new Trail(path, saved, current, options).find();
    } catch (error) {
      current?.close();
      if (!(error instanceof Moved) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** How often the folder is looked at while a rotation goes on in it. */
const ATTEMPTS = 10;

/** The file that was read, where it is now. */
interface Found {
  readonly neighbour: Neighbour;
  readonly step: Step;
}

class Trail {
  readonly #path: string;
  readonly #saved: ReadFile;
  readonly #current: OpenedFile | undefined;
  readonly #options: TrailOptions;

  constructor(path: string, saved: ReadFile, current: OpenedFile | undefined, options: TrailOptions) {
    this.#path = path;
    this.#saved = saved;
    this.#current = current;
    this.#options = options;
  }

  async find(): Promise<Step[]> {
    const current = this.#current;
    if (this.#saved.fingerprint.length === 0) return this.#unread();
    if (current !== undefined && this.#isIt(current.id)) {
      return (await this.#goneOn(current)) ?? this.#truncated(current);
    }
    const neighbours = neighboursOf(this.#path);
    // Under its inode it may have any name; a copy or a compressed one is known by its name and its bytes alone.
    const old =
      (await this.#firstThatFits(neighbours.filter(({ id }) => this.#isIt(id)))) ??
      (await this.#firstThatFits(neighbours.filter(({ rotated }) => rotated)));
    if (old !== undefined) return this.#through(old, neighbours);
    return (await this.#copied(current)) ?? this.#lost(current);
  }

  /** Whether a file is the one that was read, by what the file system says. */
  #isIt(id: FileId): boolean {
    return isSame(id, this.#saved);
  }

  /** Nothing of the file was read, so that it has no fingerprint: all that was written since is wanted. */
  #unread(): Step[] {
    const neighbours = neighboursOf(this.#path);
    const since = rotatedSince(BigInt(this.#saved.modified), neighbours);
    // It has any name, and that of a rotated file where it was one already when it was begun.
    const itself = neighbours.filter(
      ({ id }) => this.#isIt(id) && !since.some((later) => isSame(later.id, id)),
    );
    const files = [...itself, ...since];
    return this.#upToCurrent(files, []);
  }

  /** The file from the saved place on; undefined: it is not the one, or is shorter. */
  async #goneOn(file: OpenedFile): Promise<Step[] | undefined> {
    const { fingerprint, byte } = this.#saved;
    if (!file.compressed && file.size < byte) return undefined;
    const known = await file.first(fingerprint.length);
    return fits(fingerprint, known) ? [{ file, from: this.#saved, known }] : undefined;
  }

  async #firstThatFits(candidates: readonly Neighbour[]): Promise<Found | undefined> {
    for (const neighbour of candidates) {
      const file = openNeighbour(neighbour);
      const [step] = (await this.#goneOn(file)) ?? [];
      if (step !== undefined) return { neighbour, step };
      file.close();
    }
    return undefined;
  }

  /** The file at the path has another inode or device, and the same bytes: it was copied, or the device was renamed. */
  async #copied(current: OpenedFile | undefined): Promise<Step[] | undefined> {
    const { inode, byte, fingerprint } = this.#saved;
    if (current === undefined) return undefined;
    // Few bytes may be the same in another file: a header alone.
    if (fingerprint.length < FINGERPRINT && current.id.inode !== inode) return undefined;
    const steps = await this.#goneOn(current);
    if (steps !== undefined && current.id.inode !== inode) {
      this.#options.notice(
        `${this.#path} is another file than before, and begins with the same bytes: it is read on from byte ${byte}`,
      );
    }
    return steps;
  }

  /**
   * From the old file through those in between to the current one.
   * @param emptied the current one is the one that was written to before
   */
  #through({ neighbour, step }: Found, neighbours: readonly Neighbour[], emptied = false): Step[] {
    return this.#upToCurrent(rotatedAfter(neighbour, neighbours), [step], emptied);
  }

  #upToCurrent(files: readonly Neighbour[], first: readonly Step[], emptied = false): Step[] {
    const current = this.#current;
    // The current file was opened first: it may have been rotated since.
    const between = files.filter(({ id }) => current === undefined || !isSame(id, current.id));
    const steps = [...first, ...between.map((file) => fromStart(openNeighbour(file)))];
    const last = steps.at(-1)?.file;
    if (current === undefined) return steps;
    // Whoever rotated may have writers that still have the old file open: until the new one has bytes it may grow.
    if (!emptied && current.size === 0 && last?.compressed === false) current.close();
    else steps.push(fromStart(current));
    return steps;
  }

  /** The file has been written anew: by truncation, perhaps behind a copy. */
  async #truncated(current: OpenedFile): Promise<Step[]> {
    const neighbours = neighboursOf(this.#path);
    const copy = await this.#firstThatFits(
      neighbours.filter(({ rotated, id }) => rotated && !sameInode(id, current.id)),
    );
    const { byte } = this.#saved;
    if (copy === undefined) {
      this.#options.notice(
        `${this.#path} was truncated: it is read from its start, and what was written behind byte ${byte} before is lost`,
      );
      return [fromStart(current)];
    }
    this.#options.notice(
      `${this.#path} was copied and truncated: ${copy.neighbour.path} is read on from byte ${byte}, and what was written between the two is lost`,
    );
    return this.#through(copy, neighbours, true);
  }

  #lost(current: OpenedFile | undefined): Step[] {
    const { byte } = this.#saved;
    const folder = dirname(this.#path);
    const what = `the file that ${this.#path} was is no longer in ${folder}: what was written to it behind byte ${byte} cannot be read`;
    if (this.#options.onLostFile === 'fail') {
      throw new TidemarkError('failed', what, {
        hint: 'bring it back into that folder under any name, or go on without it: --on-lost-file skip',
      });
    }
    this.#options.notice(what);
    return current === undefined ? [] : [fromStart(current)];
  }
}

const NOTHING = new Uint8Array(0);

const fromStart = (file: OpenedFile): Step => ({ file, from: undefined, known: NOTHING });

const isSame = (a: FileId, b: FileId): boolean => sameInode(a, b) && !bornApart(a, b);

/** Opens a file of a folder that was listed. @throws Moved where its path has another by now */
function openNeighbour({ path, id }: Neighbour): OpenedFile {
  const file = openIfThere(path);
  if (file !== undefined && sameInode(file.id, id)) return file;
  file?.close();
  throw new Moved(path);
}
