import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { isMetadataName } from '../json/metadata-name.ts';
import { isNumber } from '../json/number.ts';
import type { Path } from '../json/path.ts';
import { KERNEL_FIELDS } from '../kernel/columns.ts';
import { setDeclared } from '../kernel/declared.ts';
import { kernel } from '../kernel/kernel.ts';
import { NAME_LIMIT, setNames } from '../kernel/names.ts';
import { addressOf, takeBack } from '../kernel/staging.ts';
import type { Schema } from '../stream/schema.ts';
import { BlockReader } from './block-reader.ts';
import { type DeclaredNames, declaredNames, typesOfText } from './declared-names.ts';
import { type FieldForm, spellDeclared } from './declared-text.ts';
import { escapedName } from './escape-metadata.ts';
import { copyBytes, copyText, escapeText, LONGEST_ESCAPE, NO_PAIRS } from './escape-text.ts';
import type { RecordBatch } from './format.ts';
import { writeGoText } from './go-escapes.ts';
import type { ReaderOptions } from './location-reader.ts';
import { NameSet } from './name-set.ts';
import type { ScannedBlock } from './scanned-block.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const EQUALS = 0x3d;
const AT = 0x40;
const BACKSLASH = 0x5c;

/** 1: the byte is of a key; of a value without quotes. */
const KEY = new Uint8Array(256).fill(1, SPACE + 1);
KEY[QUOTE] = KEY[EQUALS] = 0;
const BARE = new Uint8Array(256).fill(1, SPACE + 1);
BARE[QUOTE] = 0;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/**
 * The longest line gets this many bytes besides its own six times: a key of one letter at its end becomes
 * `,"a":"true"` where that is declared of it, one before a space takes less than the twelve bytes that it has.
 */
const EXTRA = 16;
/** What the kernel wants behind the longest line that it writes. */
const SLACK = 1024;

/**
 * Pairs `key=value` a line, as Heroku's router and the loggers of Go write them (go-logfmt, slog's TextHandler):
 * a value in double quotes is text with Go's escapes; any other is what JSON has by that spelling, or text.
 */
export class LogfmtReader extends BlockReader {
  /** The key of the time, and its length; -1: there is none. */
  readonly #timeName: Buffer;
  readonly #timeLength: number;
  readonly #names = new NameSet();
  /** What the kernel looks for: the key of the time, what operators want, and what is declared; undefined: it cannot. */
  readonly #wanted: DeclaredNames | undefined;
  readonly #schema: Schema | undefined;

  /** @throws TidemarkError `usage` for a time inside of a member */
  constructor(options: ReaderOptions) {
    super(options);
    const name = options.time === undefined ? undefined : keyOf(options.time);
    this.#timeName = Buffer.from(name ?? '');
    this.#timeLength = name === undefined ? -1 : this.#timeName.length;
    const { members = [], schema } = options;
    this.#schema = schema;
    const wanted = members.slice(0, KERNEL_FIELDS - 1).map((member) => Buffer.from(member));
    // An empty name, which no key has, stands for a time that is not sought.
    const names = declaredNames(this.#timeName, wanted, schema);
    // What is declared of a field is written: the kernel must know of all.
    const unknown = schema !== undefined && names.table === undefined;
    this.#wanted = this.#timeLength > NAME_LIMIT || unknown ? undefined : names;
  }

  /** The kernel reads lines whose keys are plain and all different, with the escapes that JSON has; they are most. */
  protected override scanBlock(batch: RecordBatch, from: number, cut: number, room: number): ScannedBlock {
    const wanted = this.#wanted;
    if (wanted === undefined)
      return { rows: 0, lines: 0, end: from, beyondAscii: false, fields: 0, declared: false };
    // Members are longer than their line by the quotes; where that is not enough, the rest comes in another call.
    batch.reserve((cut - from) * 2 + SLACK);
    const { call } = kernel();
    const { names, fields, table } = wanted;
    setNames(names, kernel());
    const declared = table !== undefined;
    if (declared) setDeclared(table, kernel());
    const base = addressOf(batch.bytes);
    const rows = call.scanLogfmt(
      base,
      base + from,
      base + cut,
      room,
      this.maxLine,
      fields,
      names.length,
      declared,
      base + batch.used,
      base + batch.bytes.length,
    );
    const used = call.logfmtOut.value - base;
    takeBack(batch.bytes, batch.used, used);
    batch.used = used;
    return {
      rows,
      lines: rows,
      end: call.logfmtEnd.value - base,
      beyondAscii: call.logfmtBeyondAscii.value !== 0,
      fields,
      declared,
    };
  }

  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    batch.reserve(LONGEST_ESCAPE * (end - start) + EXTRA);
    const b = batch.bytes;
    const from = batch.used;
    let out = from;
    let timeStart = 0;
    let timeEnd = 0;
    this.#names.clear();
    for (let i = start; ; ) {
      while (i < end && b[i]! <= SPACE) i++;
      if (i >= end) break;
      const key = i;
      while (i < end && KEY[b[i]!] === 1) i++;
      const keyEnd = i;
      if (i < end && b[i] === QUOTE) {
        this.refuse(b, start, end, i, 'a quote inside a key');
        return;
      }
      if (keyEnd === key) {
        this.refuse(b, start, end, i, "a key is missing before '='");
        return;
      }
      const begun = out;
      out = writeName(b, out, key, keyEnd, out > from);
      const value = out;
      let form: FieldForm = 'bare';
      if (i >= end || b[i] !== EQUALS) out = copyBytes(b, out, TRUE, 0, 4);
      else if (i + 1 < end && b[i + 1] === QUOTE) {
        const text = i + 2;
        form = 'quoted';
        i = closingQuote(b, text, end);
        if (i >= end) {
          this.refuse(b, start, end, text - 1, 'a quote is not closed');
          return;
        }
        b[out++] = QUOTE;
        out = writeGoText(b, out, text, i);
        b[out++] = QUOTE;
        i++;
        if (i < end && b[i]! > SPACE) {
          this.refuse(b, start, end, i, 'text behind a closing quote');
          return;
        }
      } else {
        const text = ++i;
        while (i < end && BARE[b[i]!] === 1) i++;
        if (i < end && b[i] === QUOTE) {
          this.refuse(b, start, end, i, 'a quote inside a value without quotes');
          return;
        }
        if (i === text) form = 'nothing';
        out = writeBare(b, out, text, i);
      }
      if (this.#schema !== undefined) out = this.#spell(b, key, keyEnd, value, out, form);
      if (!this.#names.add(b, key, keyEnd)) out = begun;
      else if (keyEnd - key === this.#timeLength && this.#isTime(b, key)) {
        timeStart = value;
        timeEnd = out;
      }
    }
    batch.used = out;
    batch.addRecord(from, out, this.line, Number.NaN, timeStart, timeEnd, start, end);
  }

  /** Spells a value as its types want it; the index behind it. */
  #spell(b: Buffer, key: number, keyEnd: number, value: number, out: number, form: FieldForm): number {
    const name = JSON.parse(escapedName(b.toString('utf8', key, keyEnd))) as string;
    const types = typesOfText(this.#schema?.members.get(name));
    return types === 0 ? out : spellDeclared(b, value, out, types, form);
  }

  /** Whether a key as long as the time's is the time's. */
  #isTime(b: Buffer, key: number): boolean {
    const name = this.#timeName;
    for (let k = 0; k < name.length; k++) if (b[key + k] !== name[k]) return false;
    return true;
  }
}

function keyOf(path: Path): string {
  const [name] = path.steps;
  if (path.steps.length === 1 && typeof name === 'string') return name;
  throw usageError(
    `logfmt has no member ${path.text}: its values have nothing inside them`,
    `a key with a dot in it is named '["${path.text}"]'`,
  );
}

/** The index of the next quote that no backslash stands before, or `end`. */
function closingQuote(b: Buffer, from: number, end: number): number {
  let i = from;
  while (i < end && b[i] !== QUOTE) i += b[i] === BACKSLASH ? 2 : 1;
  return Math.min(i, end);
}

/** Writes `,"name":`; a metadata name gets one more `@`. */
function writeName(b: Buffer, at: number, start: number, end: number, follows: boolean): number {
  let out = at;
  if (follows) b[out++] = COMMA;
  b[out++] = QUOTE;
  if (b[start] === AT && isMetadataName(b, start, end)) b[out++] = AT;
  out = escapeText(b, out, start, end, NO_PAIRS);
  b[out++] = QUOTE;
  b[out++] = COLON;
  return out;
}

/** Writes a value without quotes: nothing is null, what JSON spells so is a number, true, false or null. */
function writeBare(b: Buffer, at: number, start: number, end: number): number {
  const first = start < end ? b[start]! : 0;
  if (first === 0) return copyBytes(b, at, NULL, 0, 4);
  const digits = first < 0x3a && first >= 0x2d && isNumber(b, start, end);
  if (digits || isWord(b, start, end, TRUE) || isWord(b, start, end, FALSE) || isWord(b, start, end, NULL)) {
    return copyText(b, at, start, end);
  }
  b[at] = QUOTE;
  const out = escapeText(b, at + 1, start, end, NO_PAIRS);
  b[out] = QUOTE;
  return out + 1;
}

function isWord(b: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length || b[start] !== word[0]) return false;
  for (let k = 1; k < word.length; k++) if (b[start + k] !== word[k]) return false;
  return true;
}
