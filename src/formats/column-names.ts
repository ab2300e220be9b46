import { Buffer } from 'node:buffer';
import { viewOf, wordsOf } from './byte-words.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const COLON = 0x3a;

/** Writes what stands before a value: `,"name":` of its column; before the first there is no comma. */
export class ColumnNames {
  /** As JSON strings. */
  readonly #names: ReadonlySet<string>;
  /** That of column k is words[at[k], at[k + 1]), and so many bytes long. */
  readonly #words: Int32Array;
  readonly #at: Int32Array;
  readonly #length: Int32Array;

  /** @param names quoted and escaped for JSON */
  constructor(names: readonly string[]) {
    const texts = names.map((name, k) => Buffer.from(`${k > 0 ? ',' : ''}${name}:`));
    this.#names = new Set(names);
    this.#words = Int32Array.from(texts.flatMap(wordsOf));
    this.#length = Int32Array.from(texts, (text) => text.length);
    this.#at = new Int32Array(names.length + 1);
    for (const [k, { length }] of texts.entries()) this.#at[k + 1] = this.#at[k]! + ((length + 3) >> 2);
  }

  /** How many bytes all of them take, and what is written past the last. */
  get bytes(): number {
    return 4 * this.#words.length;
  }

  /** Writes that of column k at `out`, with up to three bytes more; the index behind it. */
  write(b: Buffer, out: number, k: number): number {
    const view = viewOf(b);
    const words = this.#words;
    const to = this.#at[k + 1]!;
    let at = out;
    for (let i = this.#at[k]!; i < to; i++) {
      view.setInt32(at, words[i]!, true);
      at += 4;
    }
    return out + this.#length[k]!;
  }

  /** As `write`, of a column behind those with names: its number. -1: one of them has it for a name. */
  writeNumber(b: Buffer, out: number, k: number): number {
    const number = `"${k + 1}"`;
    if (this.#names.has(number)) return -1;
    let at = out;
    b[at++] = COMMA;
    b[at++] = QUOTE;
    at += number.length - 2;
    for (let rest = k + 1, i = at; rest > 0; rest = Math.floor(rest / 10)) b[--i] = ZERO + (rest % 10);
    b[at++] = QUOTE;
    b[at++] = COLON;
    return at;
  }
}
