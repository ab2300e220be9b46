import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Chance } from './chance.ts';
import type { Input } from './input.ts';

/** A directory that whole files are put into, in the order of their names. */
export class FilledSpool implements Input {
  readonly #folder: string;
  readonly #name: string;
  readonly #files: readonly Buffer[];
  readonly #chance: Chance;
  /** Files that are there. */
  #put = 0;

  /** @param count how many files there are */
  constructor(folder: string, name: string, whole: Buffer, count: number, chance: Chance) {
    this.#folder = folder;
    this.#name = name;
    this.#chance = chance;
    this.#files = filesOf(whole, count, chance);
    fs.mkdirSync(join(folder, name));
  }

  get complete(): boolean {
    return this.#put === this.#files.length;
  }

  get size(): number {
    return this.#files.slice(0, this.#put).reduce((size, file) => size + file.length, 0);
  }

  grow(): void {
    this.#putUpTo(this.#put + this.#chance.below(3));
  }

  rotate(): void {
    throw new Error('a spool is not rotated');
  }

  finish(): void {
    this.#putUpTo(this.#files.length);
  }

  writeWhole(folder: string): void {
    const spool = join(folder, this.#name);
    fs.mkdirSync(spool);
    for (const [index, file] of this.#files.entries()) fs.writeFileSync(join(spool, nameOf(index)), file);
  }

  #putUpTo(count: number): void {
    for (; this.#put < Math.min(count, this.#files.length); this.#put++) {
      // Under another name until it is whole, outside of the directory: a module may take hidden files too.
      const unfinished = join(this.#folder, 'unfinished');
      fs.writeFileSync(unfinished, this.#files[this.#put]!);
      fs.renameSync(unfinished, join(this.#folder, this.#name, nameOf(this.#put)));
    }
  }
}

const nameOf = (index: number): string => `${String(index).padStart(4, '0')}.ndjson`;

/** Files of about the same size; some are empty, and some lack the line feed at the end. */
function filesOf(whole: Buffer, count: number, chance: Chance): Buffer[] {
  const files: Buffer[] = [];
  for (let index = 1, from = 0; index <= count; index++) {
    const end =
      index === count ? whole.length : whole.indexOf(LF, Math.floor((whole.length * index) / count)) + 1;
    files.push(whole.subarray(from, end > from && chance.one(0.3) ? end - 1 : end));
    if (chance.one(0.1)) files.push(whole.subarray(0, 0));
    from = end;
  }
  return files;
}

const LF = 10;
