import { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../errors.ts';
import type { Expression } from '../expressions/expression.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { findPath, type Path } from '../json/path.ts';
import { unescape } from '../json/string.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import { readInstant } from '../time/instant.ts';
import type { InstantFormat } from '../time/strftime.ts';
import { ComputedTexts, readsWindow } from './computed-texts.ts';
import { type DestinationPart, destinationParts, withRoll } from './destination-parts.ts';
import { windowEnd, windowStart, writeMeta } from './meta.ts';
import type { Asked } from './template.ts';

/** Bytes of a value in a name; behind more of them a hash tells two apart. File systems take 255 in all. */
const MAX_VALUE = 150;

/** Whether a location is a template: it has braces in it. A URI is a path, never a template. */
export const isTemplate = (location: string): boolean =>
  /[{}]/.test(location) && !/^file:\/\//i.test(location);

/**
 * Where each record goes: a path with `{member}`, `{member:%Y-%m}`, `{window_start:%Y/%m/%d/%H}`, `{@t:%F}` in it, and
 * with `--roll` the time at which its file begins, before the ending of the name, or where `{@roll:…}` stands.
 */
export class Destination {
  readonly #parts: readonly DestinationPart[];
  /** Undefined: nothing is computed. */
  readonly #computed: ComputedTexts | undefined;
  /** `--roll`, ms. */
  readonly #roll: number;
  /** Whether a record's window tells where it goes: an event in many windows may go to many files. */
  readonly byWindow: boolean;
  readonly #found = { start: 0, end: 0 };
  readonly #scratch = new ByteWriter(256);

  /** @throws TidemarkError `usage` */
  constructor(location: string, roll: number | undefined) {
    if (/(^|\/)$/.test(location)) {
      throw usageError(`${location} names no file`, 'a name is wanted behind the last slash');
    }
    const template = roll === undefined || location.includes('{@roll') ? location : withRoll(location, roll);
    const expressions: Expression[] = [];
    this.#parts = destinationParts(template, roll !== undefined, expressions);
    this.#computed = expressions.length === 0 ? undefined : new ComputedTexts(expressions);
    this.#roll = roll ?? 0;
    this.byWindow =
      this.#parts.some(
        (part) => part.kind === 'time' || (part.kind === 'meta' && part.name.startsWith('window_')),
      ) || expressions.some(readsWindow);
  }

  /** To be called before the others are, for each batch. @throws TidemarkError `failed` for an event that is not JSON */
  read(batch: Batch): void {
    this.#computed?.read(batch);
  }

  /** What names are made of. */
  get asked(): readonly Asked[] {
    return this.#parts.flatMap((part): Asked[] => {
      const none = { meta: undefined, path: undefined, expression: undefined };
      switch (part.kind) {
        case 'member':
          return [{ ...none, path: part.path, time: part.format !== undefined }];
        case 'computed':
          return [{ ...none, expression: this.#computed!.expressions[part.index], time: false }];
        case 'meta':
          return [{ ...none, meta: part.name, path: part.path, time: false }];
        case 'time':
          return part.name === '@roll' ? [] : [{ ...none, meta: part.name, path: part.path, time: true }];
        default:
          return [];
      }
    });
  }

  /** Appends bytes that are the same for two records only if they go to the same file. Quick: no name is made. */
  writeKey(batch: Batch, row: number, record: number, out: ByteWriter): void {
    for (const part of this.#parts) {
      if (part.kind === 'text') continue;
      const at = out.length;
      out.reserve(4);
      out.length += 4;
      this.#writeRaw(part, batch, row, record, out);
      out.bytes.writeInt32LE(out.length - at, at);
    }
  }

  #writeRaw(
    part: Exclude<DestinationPart, { kind: 'text' }>,
    batch: Batch,
    row: number,
    record: number,
    out: ByteWriter,
  ): void {
    const before = out.length;
    if (part.kind === 'computed') {
      const computed = this.#computed!;
      if (computed.compute(part.index, row, record)) out.copy(computed.json.bytes, 0, computed.json.length);
      return;
    }
    if (part.kind === 'time') {
      const time = this.#time(part.name, batch, row, record);
      out.reserve(8);
      if (!Number.isNaN(time))
        out.length = out.bytes.writeDoubleLE(Math.floor(time / part.format.unit), out.length);
    } else if (part.kind === 'meta') writeMeta(out, part.name, batch, row, record);
    const { path } = part;
    const found = this.#found;
    if (path === undefined || out.length > before) return;
    if (!findPath(batch.bytes, batch.start[row]!, batch.end[row]!, path, found)) return;
    out.copy(batch.bytes, found.start, found.end);
  }

  /**
   * The path of a record's file.
   * @throws TidemarkError `failed`, with the line, where a time is wanted of an event that has none
   */
  pathOf(batch: Batch, row: number, record: number): string {
    return this.#parts.map((part) => this.#text(part, batch, row, record)).join('');
  }

  #text(part: DestinationPart, batch: Batch, row: number, record: number): string {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'member':
        return this.#member(part.path, part.format, batch, row);
      case 'computed': {
        const { index, text, format } = part;
        const computed = this.#computed!;
        const there = computed.compute(index, row, record);
        const value = there ? textOf(computed.json.bytes, 0, computed.json.length) : undefined;
        return named(value, text, format, batch.line[row]!);
      }
      case 'meta': {
        const scratch = this.#scratch;
        scratch.clear();
        writeMeta(scratch, part.name, batch, row, record);
        if (scratch.length > 0) return safeName(scratch.toString());
        return part.path === undefined ? NO_VALUE : this.#member(part.path, undefined, batch, row);
      }
      case 'time': {
        const time = this.#time(part.name, batch, row, record);
        if (!Number.isNaN(time)) return part.format.format(time);
        if (part.path !== undefined) return this.#member(part.path, part.format, batch, row);
        throw noTime(part.name, undefined, batch.line[row]!);
      }
    }
  }

  #member(path: Path, format: InstantFormat | undefined, batch: Batch, row: number): string {
    const { bytes } = batch;
    const found = this.#found;
    const there = findPath(bytes, batch.start[row]!, batch.end[row]!, path, found);
    const value = there ? textOf(bytes, found.start, found.end) : undefined;
    return named(value, path.text, format, batch.line[row]!);
  }

  /** NaN: it is in no window. */
  #time(
    name: (DestinationPart & { kind: 'time' })['name'],
    batch: Batch,
    row: number,
    record: number,
  ): number {
    if (name === '@t') return batch.time[row]!;
    const windowed = batch.windowCount[row] !== GLOBAL;
    if (name === '@roll') {
      const time = windowed ? windowStart(batch, row, record) : batch.time[row]!;
      return Math.floor(time / this.#roll) * this.#roll;
    }
    if (!windowed) return Number.NaN;
    return name === 'window_start' ? windowStart(batch, row, record) : windowEnd(batch, row, record);
  }
}

/** @throws TidemarkError `failed` for what is to be formatted and is no time */
function named(
  value: string | undefined,
  what: string,
  format: InstantFormat | undefined,
  line: number,
): string {
  if (format === undefined) return safeName(value ?? '');
  const text = Buffer.from(value ?? '');
  const time = readInstant(text, 0, text.length);
  if (Number.isNaN(time)) throw noTime(what, value, line);
  return format.format(time);
}

/** The file of a record whose event lacks the value. */
const NO_VALUE = '_';

/**
 * A value as a part of a file's name, another one for each value: what would lead elsewhere or cannot stand in a name
 * (slashes, control characters, a dot in front) is written as in a URI, `%2F`; no value at all is `_`.
 */
export function safeName(value: string): string {
  if (value === '') return NO_VALUE;
  if (value === NO_VALUE) return '%5F';
  const name = value.replace(/^\.|[/\\%\u0000-\u001f\u007f]/g, percent);
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_VALUE) return name;
  // Cut before a character, never inside of one.
  let cut = MAX_VALUE;
  while ((bytes[cut]! & 0xc0) === 0x80) cut--;
  return `${bytes.toString('utf8', 0, cut)}%~${fnv(bytes).toString(16).padStart(8, '0')}`;
}

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** FNV-1a of 32 bits (Fowler, Noll, Vo; draft-eastlake-fnv). */
function fnv(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A text without quotes, anything else as JSON; nothing for null. */
function textOf(bytes: Buffer, start: number, end: number): string {
  if (bytes[start] === QUOTE) return unescape(bytes, start + 1, end - 1);
  const text = bytes.toString('utf8', start, end);
  return text === 'null' ? '' : text;
}

const noTime = (name: string, value: string | undefined, line: number): TidemarkError =>
  new TidemarkError(
    'failed',
    value === undefined
      ? `the event has no ${name}, which the name of its file is made of`
      : `the ${name} of the event is no time, and the name of its file is made of it: ${JSON.stringify(value)}`,
    {
      line,
      hint: name.startsWith('window_')
        ? 'tm window puts events in windows; {@t:%Y-%m-%d} names files by the times of events'
        : 'a time is written as 2015-05-17T10:05:03Z; {@t:%Y-%m-%d} names files by the times of events',
    },
  );

const QUOTE = 0x22;
