import { Buffer } from 'node:buffer';
import type { ByteWriter } from '../json/byte-writer.ts';
import { failure, skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { hasEscape, unescape } from '../json/string.ts';
import type { Batch } from '../stream/batch.ts';
import { badMembers } from '../stream/line.ts';

/** What becomes of a name where no other takes its place: the member is left out, or gets a value. */
const DROP = -2;
const VALUE = -1;

/** A name and what becomes of its members. */
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
  /** By name: DROP, VALUE, or the index of a new name. */
  readonly #changes: readonly number[];
  /** `"name"` of those that are renamed. */
  readonly #newNames: readonly Buffer[];
  /** Whether the value of a name was written into the event that is being copied. */
  readonly #written: Uint8Array;

  /**
   * @param values names that get values, as they stand in the stream
   * @param changes of one that gets a value as well: its members go under the new name, and no value stands there
   */
  constructor(values: readonly string[], changes: readonly MemberChange[]) {
    const newNames: Buffer[] = [];
    const byName = new Map(values.map((name) => [name, VALUE]));
    for (const { name, newName } of changes) {
      if (newName === undefined) byName.set(name, DROP);
      else byName.set(name, newNames.push(Buffer.from(JSON.stringify(newName))) - 1);
    }
    this.#names = [...byName.keys()].map((name) => Buffer.from(name));
    this.#changes = [...byName.values()];
    this.#newNames = newNames;
    this.#written = new Uint8Array(values.length);
  }

  /** Whether the value was written where a member of its name stood, in the event copied last. */
  written(value: number): boolean {
    return this.#written[value] === 1;
  }

  /**
   * Copies the members of an event.
   * @param write writes a value, by the index of its name
   * @throws TidemarkError `failed` with line and column where the event is not JSON: what was read of it before may end
   * earlier
   */
  copy(batch: Batch, row: number, out: ByteWriter, write: (value: number) => void): void {
    const b = batch.bytes;
    const end = batch.end[row]!;
    const first = out.length;
    this.#written.fill(0);
    // Members next to each other that stay as they are, b[runStart, runEnd), are copied at once; -1: there are none.
    let runStart = -1;
    let runEnd = -1;
    let i = skipSpace(b, batch.start[row]!, end);
    while (i < end) {
      const nameStart = i;
      if (b[i] !== QUOTE) throw badMembers(batch, row, i, 'expected a member name in quotes');
      const nameEnd = stringEnd(b, i + 1, end);
      if (nameEnd < 0) throw badMembers(batch, row, failure.at, failure.reason);
      i = skipSpace(b, nameEnd, end);
      if (i >= end || b[i] !== COLON) throw badMembers(batch, row, i, "expected ':'");
      const valueStart = skipSpace(b, i + 1, end);
      const memberEnd = valueEnd(b, valueStart, end);
      if (memberEnd < 0) throw badMembers(batch, row, failure.at, failure.reason);
      const name = this.#indexOf(b, nameStart + 1, nameEnd - 1);
      const change = name < 0 ? undefined : this.#changes[name]!;
      if (change === undefined) {
        if (runStart < 0) runStart = nameStart;
        runEnd = memberEnd;
      } else {
        if (runStart >= 0) {
          if (out.length > first) out.byte(COMMA);
          out.copy(b, runStart, runEnd);
          runStart = -1;
        }
        if (change !== DROP && (change !== VALUE || this.#written[name] === 0)) {
          if (out.length > first) out.byte(COMMA);
          if (change === VALUE) {
            out.copy(b, nameStart, valueStart);
            write(name);
            this.#written[name] = 1;
          } else {
            const renamed = this.#newNames[change]!;
            out.copy(renamed, 0, renamed.length);
            out.copy(b, nameEnd, memberEnd);
          }
        }
      }
      i = skipSpace(b, memberEnd, end);
      if (i >= end) break;
      if (b[i] !== COMMA) throw badMembers(batch, row, i, "expected ',' or '}'");
      i = skipSpace(b, i + 1, end);
      if (i >= end) throw badMembers(batch, row, end, 'expected a member name in quotes');
    }
    if (runStart < 0) return;
    if (out.length > first) out.byte(COMMA);
    out.copy(b, runStart, runEnd);
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

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
