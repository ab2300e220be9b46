import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { hasEscape, unescape } from '../json/string.ts';

/** A change that leaves a member out. */
const DROP = -2;

/** A name and what becomes of it: DROP, or the name that it gets. */
export interface MemberChange {
  readonly name: string;
  /** Undefined: it is dropped. */
  readonly newName: string | undefined;
}

/**
 * Copies an event's members with some left out, renamed or given another value; all others pass as they stand, byte for
 * byte. A value stands where the first member of its name stood.
 */
export class RewrittenMembers {
  /** Names that something becomes of, each once; the first are those of values. */
  readonly #names: readonly Buffer[];
  /** By name: DROP, or the index of a new name. */
  readonly #changes: readonly number[];
  /** `"name"` of those that are renamed. */
  readonly #newNames: readonly Buffer[];
  /** How many of the names are those of values, in their order. */
  readonly #values: number;
  /** Whether the value of a name was written into the event that is being copied. */
  readonly #written: Uint8Array;

  /** @param values names that get values, as they stand in the stream */
  constructor(values: readonly string[], changes: readonly MemberChange[]) {
    const others = changes.filter(({ name }) => !values.includes(name));
    this.#names = [...values, ...others.map(({ name }) => name)].map((name) => Buffer.from(name));
    this.#values = values.length;
    this.#changes = [
      ...values.map(() => DROP),
      ...others.map(({ newName }, index) => (newName === undefined ? DROP : index)),
    ];
    this.#newNames = others.map(({ newName }) => Buffer.from(JSON.stringify(newName ?? '')));
    this.#written = new Uint8Array(values.length);
  }

  /** Whether the value was written where a member of its name stood, in the event copied last. */
  written(value: number): boolean {
    return this.#written[value] === 1;
  }

  /**
   * Copies members b[start, end), which are valid.
   * @param write writes a value, by the index of its name
   */
  copy(b: Buffer, start: number, end: number, out: ByteWriter, write: (value: number) => void): void {
    const first = out.length;
    this.#written.fill(0);
    let i = skipSpace(b, start, end);
    while (i < end) {
      const nameStart = i;
      const nameEnd = stringEnd(b, i + 1, end);
      const valueStart = skipSpace(b, skipSpace(b, nameEnd, end) + 1, end);
      const memberEnd = valueEnd(b, valueStart, end);
      const name = this.#indexOf(b, nameStart + 1, nameEnd - 1);
      const kept =
        name < 0 || (name < this.#values ? this.#written[name] === 0 : this.#changes[name] !== DROP);
      if (kept) {
        if (out.length > first) out.byte(COMMA);
        if (name < 0) out.copy(b, nameStart, memberEnd);
        else if (name < this.#values) {
          out.copy(b, nameStart, valueStart);
          write(name);
          this.#written[name] = 1;
        } else {
          const renamed = this.#newNames[this.#changes[name]!]!;
          out.copy(renamed, 0, renamed.length);
          out.copy(b, nameEnd, memberEnd);
        }
      }
      i = skipSpace(b, skipSpace(b, memberEnd, end) + 1, end);
    }
  }

  /** The index of the name b[start, end), without its quotes; -1: nothing becomes of it. */
  #indexOf(b: Buffer, start: number, end: number): number {
    const names = this.#names;
    if (hasEscape(b, start, end)) {
      const text = Buffer.from(unescape(b, start, end));
      return names.findIndex((name) => name.equals(text));
    }
    const length = end - start;
    for (let n = 0; n < names.length; n++) {
      const name = names[n]!;
      if (name.length !== length) continue;
      let k = 0;
      while (k < length && b[start + k] === name[k]) k++;
      if (k === length) return n;
    }
    return -1;
  }
}

const COMMA = 0x2c;
