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
        this.start = Math.max(from, 0);
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

  /** Remembers in `spellings` how the key of a group came. `opened`: the event is the first of the group. */
  spell(spellings: Spellings, slot: number, opened: boolean): void {
    if (this.#asCanonical) spellings.noteCanonical(slot, opened);
    else spellings.note(slot, opened, this.#raw.view(), this.#canonical.view());
  }
}

/** How the keys of groups are written: each member as it came, or canonical where it came in several spellings. */
export class Spellings {
  /** The spelling of the key of a group, members joined by NUL, unless it is the canonical one; freed with the group. */
  readonly #column: ObjectColumn<Buffer>;
  /** Whether any group ever had one: as long as none has, nothing is looked up. */
  #any = false;

  /** Whether all keys so far came in their canonical spelling. */
  get canonical(): boolean {
    return !this.#any;
  }

  /** @param columns over the groups */
  constructor(columns: Columns) {
    this.#column = columns.objects<Buffer>({
      write: (spelling, out) => {
        out.varint(spelling.length);
        out.copy(spelling, 0, spelling.length);
      },
      read: (from) => Buffer.from(from.take(from.count(1))),
    });
  }

  /** Called when the column has been restored. `elsewhere`: whether there may be others on disk. */
  restored(elsewhere: boolean): void {
    this.#any = elsewhere || this.#column.values.some((spelling) => spelling !== undefined);
  }

  /** The key came in its canonical spelling. */
  noteCanonical(slot: number, opened: boolean): void {
    if (this.#any && !opened) this.#column.values[slot] = undefined;
  }

  /** The key came in another spelling; members are joined by NUL. */
  note(slot: number, opened: boolean, raw: Buffer, canonical: Buffer): void {
    this.#any = true;
    const spelled = this.#column.values[slot];
    if (opened) this.#column.values[slot] = Buffer.from(raw);
    else if (spelled !== undefined) this.#column.values[slot] = agreed(spelled, raw, canonical);
  }

  /** The group `from` is merged into `into`, which has just been opened for it or has the same key. */
  merge(into: number, from: number, opened: boolean, keys: Table, keySlot: number): void {
    if (!this.#any) return;
    const spelled = this.#column.values[from];
    const other = this.#column.values[into];
    if (opened) this.#column.values[into] = spelled;
    else if (spelled === undefined || other === undefined) this.#column.values[into] = undefined;
    else {
      const canonical = keys.keys.subarray(keys.keyStart(keySlot), keys.keyEnd(keySlot));
      this.#column.values[into] = agreed(other, spelled, canonical);
    }
  }

  /**
   * Writes the members of a key: `"status":200,"path":"/"`. `names` are quoted and end with a colon; the key is
   * in row `keySlot` of `keys`, the group in `slot`.
   */
  write(out: ByteWriter, keys: Table, keySlot: number, slot: number, names: readonly Buffer[]): void {
    for (let i = 0; i < names.length; i++) {
      if (i > 0) out.byte(COMMA);
      out.copy(names[i]!, 0, names[i]!.length);
      this.writeMember(out, keys, keySlot, slot, i);
    }
  }

  /** Writes the value of one member of a key. */
  writeMember(out: ByteWriter, keys: Table, keySlot: number, slot: number, index: number): void {
    const spelled = this.#any ? this.#column.values[slot] : undefined;
    const bytes = spelled ?? keys.keys;
    const end = spelled?.length ?? keys.keyEnd(keySlot);
    let at = spelled === undefined ? keys.keyStart(keySlot) : 0;
    for (let i = 0; i < index; i++) at = memberEnd(bytes, at, end) + 1;
    out.copy(bytes, at, memberEnd(bytes, at, end));
  }
}

/** Two spellings of a key, member by member: the one that both have, or the canonical one. undefined: all canonical. */
function agreed(a: Buffer, b: Buffer, canonical: Buffer): Buffer | undefined {
  if (a.equals(b)) return a;
  const out = new ByteWriter(canonical.length + a.length);
  let atA = 0;
  let atB = 0;
  for (let at = 0; at < canonical.length; ) {
    const [toA, toB, to] = [
      memberEnd(a, atA, a.length),
      memberEnd(b, atB, b.length),
      memberEnd(canonical, at, canonical.length),
    ];
    if (out.length > 0) out.byte(0);
    if (a.compare(b, atB, toB, atA, toA) === 0) out.copy(a, atA, toA);
    else out.copy(canonical, at, to);
    [atA, atB, at] = [toA + 1, toB + 1, to + 1];
  }
  return canonical.equals(out.view()) ? undefined : Buffer.from(out.view());
}

/** Orders two keys of a table member by member. */
export function compareKeys(keys: Table, a: number, b: number): number {
  const bytes = keys.keys;
  const [atA, atB] = [keys.keyStart(a), keys.keyStart(b)];
  const [endA, endB] = [keys.keyEnd(a), keys.keyEnd(b)];
  const length = Math.min(endA - atA, endB - atB);
  /** Where the member begins in which the keys differ. */
  let member = 0;
  let i = 0;
  for (; i < length && bytes[atA + i] === bytes[atB + i]; i++) if (bytes[atA + i] === 0) member = i + 1;
  if (i === length && endA - atA === endB - atB) return 0;
  const toA = memberEnd(bytes, atA + i, endA);
  const toB = memberEnd(bytes, atB + i, endB);
  return compareValues(bytes, atA + member, toA, bytes, atB + member, toB);
}

/** Where the member of a key that begins at `from` ends. */
export function memberEnd(bytes: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && bytes[i] !== 0) i++;
  return i;
}

const NULL = Buffer.from('null');
const COMMA = 0x2c;
