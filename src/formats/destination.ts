import { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../errors.ts';
import { findOutside } from '../expressions/call.ts';
import type { Expression } from '../expressions/expression.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { findPath, type Path } from '../json/path.ts';
import { unescape } from '../json/string.ts';
import { type Batch, GLOBAL } from '../stream/batch.ts';
import { DAY_MS, readInstant } from '../time/instant.ts';
import { compileInstantFormat, type InstantFormat } from '../time/strftime.ts';
import { ComputedTexts, readsWindow } from './computed-texts.ts';
import { type MetaName, windowEnd, windowStart, writeMeta } from './meta.ts';
import { type Asked, closingBrace, placeholder, wrongTemplate } from './template.ts';

/** What the name of a file is made of. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'member'; readonly path: Path; readonly format: InstantFormat | undefined }
  /** The expression of that number, and its text. */
  | {
      readonly kind: 'computed';
      readonly index: number;
      readonly text: string;
      readonly format: InstantFormat | undefined;
    }
  /** `path`: the member of that name, for events that have no such metadata. */
  | { readonly kind: 'meta'; readonly name: MetaName; readonly path: Path | undefined }
  | {
      readonly kind: 'time';
      readonly name: 'window_start' | 'window_end' | '@t' | '@roll';
      readonly format: InstantFormat;
      /** The member of that name, for events that are in no window. */
      readonly path: Path | undefined;
    };

/** Bytes of a value in a name; behind more of them a hash tells two apart. File systems take 255 in all. */
const MAX_VALUE = 150;
const MINUTE = 60_000;

/** Whether a location is a template: it has braces in it. A URI is a path, never a template. */
export const isTemplate = (location: string): boolean =>
  /[{}]/.test(location) && !/^file:\/\//i.test(location);

/**
 * Where each record goes: a path with `{member}`, `{member:%Y-%m}`, `{window_start:%Y/%m/%d/%H}`, `{@t:%F}` in it, and
 * with `--roll` the time at which its file begins, before the ending of the name, or where `{@roll:…}` stands.
 */
export class Destination {
  readonly #parts: readonly Part[];
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
    this.#parts = partsOf(template, roll !== undefined, expressions);
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
    part: Exclude<Part, { kind: 'text' }>,
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

  #text(part: Part, batch: Batch, row: number, record: number): string {
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
  #time(name: (Part & { kind: 'time' })['name'], batch: Batch, row: number, record: number): number {
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

/** @param expressions where those that the template has are put */
function partsOf(template: string, rolled: boolean, expressions: Expression[]): Part[] {
  const parts: Part[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < template.length; ) {
    const character = template[at]!;
    if ((character === '{' || character === '}') && template[at + 1] === character) {
      text += character;
      at += 2;
    } else if (character === '{') {
      const close = closingBrace(template, at);
      flush();
      parts.push(partOf(template.slice(at + 1, close), at + 2, rolled, expressions));
      at = close + 1;
    } else if (character === '}') {
      throw wrongTemplate('a "}" closes nothing', at);
    } else {
      text += character;
      at++;
    }
  }
  flush();
  return parts;
}

/** `NAME` or `NAME:FORMAT`, also an expression in place of the name. */
function partOf(text: string, column: number, rolled: boolean, expressions: Expression[]): Part {
  const colon = formatColon(text);
  const name = colon < 0 ? text : text.slice(0, colon);
  const written = colon < 0 ? undefined : text.slice(colon + 1);
  const format = written === undefined ? undefined : compileInstantFormat(written);
  if (name === '@roll') {
    if (rolled && format !== undefined) return { kind: 'time', name, format, path: undefined };
    throw usageError(
      rolled ? '{@roll} in LOCATION needs a time format' : '{@roll} in LOCATION is a time that --roll gives',
      rolled ? 'as in {@roll:%Y-%m-%dT%H}' : 'add --roll 1h; {@t:%Y-%m-%dT%H} needs none',
    );
  }
  const part = placeholder(name, column, 'flatten');
  if (part.kind === 'expression') {
    const index = expressions.push(part.expression) - 1;
    return { kind: 'computed', index, text: name, format };
  }
  if (part.kind === 'member') return { kind: 'member', path: part.path, format };
  if (format === undefined) return { kind: 'meta', name: part.name, path: part.path };
  if (part.name !== 'window_start' && part.name !== 'window_end' && part.name !== '@t')
    throw wrongTemplate(`{${part.name}} is no time`, column - 1);
  return { kind: 'time', name: part.name, format, path: part.path };
}

/** Where the colon before a format stands, outside of quotes, brackets and `CONDITION ? THIS : THAT`; -1: nowhere. */
function formatColon(text: string): number {
  let conditions = 0;
  return findOutside(text, 0, (character) => {
    if (character === '?') conditions++;
    return character === ':' && conditions-- === 0;
  });
}

/** Puts the time at which a file begins before the ending of its name, as coarse as the files are. */
function withRoll(location: string, roll: number): string {
  const units: readonly [number, string][] = [
    [DAY_MS, '%Y-%m-%d'],
    [60 * MINUTE, '%Y-%m-%dT%H'],
    [MINUTE, '%Y-%m-%dT%H%M'],
    [1000, '%Y-%m-%dT%H%M%S'],
  ];
  const format = units.find(([unit]) => roll % unit === 0)?.[1] ?? '%Y-%m-%dT%H%M%S.%L';
  const [, front, ending] = /^(.*?[^/])(\.[^./{}]*)?$/s.exec(location)!;
  return `${front}-{@roll:${format}}${ending ?? ''}`;
}

const QUOTE = 0x22;
