import { usageError } from '../errors.ts';
import { isNumberText } from '../json/number.ts';
import { writeString } from '../json/string.ts';
import { BatchWriter } from './batch-writer.ts';
import { typesOfText } from './declared-names.ts';
import { LONGEST_SPELLING, spellDeclared } from './declared-text.ts';
import type { RecordBatch } from './format.ts';
import { LineReader, type ReaderOptions } from './location-reader.ts';
import { memberOfTime } from './time-member.ts';

/**
 * Records by a regular expression of ECMAScript (flag `u`): it must match somewhere in the line, and each of
 * its named groups is a member, typed as a csv field is.
 */
export class RegexReader extends LineReader {
  readonly #pattern: RegExp;
  /** Named groups in the order of the pattern, each with `,"name":` (the first without the comma). */
  readonly #names: readonly string[];
  readonly #prefixes: readonly string[];
  /** Of each the types that are declared of it; 0: none are. */
  readonly #types: readonly number[];
  readonly #timeName: string | undefined;
  readonly #out = new BatchWriter();

  /** @throws TidemarkError `usage` for what is no pattern, or one without named groups */
  constructor(source: string, options: ReaderOptions) {
    super(options);
    this.#pattern = compile(source);
    this.#names = groupNames(source);
    if (this.#names.length === 0) {
      throw usageError('the pattern has no named group', 'name what becomes a member: (?<status>[0-9]+)');
    }
    this.#prefixes = this.#names.map((name, k) => `${k > 0 ? ',' : ''}${JSON.stringify(name)}:`);
    this.#types = this.#names.map((name) => typesOfText(options.schema?.members.get(name)));
    this.#timeName = memberOfTime(options.time, 'the pattern', this.#names);
  }

  protected override readLine(batch: RecordBatch, start: number, end: number): void {
    const b = batch.bytes;
    const match = this.#pattern.exec(b.toString('utf8', start, end));
    if (match === null) {
      this.refuse(b, start, end, -1, 'the line does not match the pattern');
      return;
    }
    const groups = match.groups!;
    const out = this.#out;
    out.open(batch);
    const from = out.length;
    let timeStart = 0;
    let timeEnd = 0;
    for (let k = 0; k < this.#names.length; k++) {
      const name = this.#names[k]!;
      out.utf8(this.#prefixes[k]!);
      const value = out.length;
      writeTyped(out, groups[name]);
      const types = this.#types[k]!;
      if (types !== 0) {
        out.reserve(LONGEST_SPELLING);
        const form = groups[name] === undefined || groups[name] === '' ? 'nothing' : 'bare';
        out.length = spellDeclared(out.bytes, value, out.length, types, form);
      }
      if (name === this.#timeName) [timeStart, timeEnd] = [value, out.length];
    }
    out.close(batch);
    batch.addRecord(from, batch.used, this.line, Number.NaN, timeStart, timeEnd, start, end);
  }
}

/** A group that took no part, or nothing, is null; what is spelled as a JSON number is that number. */
function writeTyped(out: BatchWriter, text: string | undefined): void {
  if (text === undefined || text === '') out.ascii('null');
  else if (isNumberText(text)) out.ascii(text);
  else writeString(out, text);
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*: /, '').toLowerCase() : '';
    throw usageError(
      `not a regular expression: ${reason}: ${source}`,
      'the syntax is JavaScript\'s with flag u: a backslash stands only before what it changes, " and - are bare',
    );
  }
}

/** With an empty alternative every pattern matches the empty string, and then all its groups are listed. */
/** The names of the groups of a pattern, in its order. */
export const groupNames = (source: string): string[] =>
  Object.keys(new RegExp(`${source}|`, 'u').exec('')?.groups ?? {});

/** The pattern of `regex:PATTERN`. */
export const patternOf = (format: string): string | undefined =>
  format.startsWith('regex:') ? format.slice('regex:'.length) : undefined;
