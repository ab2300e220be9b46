import { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { isCanonical, writeCanonical } from '../json/canonical.ts';
import { compareValues } from '../json/compare.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import type { Table } from '../state/table.ts';
import type { Batch } from '../stream/batch.ts';
import { ABSENT, type Projected } from '../stream/projection.ts';

/**
 * The key of an event: its members' values as canonical JSON texts, joined by NUL (which no JSON text
 * holds), so that keys are equal as bytes when they are equal as values. A missing member is null.
 */
export class GroupKey {
  /** The key of the event read last is bytes[start, end). */
  bytes: Buffer = NULL;
  start = 0;
  end = 0;
  readonly #columns: readonly Projected[];
  readonly #canonical = new ByteWriter(256);
  /** The same members as they came; meant only where `#asCanonical` is false. */
  readonly #raw = new ByteWriter(256);
  #asCanonical = true;

  constructor(columns: readonly Projected[]) {
    this.#columns = columns;
  }

  read(batch: Batch, row: number): void {
    this.#asCanonical = true;
    if (this.#columns.length === 1) {
      const { type, start, end } = this.#columns[0]!;
      const from = type[row] === ABSENT ? -1 : start[row]!;
      if (from < 0 || isCanonical(batch.bytes, from, end[row]!)) {
        this.bytes = from < 0 ? NULL : batch.bytes;
        this.start = from < 0 ? 0 : from;
        this.end = from < 0 ? NULL.length : end[row]!;
        return;
      }
    }
    this.#readMany(batch, row);
  }

  #readMany(batch: Batch, row: number): void {
    const [canonical, raw] = [this.#canonical, this.#raw];
    canonical.clear();
    raw.clear();
    for (const { type, start, end } of this.#columns) {
      if (canonical.length > 0) {
        canonical.byte(0);
        raw.byte(0);
      }
      const present = type[row] !== ABSENT;
      const bytes = present ? batch.bytes : NULL;
      const from = present ? start[row]! : 0;
      const to = present ? end[row]! : NULL.length;
      raw.copy(bytes, from, to);
      if (isCanonical(bytes, from, to)) canonical.copy(bytes, from, to);
      else {
        this.#asCanonical = false;
        writeCanonical(canonical, bytes, from, to);
      }
    }
    this.bytes = canonical.bytes;
    this.start = 0;
    this.end = canonical.length;
  }

  /** Remembers in `spellings` how the key of a row of the table came, as long as it always came so. */
  spell(spellings: Spellings, slot: number, inserted: boolean): void {
    spellings.note(slot, inserted, this.#asCanonical ? undefined : this.#raw);
  }
}

/** How the keys of a table are written: as they came, or canonical where they came in several spellings. */
export class Spellings {
  /** The spelling of a key that is not the canonical one; freed with the row. */
  readonly #column: ObjectColumn<Buffer>;
  /** Whether any row ever had one: as long as none has, nothing is looked up. */
  #any = false;

  constructor(columns: Columns) {
    this.#column = columns.objects<Buffer>();
  }

  note(slot: number, inserted: boolean, raw: ByteWriter | undefined): void {
    if (raw === undefined) {
      if (this.#any && !inserted) this.#column.values[slot] = undefined;
      return;
    }
    this.#any = true;
    if (inserted) this.#column.values[slot] = Buffer.from(raw.view());
    else if (this.#column.values[slot]?.equals(raw.view()) !== true) this.#column.values[slot] = undefined;
  }

  /** The group `from` is merged into `into`, which has just been made for it or has the same key. */
  merge(into: number, from: number, inserted: boolean): void {
    if (!this.#any) return;
    const spelled = this.#column.values[from];
    if (inserted) this.#column.values[into] = spelled;
    else if (spelled === undefined || this.#column.values[into]?.equals(spelled) !== true) {
      this.#column.values[into] = undefined;
    }
  }

  /** Writes the members of a key: `"status":200,"path":"/"`. `names` are quoted and end with a colon. */
  write(out: ByteWriter, keys: Table, slot: number, names: readonly Buffer[]): void {
    for (let i = 0; i < names.length; i++) {
      if (i > 0) out.byte(COMMA);
      out.copy(names[i]!, 0, names[i]!.length);
      this.writeMember(out, keys, slot, i);
    }
  }

  /** Writes the value of one member of a key. */
  writeMember(out: ByteWriter, keys: Table, slot: number, index: number): void {
    const spelled = this.#any ? this.#column.values[slot] : undefined;
    const bytes = spelled ?? keys.keys;
    const end = spelled?.length ?? keys.keyEnd(slot);
    let at = spelled === undefined ? keys.keyStart(slot) : 0;
    for (let i = 0; i < index; i++) at = memberEnd(bytes, at, end) + 1;
    out.copy(bytes, at, memberEnd(bytes, at, end));
  }
}

/** Orders two keys of a table member by member (DESIGN §4). */
export function compareKeys(keys: Table, a: number, b: number): number {
  const bytes = keys.keys;
  let [atA, atB] = [keys.keyStart(a), keys.keyStart(b)];
  const [endA, endB] = [keys.keyEnd(a), keys.keyEnd(b)];
  while (atA < endA) {
    const toA = memberEnd(bytes, atA, endA);
    const toB = memberEnd(bytes, atB, endB);
    const order = compareValues(bytes, atA, toA, bytes, atB, toB);
    if (order !== 0) return order;
    atA = toA + 1;
    atB = toB + 1;
  }
  return 0;
}

function memberEnd(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && bytes[i] !== 0) i++;
  return i;
}

const NULL = Buffer.from('null');
const COMMA = 0x2c;
