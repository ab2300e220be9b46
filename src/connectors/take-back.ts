import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { type FileMark, notTheSame, openMarked } from './file-mark.ts';
import { cannotWrite } from './system-error.ts';

/** What is written down of a file before it is changed; a note of `TargetNotes` is a list of these. */
export type FileNote =
  /** Bytes will be written behind `mark.length`; `made`: the file is ours, and was not there before. */
  | { readonly kind: 'begin'; readonly mark: FileMark; readonly made: boolean }
  /** A hidden file will be made, which takes the place of another when its epoch is committed. */
  | { readonly kind: 'temporary'; readonly path: string }
  /** The run has ended: nothing stands behind `length` but, at most, this text. */
  | { readonly kind: 'end'; readonly path: string; readonly length: number; readonly trailer: string };

/** The notes of uncommitted epochs about files, and what follows from them. */
export class FileNotes {
  readonly #notes: readonly FileNote[];
  /** Per path the length and the trailer with which the last run left it, where it had the time to say so. */
  readonly #ends = new Map<string, FileNote & { kind: 'end' }>();

  constructor(uncommitted: readonly unknown[]) {
    this.#notes = uncommitted.flat() as FileNote[];
    for (const note of this.#notes) {
      if (note.kind === 'end') this.#ends.set(note.path, note);
      else if (note.kind === 'begin') this.#ends.delete(note.mark.path);
    }
  }

  /** Bytes that the file had when the last run that wrote to it ended as it should; undefined: it did not. */
  endOf(path: string): number | undefined {
    return this.#ends.get(path)?.length;
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
      this.#checkEnd(mark.path, fd);
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
   * What `cut` would refuse; nothing is changed.
   * @throws TidemarkError `failed` where it is not the file that it was
   */
  check(mark: FileMark): void {
    const fd = openMarked(mark, 'look');
    try {
      this.#checkEnd(mark.path, fd);
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
    // Newest first: a later attempt may have made anew what an earlier one's undoing removed.
    for (const note of this.#notes.toReversed()) {
      if (note.kind === 'temporary') fs.rmSync(note.path, { force: true });
      else if (note.kind === 'begin' && !committed.has(note.mark.path)) this.#undoBegin(note);
    }
  }

  #undoBegin({ mark, made }: FileNote & { kind: 'begin' }): void {
    const stat = fs.statSync(mark.path, { throwIfNoEntry: false });
    if (stat === undefined && made) return;
    // Ours was removed, and the next was made when the run was killed: nothing stands in it.
    if (stat?.isFile() === true && stat.size === 0 && mark.length === 0) {
      if (made && String(stat.ino) === mark.inode) fs.rmSync(mark.path);
      return;
    }
    fs.closeSync(this.cut(mark));
    if (made) fs.rmSync(mark.path);
  }

  #checkEnd(path: string, fd: number): void {
    const end = this.#ends.get(path);
    if (end === undefined) return;
    const behind = fs.fstatSync(fd).size - end.length;
    const trailer = Buffer.from(end.trailer);
    if (behind < 0) throw notTheSame(path, `has been shortened to ${behind + end.length} bytes`);
    if (behind <= trailer.length) {
      const found = Buffer.alloc(behind);
      fs.readSync(fd, found, 0, behind, end.length);
      if (trailer.subarray(0, behind).equals(found)) return;
    }
    throw notTheSame(path, 'has been written to by somebody else since the last run');
  }
}
