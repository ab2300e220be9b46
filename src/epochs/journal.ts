import fs from 'node:fs';
import { TidemarkError } from '../errors.ts';
import { writeAll } from '../files/durable.ts';
import { crc32 } from './crc32.ts';
import type { StageState } from './stage-state.ts';
import { epochFile, epochsIn } from './state-directory.ts';
import { using } from './unusable.ts';

/** Files of a source, one an epoch: what was noted before the barrier of that epoch was written. */
const JOURNAL = 'journal';
/** Digits of the CRC-32 that a line begins with. */
const CHECK_DIGITS = 8;

/** An entry, by its number: from 1 on, over all runs of a state directory. */
interface Numbered {
  readonly number: number;
  readonly entry: unknown;
}

/** What is read back of a journal. */
interface Noted {
  /** In order, without gaps. */
  readonly entries: readonly Numbered[];
  /** The highest number that counts in the file of each epoch. */
  readonly highest: Map<number, number>;
}

/**
 * Decisions of a run that its input does not tell: what a clock said, what was read first. Each is noted before anything
 * that follows from it goes out, and the run that goes on from an earlier epoch comes to the same ones, in order, until
 * none is ahead. An entry is in the hands of the system when `note` returns, which outlives a kill; a barrier makes it
 * durable.
 *
 * Each line is the checksum, the number and the entry as JSON. A number that was there before takes the place of that
 * entry and of all behind it: they were given up.
 */
export class Journal {
  readonly #state: StageState;
  /** Entries that have not been come to again, from `#next` on; freed when none is left. */
  readonly #ahead: Numbered[];
  #next = 0;
  /** The number of the last entry that was come to, or noted. */
  #passed: number;
  /** Of files that are there: the highest number that counts in each. A file goes when a commit has that behind it. */
  readonly #highest: Map<number, number>;
  /** The file that is written, and its epoch; undefined: nothing was noted in this epoch yet. */
  #file: { readonly epoch: number; readonly path: string; readonly fd: number } | undefined;

  /**
   * @param passed the number of the last entry before the epoch that is restored; 0: none
   * @throws TidemarkError `failed` where it is damaged
   */
  constructor(state: StageState, passed: number) {
    const { entries, highest } = readFiles(state.folder, passed);
    this.#state = state;
    this.#passed = passed;
    this.#ahead = entries.filter(({ number }) => number > passed);
    this.#highest = highest;
  }

  /** The first entry that is ahead; undefined: none is. */
  get next(): unknown {
    return this.#ahead[this.#next]?.entry;
  }

  /** All that are ahead, in order. */
  *ahead(): Generator<unknown> {
    for (let at = this.#next; at < this.#ahead.length; at++) yield this.#ahead[at]!.entry;
  }

  /** The run has come to the first entries that are ahead. */
  pass(count = 1): void {
    this.#next += count;
    this.#passed = this.#ahead[this.#next - 1]!.number;
    if (this.#next === this.#ahead.length) this.#forgetAhead();
  }

  /**
   * Notes an entry; what was ahead is given up.
   * @param epoch the one that the next barrier ends
   * @param entry JSON
   * @throws TidemarkError `failed` where it cannot be written, `cut` where a later run has taken over
   */
  note(epoch: number, entry: unknown): void {
    if (this.#file?.epoch !== epoch) this.#begin(epoch);
    const { path, fd } = this.#file!;
    const number = this.#passed + 1;
    if (this.#next < this.#ahead.length) {
      this.#forgetAhead();
      giveUp(this.#highest, number);
    }
    using(path, () => writeAll(fd, lineOf({ number, entry })));
    this.#passed = number;
    this.#highest.set(epoch, number);
  }

  #forgetAhead(): void {
    this.#ahead.length = 0;
    this.#next = 0;
  }

  #begin(epoch: number): void {
    // Once an epoch: as long as this run has the directory, no later one begins.
    this.#state.check();
    this.close();
    const path = epochFile(this.#state.folder, epoch, JOURNAL);
    this.#file = { epoch, path, fd: using(path, () => fs.openSync(path, 'ax', 0o666)) };
  }

  /**
   * Makes durable what was noted.
   * @returns the number of the last entry before the barrier, which `open` and `committed` are given
   * @throws TidemarkError `failed`
   */
  barrier(): number {
    const file = this.#file;
    // The folder is synced with the position, which is written behind this.
    if (file !== undefined) using(file.path, () => fs.fsyncSync(file.fd));
    this.close();
    return this.#passed;
  }

  /** Removes files of which no entry is needed any more. @throws TidemarkError `failed` */
  committed(passed: number): void {
    // The oldest first: an entry must not outlive the one that took its place.
    for (const [epoch, highest] of [...this.#highest].sort(([a], [b]) => a - b)) {
      if (highest > passed || epoch === this.#file?.epoch) continue;
      const path = epochFile(this.#state.folder, epoch, JOURNAL);
      using(path, () => fs.rmSync(path, { force: true }));
      this.#highest.delete(epoch);
    }
  }

  /** Lets go of the file; never throws. */
  close(): void {
    if (this.#file !== undefined) fs.closeSync(this.#file.fd);
    this.#file = undefined;
  }
}

/** Whether a file of a stage is one of a journal, which `Journal` removes itself. */
export const isJournal = (kind: string): boolean => kind === JOURNAL;

/**
 * Reads a journal, to see whether it can be read.
 * @param passed the number of the last entry before the committed epoch
 * @throws TidemarkError `failed` where it is damaged
 */
export const verifyJournal = (folder: string, passed: number): void => void readFiles(folder, passed);

function readFiles(folder: string, passed: number): Noted {
  const entries: Numbered[] = [];
  const highest = new Map<number, number>();
  for (const epoch of using(folder, () => epochsIn(folder, JOURNAL))) {
    const path = epochFile(folder, epoch, JOURNAL);
    // A file without a whole line is gone with the next commit.
    highest.set(epoch, 0);
    for (const noted of readFile(path)) {
      const { number } = noted;
      const expected = (entries.at(-1)?.number ?? passed) + 1;
      if (number > expected) throw damaged(path);
      if (number < expected && entries.length > 0) {
        while (entries.length > 0 && entries.at(-1)!.number >= number) entries.pop();
        giveUp(highest, number);
      }
      entries.push(noted);
      highest.set(epoch, number);
    }
  }
  return { entries, highest };
}

/** Of files written so far, entries from this number on count no more. */
function giveUp(highest: Map<number, number>, number: number): void {
  for (const [epoch, last] of highest) highest.set(epoch, Math.min(last, number - 1));
}

/** @throws TidemarkError `failed` where a line is not what was written, other than the last, which a crash has cut off */
function readFile(path: string): Numbered[] {
  const text = using(path, () => fs.readFileSync(path, 'utf8'));
  const lines = text.split('\n');
  const found: Numbered[] = [];
  for (const [at, line] of lines.entries()) {
    const noted = numberedOf(line);
    if (noted !== undefined) found.push(noted);
    else if (lines.slice(at + 1).some((later) => later !== '')) throw damaged(path);
    else break;
  }
  return found;
}

function lineOf({ number, entry }: Numbered): Buffer {
  const content = `${number} ${JSON.stringify(entry)}`;
  return Buffer.from(`${crc32(Buffer.from(content))} ${content}\n`);
}

function numberedOf(line: string): Numbered | undefined {
  const content = line.slice(CHECK_DIGITS + 1);
  if (line.slice(0, CHECK_DIGITS + 1) !== `${crc32(Buffer.from(content))} `) return undefined;
  const [number = ''] = content.split(' ', 1);
  return { number: Number(number), entry: JSON.parse(content.slice(number.length + 1)) };
}

const damaged = (path: string): TidemarkError =>
  new TidemarkError('failed', `${path} is damaged: it is not what was written`, {
    hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
  });
