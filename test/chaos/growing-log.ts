import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Chance } from './chance.ts';
import type { Input } from './input.ts';

/** A log that is written in pieces which end anywhere, and that is rotated by rename. */
export class GrowingLog implements Input {
  readonly #folder: string;
  readonly #name: string;
  readonly #whole: Buffer;
  readonly #chance: Chance;
  readonly #size: number;
  /** Bytes that have been written. */
  #written = 0;
  /** Renamed files of it. */
  #rotations = 0;

  /** @param pieces about how many there are */
  constructor(folder: string, name: string, whole: Buffer, pieces: number, chance: Chance) {
    this.#folder = folder;
    this.#name = name;
    this.#whole = whole;
    this.#chance = chance;
    this.#size = Math.ceil(whole.length / pieces);
    fs.writeFileSync(this.#path, '');
  }

  get complete(): boolean {
    return this.#written === this.#whole.length;
  }

  get size(): number {
    return fs.statSync(this.#path).size;
  }

  grow(): void {
    this.#write(this.#written + 1 + this.#chance.below(2 * this.#size));
  }

  /** Ends the line, renames the file, and begins another. */
  rotate(): void {
    const end = this.#whole.indexOf(LF, Math.max(0, this.#written - 1));
    this.#write(end + 1);
    for (let index = this.#rotations; index > 0; index--)
      fs.renameSync(`${this.#path}.${index}`, `${this.#path}.${index + 1}`);
    fs.renameSync(this.#path, `${this.#path}.1`);
    this.#rotations++;
    fs.writeFileSync(this.#path, '');
  }

  finish(): void {
    this.#write(this.#whole.length);
  }

  writeWhole(folder: string): void {
    fs.writeFileSync(join(folder, this.#name), this.#whole);
  }

  get #path(): string {
    return join(this.#folder, this.#name);
  }

  #write(to: number): void {
    const end = Math.min(to, this.#whole.length);
    if (end <= this.#written) return;
    fs.appendFileSync(this.#path, this.#whole.subarray(this.#written, end));
    this.#written = end;
  }
}

const LF = 10;
