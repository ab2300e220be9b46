import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { resolve } from 'node:path';
import { eachFrame } from '../formats/frames.ts';
import type { TargetNotes } from '../state/snapshot.ts';
import type { EpochTarget } from './connector.ts';
import { notRegular } from './file-family.ts';
import { type FileMark, loadMarks, markOf, notTheSame, openMarked } from './file-mark.ts';
import { type FileTargetOptions, findPlace, resolveLinks } from './file-place.ts';
import { isSpecial } from './file-target.ts';
import { MadeFolders } from './made-folders.ts';
import { OpenFiles } from './open-files.ts';
import { cannotWrite } from './system-error.ts';
import { type FileNote, FileNotes } from './take-back.ts';
import { hiddenPath, hiddenSuffix } from './whole-file.ts';
import { type FilePosition, refuseForeign, replaceBy } from './written-file.ts';

const LINE_END = Buffer.from('\n');
/** Files that a position tells of, those that were written last: what fell out is to the next run as any other file. */
const REMEMBERED = 65_536;

/** A file that this run has written to. */
interface Member {
  readonly name: string;
  readonly path: string;
  /** The file itself, or the hidden one that takes its place when its epoch is committed. */
  written: string;
  /** Bytes that it has, with those that wait. */
  length: number;
  /** It was not there before, and is no hidden file; false once an epoch is prepared that has it. */
  made: boolean;
  /** As the epoch before left it; undefined: a hidden file that none has left yet. */
  mark: FileMark | undefined;
  /** It has bytes of the epoch at hand, or may get some: a note says so. */
  touched: boolean;
}

/**
 * Files that results are divided among, each exactly once: what is written to it are frames (frames.ts), whose numbers
 * are indexes of `paths`. As with one file (`EpochFile`), a note says of each how it was before an epoch writes its first
 * byte to it, and what a run that was killed has left there is cut off. Files that no uncommitted epoch wrote to are not
 * looked at: who has taken them away, packed them, may have done so. A file that comes up again must be as it was left;
 * one that is gone is begun anew.
 */
export class EpochFiles implements EpochTarget {
  readonly #paths: readonly string[];
  readonly #mode: FileTargetOptions['mode'];
  #notes: FileNotes | undefined;
  /** Of the names of hidden files; from `recover` on. */
  #suffix = '';
  /** What was written and prepared, by path; the file that was written last at the end. */
  readonly #known = new Map<string, FilePosition>();
  /** By path, and by the numbers of frames. */
  readonly #members = new Map<string, Member>();
  readonly #byIndex: (Member | undefined)[] = [];
  /** Those that are `touched`: until the epoch at hand is prepared. */
  readonly #touched = new Set<Member>();
  /** Prepared, and perhaps not committed, and the first epoch that has prepared it since. */
  readonly #prepared = new Map<Member, number>();
  /** By what is written, what the file is called. */
  readonly #names = new Map<string, string>();
  readonly #open = new OpenFiles((path) => this.#names.get(path) ?? path);
  readonly #folders = new MadeFolders();

  constructor(paths: readonly string[], mode: FileTargetOptions['mode']) {
    this.#paths = paths;
    this.#mode = mode;
  }

  /** Whether earlier epochs have written to the file: then it is gone on with, whatever the mode is. */
  knows(name: string): boolean {
    const path = resolve(name);
    return fs.existsSync(path) && this.#known.has(resolveLinks(name));
  }

  async recover(position: unknown, notes: TargetNotes): Promise<void> {
    this.#suffix = await hiddenSuffix();
    await loadMarks();
    const { files = [] } = (position ?? {}) as { files?: readonly FilePosition[] };
    const noted = new FileNotes(notes);
    this.#notes = noted;
    for (const file of files) {
      if (file.waiting !== undefined) replaceBy(file.waiting, file.mark.path);
      this.#known.set(file.mark.path, { mark: file.mark });
    }
    // It was gone, and was begun anew.
    for (const path of noted.made) this.#known.delete(path);
    noted.undo(this.#known);
    for (const path of noted.begun) {
      const known = this.#known.get(path);
      if (known !== undefined) fs.closeSync(noted.cut(known.mark));
    }
  }

  write(bytes: Buffer): undefined {
    this.#touch(bytes);
    eachFrame(bytes, (index, part) => {
      const member = this.#byIndex[index]!;
      // All of it is written before the epoch is prepared.
      this.#open.append(member.written, part, true);
      member.length += part.length;
    });
  }

  async prepare(epoch: number): Promise<{ files: FilePosition[] }> {
    const touched = [...this.#touched];
    await this.#open.sync(touched.map(({ written }) => written));
    for (const member of touched) {
      const { name, path, written, length } = member;
      try {
        const fd = this.#open.get(written);
        refuseForeign(fd, { name, path: written, length });
        const mark = markOf(fd, path, length);
        member.mark = mark;
        this.#known.delete(path);
        this.#known.set(path, written === path ? { mark } : { mark, waiting: written });
      } catch (error) {
        throw cannotWrite(name, error);
      }
      member.touched = member.made = false;
      if (!this.#prepared.has(member)) this.#prepared.set(member, epoch);
    }
    this.#touched.clear();
    this.#folders.sync();
    for (const path of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(path);
    }
    return { files: [...this.#known.values()] };
  }

  async publish(epoch: number): Promise<void> {
    for (const [member, prepared] of this.#prepared) {
      if (prepared > epoch) continue;
      this.#prepared.delete(member);
      const { name, path, written, mark } = member;
      if (written === path || mark === undefined) continue;
      try {
        this.#open.flush();
        this.#open.close(written);
        replaceBy(written, path);
      } catch (error) {
        throw cannotWrite(name, error);
      }
      member.written = path;
      this.#names.set(path, name);
      this.#known.set(path, { mark });
    }
  }

  async end(_trailer: Buffer): Promise<void> {
    const ends = [...this.#prepared.keys()].map(
      ({ written: path, length }): FileNote => ({ kind: 'end', path, length, trailer: '' }),
    );
    if (ends.length > 0) this.#notes?.add(ends);
  }

  async close(): Promise<void> {
    try {
      this.#open.closeAll();
    } catch {
      // What counts has been synced.
    }
  }

  /** Of all files that get their first bytes of the epoch one note says how they are. */
  #touch(bytes: Buffer): void {
    const notes: FileNote[] = [];
    /** What may be done only when the note is durable. */
    const begun: Member[] = [];
    eachFrame(bytes, (index) => {
      let member = this.#byIndex[index];
      if (member?.touched === true) return;
      const name = this.#paths[index]!;
      try {
        member ??= this.#memberAt(name);
        this.#byIndex[index] = member;
        if (member.touched) return;
        member.touched = true;
        this.#touched.add(member);
        const { mark, made, written } = member;
        if (mark === undefined) notes.push({ kind: 'temporary', path: written });
        else
          notes.push({ kind: 'begin', mark, made, ...(written === member.path ? {} : { waiting: written }) });
        begun.push(member);
      } catch (error) {
        throw cannotWrite(name, error);
      }
    });
    if (notes.length > 0) this.#notes?.add(notes);
    for (const member of begun) this.#begin(member);
  }

  #memberAt(name: string): Member {
    this.#folders.make(resolve(name));
    const path = resolveLinks(name);
    const member = this.#members.get(path) ?? this.#goOn(name, path) ?? this.#beginAt(name, path);
    this.#members.set(path, member);
    this.#names.set(member.written, name);
    return member;
  }

  /** A file that earlier epochs have written to; undefined: it is gone, or was never there. */
  #goOn(name: string, path: string): Member | undefined {
    const known = this.#known.get(path);
    if (known === undefined || !fs.existsSync(path)) return undefined;
    const { mark } = known;
    const fd = this.#open.add(path, openMarked(mark));
    if (fs.fstatSync(fd).size > mark.length) throw notTheSame(path, 'has been written to by somebody else');
    return { name, path, written: path, length: mark.length, made: false, mark, touched: false };
  }

  #beginAt(name: string, path: string): Member {
    if (isSpecial(path, name)) throw notRegular(name);
    this.#known.delete(path);
    const { stat } = findPlace(name, this.#mode);
    this.#folders.changed(path);
    if (this.#mode === 'overwrite' && stat !== undefined && stat.size > 0) {
      const written = hiddenPath(path, this.#suffix);
      return { name, path, written, length: 0, made: false, mark: undefined, touched: false };
    }
    const { O_RDWR, O_CREAT, O_APPEND } = fs.constants;
    const fd = this.#open.add(path, fs.openSync(path, O_RDWR | O_CREAT | O_APPEND, 0o666));
    const length = stat?.size ?? 0;
    const mark = markOf(fd, path, length);
    return { name, path, written: path, length, made: stat === undefined, mark, touched: false };
  }

  #begin(member: Member): void {
    const { name, path, written, mark } = member;
    try {
      if (mark === undefined) {
        const { O_RDWR, O_CREAT, O_APPEND, O_EXCL } = fs.constants;
        this.#open.add(written, fs.openSync(written, O_RDWR | O_CREAT | O_APPEND | O_EXCL, 0o600));
      } else if (!this.#known.has(path) && findPlace(name, 'append').openLine) {
        this.#open.append(written, LINE_END, false);
        member.length++;
      }
    } catch (error) {
      throw cannotWrite(name, error);
    }
  }
}
