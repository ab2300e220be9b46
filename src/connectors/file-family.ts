import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { resolve } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { writeAll } from '../files/durable.ts';
import { eachFrame } from '../formats/frames.ts';
import type { Target } from './connector.ts';
import { type FilePlace, type FileTargetOptions, findPlace, resolveLinks } from './file-place.ts';
import { isSpecial } from './file-target.ts';
import { MadeFolders } from './made-folders.ts';
import { OpenFiles } from './open-files.ts';
import { cannotWrite } from './system-error.ts';
import { hiddenPath, hiddenSuffix, keepOwnerAndMode, refuseChanged } from './whole-file.ts';

const LINE_END = Buffer.from('\n');

interface Member {
  readonly place: FilePlace;
  /** What is written: the file itself, or a hidden one beside it. */
  readonly written: string;
}

/**
 * Files that results are divided among: what is written to it are frames (frames.ts), whose numbers are indexes of
 * `paths`. Those of a bounded stream appear at the end, all of them, each as a `WholeFile` does; those of one without
 * end are written in place. Folders are made. Few files are open at a time, however many there are.
 */
export class FileFamily implements Target {
  readonly #paths: readonly string[];
  readonly #options: FileTargetOptions;
  readonly #suffix: string;
  /** By the numbers of frames, from the first bytes on. */
  readonly #members: (Member | undefined)[] = [];
  /** By what is written, what the file is called. */
  readonly #names = new Map<string, string>();
  readonly #open = new OpenFiles((path) => this.#names.get(path) ?? path);
  readonly #folders = new MadeFolders();
  #over = false;

  static async open(paths: readonly string[], options: FileTargetOptions): Promise<FileFamily> {
    return new FileFamily(paths, options, await hiddenSuffix());
  }

  private constructor(paths: readonly string[], options: FileTargetOptions, suffix: string) {
    this.#paths = paths;
    this.#options = options;
    this.#suffix = suffix;
  }

  write(bytes: Buffer): undefined {
    eachFrame(bytes, (index, part) => {
      const name = this.#paths[index]!;
      try {
        const { written } = this.#members[index] ?? this.#begin(index, name);
        this.#open.append(written, part, this.#options.bounded);
      } catch (error) {
        throw cannotWrite(name, error);
      }
    });
  }

  /** Makes all files durable, then visible. Having thrown before the first is, it has left all as they were. */
  async commit(): Promise<void> {
    const members = this.#members.filter((member) => member !== undefined);
    const { bounded, mode } = this.#options;
    let name = members[0]?.place.name ?? '';
    try {
      if (bounded) {
        for (const { place, written } of members) {
          name = place.name;
          if (place.stat !== undefined) keepOwnerAndMode(this.#open.get(written), place.stat);
        }
      }
      await this.#open.sync(members.map(({ written }) => written));
      this.#open.closeAll();
      if (bounded) for (const { place } of members) refuseChanged(place, mode);
      this.#over = true;
      for (const { place, written } of bounded ? members : []) {
        name = place.name;
        fs.renameSync(written, place.path);
      }
      this.#folders.sync();
    } catch (error) {
      if (!this.#over) await this.abandon();
      throw cannotWrite(name, error);
    }
  }

  async abandon(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#open.closeAll();
      if (!this.#options.bounded) return;
      for (const member of this.#members)
        if (member !== undefined) fs.rmSync(member.written, { force: true });
      this.#folders.remove();
    } catch {
      // Hidden files that nothing reads stay; the stream's failure is what has to be told.
    }
  }

  #begin(index: number, name: string): Member {
    const { bounded, mode } = this.#options;
    this.#folders.make(resolve(name));
    if (isSpecial(resolveLinks(name), name)) throw notRegular(name);
    const place = findPlace(name, mode);
    this.#folders.changed(place.path);
    const written = bounded ? hiddenPath(place.path, this.#suffix) : place.path;
    this.#names.set(written, name);
    const { O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_TRUNC, COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
    if (bounded && mode === 'append' && place.stat !== undefined) {
      fs.copyFileSync(place.path, written, COPYFILE_EXCL | COPYFILE_FICLONE);
      // A copy of a read-only file is read-only; its mode comes back at `commit`.
      fs.chmodSync(written, 0o600);
    } else {
      const empties = mode === 'overwrite' ? O_TRUNC : 0;
      const flags = O_RDWR | O_CREAT | O_APPEND | (bounded ? O_EXCL : empties);
      // The results of a file that only its owner may read are nobody else's to read meanwhile.
      const fileMode = bounded && place.stat !== undefined ? 0o600 : 0o666;
      this.#open.add(written, fs.openSync(written, flags, fileMode));
    }
    if (place.openLine) writeAll(this.#open.get(written), LINE_END);
    const member: Member = { place, written };
    this.#members[index] = member;
    return member;
  }
}

/** What is no file cannot be one of many: it would get the results of one of them. */
export const notRegular = (name: string): TidemarkError =>
  new TidemarkError('failed', `cannot write ${name}: it is no regular file`);
