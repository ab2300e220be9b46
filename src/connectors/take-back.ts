import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import type { TargetNotes } from '../state/snapshot.ts';
import { type FileMark, isMarked, notTheSame, openMarked } from './file-mark.ts';
import { cannotWrite } from './system-error.ts';

/** What is written down of a file before it is changed. */
export type FileNote =
  /** Bytes will be written behind `mark.length`; `made`: the file is ours, and was not there before. */
  | {
      readonly kind: 'begin';
      readonly mark: FileMark;
      readonly made: boolean;
      /** The hidden file, noted before, that has the bytes and will stand at `mark.path`. */
      readonly waiting?: string;
    }
  /** A hidden file will be made, which takes the place of another when its epoch is committed. */
  | { readonly kind: 'temporary'; readonly path: string }
  /** The run has ended: nothing stands behind `length` but, at most, this text. */
  | { readonly kind: 'end'; readonly path: string; readonly length: number; readonly trailer: string };

/** A note of `TargetNotes`: what was written down at once. */
interface NoteGroup {
  /** Rising over all attempts: notes come back by the epochs that they stand behind, which is another order. */
  readonly order: number;
  readonly files: readonly FileNote[];
}

/** The notes of uncommitted epochs about files, what follows from them, and new ones. */
export class FileNotes {
  readonly #target: TargetNotes;
  readonly #notes: readonly FileNote[];
  #order: number;
  /** Per path the length and the trailer with which the last run left it, where it had the time to say so. */
  readonly #ends = new Map<string, FileNote & { kind: 'end' }>();

  constructor(target: TargetNotes) {
    this.#target = target;
    const groups = (target.uncommitted as readonly NoteGroup[]).toSorted((a, b) => a.order - b.order);
    this.#order = groups.at(-1)?.order ?? 0;
    this.#notes = groups.flatMap(({ files }) => files);
    for (const note of this.#notes) {
      if (note.kind === 'end') this.#ends.set(note.path, note);
      else if (note.kind === 'begin') this.#ends.delete(note.mark.path);
    }
  }

  /** Makes notes durable, for the next run: this one does not look at them again. */
  add(files: readonly FileNote[]): void {
    const group: NoteGroup = { order: ++this.#order, files };
    this.#target.add(group);
  }

  /** Bytes that the file had when the last run that wrote to it ended as it should; undefined: it did not. */
  endOf(path: string): number | undefined {
    return this.#ends.get(path)?.length;
  }

  /** Paths of all files that uncommitted epochs have begun to write to. */
  get begun(): Set<string> {
    return new Set(this.#notes.flatMap((note) => (note.kind === 'begin' ? [note.mark.path] : [])));
  }

  /** Paths of files that uncommitted epochs have made. */
  get made(): string[] {
    return this.#notes.flatMap((note) => (note.kind === 'begin' && note.made ? [note.mark.path] : []));
  }

  /**
   * Cuts a file off behind what is committed. After a crash all that stands there was ours and is not committed; after a
   * clean end nothing may stand there that is not.
   * @returns its descriptor, to go on with
   * @throws TidemarkError `failed` where it is not the file that it was; then no byte of it was changed
   */
  cut(mark: FileMark): number {
    const fd = openMarked(mark);
    try {
      this.#checkEnd(mark.path, fd, mark.length);
      if (fs.fstatSync(fd).size > mark.length) {
        fs.ftruncateSync(fd, mark.length);
        fs.fsyncSync(fd);
      }
      return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw cannotWrite(mark.path, error);
    }
  }

  /**
   * What `cut` would refuse; nothing is changed. Wants `loadMarks`.
   * @throws TidemarkError `failed` where it is not the file that it was
   */
  check(mark: FileMark): void {
    const fd = openMarked(mark, 'look');
    try {
      this.#checkEnd(mark.path, fd, mark.length);
    } finally {
      fs.closeSync(fd);
    }
  }

  /**
   * Makes all files that no committed epoch knows what they were before the first note about them.
   * @param committed paths that `cut` is for
   * @throws TidemarkError `failed` where one is not the file that it was
   */
  undo(committed: { has(path: string): boolean }): void {
    /** Per path the notes about it, the oldest first: that one says how it was. */
    const begun = new Map<string, (FileNote & { kind: 'begin' })[]>();
    for (const note of this.#notes) {
      if (note.kind === 'temporary') fs.rmSync(note.path, { force: true });
      else if (note.kind === 'begin' && note.waiting === undefined && !committed.has(note.mark.path)) {
        begun.set(note.mark.path, [...(begun.get(note.mark.path) ?? []), note]);
      }
    }
    for (const [path, notes] of begun) {
      const { mark, made } = notes[0]!;
      if (made)
        this.#remove(
          path,
          notes.map((note) => note.mark),
        );
      else fs.closeSync(this.cut(mark));
    }
  }

  /** Removes a file that was made, perhaps several times: each attempt removes that of the one before. */
  #remove(path: string, marks: readonly FileMark[]): void {
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return;
    const ours = stat.isFile() && marks.some((mark) => isMarked(mark, stat));
    // Made when the run was killed, before a note could say so: nothing stands in it.
    if (!ours && stat.isFile() && stat.size === 0n) return;
    if (!ours) throw notTheSame(path, 'was replaced by another file');
    const fd = fs.openSync(path, 'r');
    try {
      this.#checkEnd(path, fd, 0);
    } finally {
      fs.closeSync(fd);
    }
    fs.rmSync(path);
  }

  /** @param to bytes that are to be left: where no more stand there, an earlier run has cut it already */
  #checkEnd(path: string, fd: number, to: number): void {
    const end = this.#ends.get(path);
    const { size } = fs.fstatSync(fd);
    if (end === undefined || size === to) return;
    const behind = size - end.length;
    const trailer = Buffer.from(end.trailer);
    if (behind < 0) throw notTheSame(path, `has been shortened to ${size} bytes`);
    if (behind <= trailer.length) {
      const found = Buffer.alloc(behind);
      fs.readSync(fd, found, 0, behind, end.length);
      if (trailer.subarray(0, behind).equals(found)) return;
    }
    throw notTheSame(path, 'has been written to by somebody else since the last run');
  }
}
