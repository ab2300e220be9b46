import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder, writeAll } from '../files/durable.ts';
import type { TargetNotes } from '../state/snapshot.ts';
import type { EpochTarget } from './connector.ts';
import { type FileMark, loadMarks, markOf } from './file-mark.ts';
import { type FilePlace, type FileTargetOptions, findPlace, resolveLinks } from './file-place.ts';
import { cannotWrite } from './system-error.ts';
import { FileNotes } from './take-back.ts';
import { temporaryPath } from './whole-file.ts';
import { type FilePosition, refuseForeign, replaceBy } from './written-file.ts';

const LINE_END = Buffer.from('\n');

/**
 * A regular file to which every epoch is written exactly once, by its length: written in place, and cut off behind what
 * is committed when a run begins again (STATE AND EPOCHS in tm-stream(5)). What stands at the place when the very first epoch
 * begins is refused, kept or replaced, as `mode` says. `overwrite` keeps it until the first epoch is committed: until
 * then a hidden file beside it is written, which then takes its place at once, so that a run that is killed before has
 * changed nothing. Another location than that of the epoch before is begun as if it were the first.
 */
export class EpochFile implements EpochTarget {
  readonly #name: string;
  readonly #mode: FileTargetOptions['mode'];
  /** These from `recover` on; the place only where nothing is committed of this file. */
  #path = '';
  #place: FilePlace | undefined;
  #notes: FileNotes | undefined;
  /** Open from the first byte on, or from `recover` where it goes on. */
  #fd: number | undefined;
  /** Bytes that the file has as far as we have written it. */
  #length = 0;
  /** Where it stands when nothing more is written: known after `recover` and `prepare`. */
  #mark: FileMark | undefined;
  /** A note says that this run writes to it. */
  #begun = false;
  /** The hidden file that is written instead, until its epoch is committed. */
  #waiting: string | undefined;
  /** The first epoch that was prepared since `#waiting` is written. */
  #waitsFor: number | undefined;
  /** The name of a hidden file, should one be needed. */
  #temporary = '';
  /** The file was made by us: its entry in the folder is to be synced, too. */
  #made = false;

  /** @param name a path, as the user wrote it */
  constructor(name: string, mode: FileTargetOptions['mode']) {
    this.#name = name;
    this.#mode = mode;
  }

  /** @throws TidemarkError `usage` for a file that is not empty in mode `new`, `failed` where it is not what it was */
  async recover(position: unknown, notes: TargetNotes): Promise<void> {
    const committed = position as FilePosition | undefined;
    const noted = new FileNotes(notes);
    this.#notes = noted;
    await loadMarks();
    try {
      if (committed?.waiting !== undefined) replaceBy(committed.waiting, committed.mark.path);
      noted.undo(new Set(committed === undefined ? [] : [committed.mark.path]));
      this.#path = resolveLinks(this.#name);
      if (committed?.mark.path === this.#path) {
        this.#fd = noted.cut(committed.mark);
        this.#mark = committed.mark;
        this.#length = committed.mark.length;
        return;
      }
      // What a former location has been given is whole already where its run has ended as it should.
      if (committed !== undefined && noted.endOf(committed.mark.path) !== committed.mark.length) {
        fs.closeSync(noted.cut(committed.mark));
      }
      this.#place = findPlace(this.#name, this.#mode);
      this.#temporary = await temporaryPath(this.#path);
    } catch (error) {
      throw cannotWrite(this.#name, error);
    }
  }

  write(bytes: Buffer): undefined {
    if (bytes.length === 0) return;
    try {
      this.#append(this.#begin(), bytes);
    } catch (error) {
      throw cannotWrite(this.#name, error);
    }
  }

  async prepare(epoch: number): Promise<FilePosition> {
    try {
      const fd = this.#begin();
      if (this.#waiting !== undefined) this.#waitsFor ??= epoch;
      this.#refuseForeign(fd);
      fs.fsyncSync(fd);
      if (this.#made) syncFolder(dirname(this.#path));
      this.#made = false;
      if (this.#mark?.length !== this.#length) this.#mark = markOf(fd, this.#path, this.#length);
      return { mark: this.#mark, ...(this.#waiting === undefined ? {} : { waiting: this.#waiting }) };
    } catch (error) {
      throw cannotWrite(this.#name, error);
    }
  }

  async publish(epoch: number): Promise<void> {
    if (this.#waiting === undefined || this.#waitsFor === undefined || this.#waitsFor > epoch) return;
    try {
      replaceBy(this.#waiting, this.#path);
      this.#waiting = undefined;
    } catch (error) {
      throw cannotWrite(this.#name, error);
    }
  }

  async end(trailer: Buffer): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return;
    const path = this.#waiting ?? this.#path;
    try {
      this.#notes?.add([{ kind: 'end', path, length: this.#length, trailer: trailer.toString() }]);
      if (trailer.length === 0) return;
      this.#append(fd, trailer);
      fs.fsyncSync(fd);
    } catch (error) {
      throw cannotWrite(this.#name, error);
    }
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) fs.closeSync(fd);
    } catch {
      // What counts has been synced.
    }
  }

  /** Before the first byte of this run: a note says how it was. */
  #begin(): number {
    const fd = this.#fd ?? this.#openFirst();
    this.#fd = fd;
    if (this.#begun) return fd;
    this.#begun = true;
    if (this.#waiting === undefined) {
      this.#mark ??= markOf(fd, this.#path, this.#length);
      this.#notes?.add([{ kind: 'begin', mark: this.#mark, made: this.#made }]);
    }
    if (this.#place?.openLine === true) this.#append(fd, LINE_END);
    return fd;
  }

  #openFirst(): number {
    const { O_RDWR, O_CREAT, O_APPEND, O_EXCL } = fs.constants;
    const stat = this.#place?.stat;
    const holds = stat?.size ?? 0;
    if (this.#mode === 'overwrite' && holds > 0) {
      // Noted before it is made: nobody else would remove it.
      this.#notes?.add([{ kind: 'temporary', path: this.#temporary }]);
      this.#waiting = this.#temporary;
      return fs.openSync(this.#temporary, O_RDWR | O_CREAT | O_APPEND | O_EXCL, 0o600);
    }
    this.#made = stat === undefined;
    const fd = fs.openSync(this.#path, O_RDWR | O_CREAT | O_APPEND, 0o666);
    this.#length = holds;
    this.#refuseForeign(fd);
    return fd;
  }

  #append(fd: number, bytes: Buffer): void {
    writeAll(fd, bytes);
    this.#length += bytes.length;
  }

  #refuseForeign(fd: number): void {
    refuseForeign(fd, { name: this.#name, path: this.#waiting ?? this.#path, length: this.#length });
  }
}
