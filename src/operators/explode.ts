import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { Assignment } from '../expressions/assignment.ts';
import { Evaluator } from '../expressions/evaluator.ts';
import { isList, valueText, writeValue } from '../expressions/json-value.ts';
import type { KnownEvents } from '../expressions/known-events.ts';
import { schemaOfType } from '../expressions/schema-type.ts';
import { ANY, STRING_TYPE, type Type } from '../expressions/type.ts';
import { isOpen } from '../expressions/type-relations.ts';
import { EvaluationError, JsonSpan, type Value } from '../expressions/value.ts';
import { inWords } from '../expressions/wording.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { copySpan } from '../json/copy-span.ts';
import { skipSpace, valueEnd } from '../json/scan.ts';
import { writeString } from '../json/string.ts';
import { kernel } from '../kernel/kernel.ts';
import { BATCH_ROWS, Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { type Schema, TYPE_INTEGER, TYPE_NULL, withMembers } from '../stream/schema.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { RewrittenMembers } from './rewritten-members.ts';
import { tellUnseen } from './unseen-fields.ts';

export interface ExplodeOptions {
  /** The list, and the member that gets its elements. */
  readonly list: Assignment;
  /** How a text is made a list; undefined: it is none. */
  readonly split: ((text: string) => readonly string[]) | undefined;
  /** The member that gets the number of the element, from 1 on. */
  readonly position: string | undefined;
  /** An event whose list is empty or null goes on with null, instead of not at all. */
  readonly keepEmpty: boolean;
}

/** Bytes of output that are handed on together, at least. */
const OUTPUT_BYTES = 1 << 18;

/** Writes an event for each element of a list, with its other members, time and window. */
export class Explode implements Operator {
  readonly #options: ExplodeOptions;
  readonly #context: OperatorContext;
  readonly #evaluator: Evaluator;
  readonly #rejected: RejectedEvents;
  readonly #rewritten: RewrittenMembers;
  readonly #prefix: Buffer;
  readonly #positionPrefix: Buffer;
  /** The members of the event that is exploded, without the element, and where this belongs. */
  readonly #members = new ByteWriter(1 << 10);
  #elementAt = 0;
  /** Where the members before and behind the element stand in the output, once they were written; -1: not yet. */
  #before = -1;
  #behind = -1;
  readonly #noteElement = (): void => {
    this.#elementAt = this.#members.length;
  };
  readonly #element = new ByteWriter(1 << 10);
  readonly #out = new Batch(BATCH_ROWS, OUTPUT_BYTES * 2, kernel().buffers);
  /** Events so far. */
  #events = 0;

  constructor(options: ExplodeOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    const { list, position } = options;
    this.#evaluator = new Evaluator([list.expression], BATCH_ROWS);
    this.#rejected = new RejectedEvents(context);
    this.#rewritten = new RewrittenMembers(
      [list.name],
      position === undefined ? [] : [{ name: position, newName: undefined }],
    );
    this.#prefix = Buffer.from(`${JSON.stringify(list.name)}:`);
    this.#positionPrefix = Buffer.from(`,${JSON.stringify(position ?? '')}:`);
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#evaluator.read(batch);
    const { kind, rows } = batch;
    for (let row = 0; row < rows; row++) {
      if (kind[row] === SKIPPED) continue;
      if (kind[row] !== EVENT) {
        if (this.#out.full) yield* this.#flush();
        this.#out.addRow(batch, row);
        continue;
      }
      this.#events++;
      const list = this.#list(batch, row);
      if (list === undefined) continue;
      this.#copyMembers(batch, row);
      if (list instanceof JsonSpan) yield* this.#explodeSpan(batch, row, list);
      else yield* this.#explodeValues(batch, row, list);
    }
    yield* this.#flush();
    yield this.#rejected.flush();
  }

  async close(): Promise<void> {
    this.#out.release();
  }

  async abort(): Promise<void> {
    this.#out.release();
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#rejected.tell();
      tellUnseen(this.#evaluator.projection, this.#events, this.#context);
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    const header = withSchema(throughCommand(marker.header, 'explode'), this.#schema(marker.header));
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** Undefined: the event is rejected. */
  #list(batch: Batch, row: number): readonly Value[] | JsonSpan | undefined {
    const { list, split } = this.#options;
    try {
      const value = this.#evaluator.value(0, row);
      if (value === null) return [];
      if (typeof value === 'string' && split !== undefined) return split(value);
      if (isList(value)) return value;
      const hint = typeof value === 'string' ? ' (--split makes words of a text)' : '';
      this.#rejected.add(batch, row, () => `${list.expression.text} is ${valueText(value)}, no list${hint}`);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#rejected.addFailure(batch, row, { text: list.expression.text, error });
    }
    return undefined;
  }

  #copyMembers(batch: Batch, row: number): void {
    const members = this.#members;
    this.#before = -1;
    members.clear();
    this.#rewritten.copy(batch, row, members, this.#noteElement);
    if (this.#rewritten.written(0)) return;
    if (members.length > 0) members.byte(COMMA);
    members.copy(this.#prefix, 0, this.#prefix.length);
    this.#noteElement();
  }

  *#explodeSpan(
    batch: Batch,
    row: number,
    { bytes, start, end }: JsonSpan,
  ): Generator<undefined | Promise<void>, void, void> {
    const last = end - 1;
    let at = skipSpace(bytes, start + 1, last);
    if (at >= last) {
      yield* this.#explodeValues(batch, row, []);
      return;
    }
    for (let position = 1; at < last; position++) {
      const behind = valueEnd(bytes, at, last);
      if (this.#out.full || this.#out.used > OUTPUT_BYTES) yield* this.#flush();
      this.#write(batch, row, bytes, at, behind, position);
      at = skipSpace(bytes, skipSpace(bytes, behind, last) + 1, last);
    }
  }

  *#explodeValues(
    batch: Batch,
    row: number,
    values: readonly Value[],
  ): Generator<undefined | Promise<void>, void, void> {
    const elements = values.length === 0 && this.#options.keepEmpty ? [null] : values;
    let position = values.length === 0 ? 0 : 1;
    for (const value of elements) {
      const element = this.#element;
      element.clear();
      if (typeof value === 'string') writeString(element, value);
      else writeValue(element, value);
      if (this.#out.full || this.#out.used > OUTPUT_BYTES) yield* this.#flush();
      this.#write(batch, row, element.bytes, 0, element.length, position++);
    }
  }

  /** Adds an event with the element bytes[start, end). @param position 0: there is none */
  #write(batch: Batch, row: number, bytes: Buffer, start: number, end: number, position: number): void {
    const out = this.#out;
    const members = this.#members;
    const number = this.#options.position === undefined ? '' : position === 0 ? 'null' : String(position);
    out.reserve(members.length + end - start + this.#positionPrefix.length + number.length);
    const to = out.addRowWithoutMembers(batch, row);
    const first = out.used;
    out.start[to] = first;
    let at = this.#copyPart(first, this.#before, 0, this.#elementAt);
    at = copySpan(out.bytes, at, bytes, start, end);
    const behind = at;
    at = this.#copyPart(at, this.#before < 0 ? -1 : this.#behind, this.#elementAt, members.length);
    if (this.#before < 0) [this.#before, this.#behind] = [first, behind];
    if (number !== '') {
      at = copySpan(out.bytes, at, this.#positionPrefix, 0, this.#positionPrefix.length);
      at += out.bytes.write(number, at, 'latin1');
    }
    out.end[to] = out.used = at;
  }

  /**
   * Copies a part of the members to `at`.
   * @param earlier where it stands in the output already, -1: nowhere yet
   * @returns the index behind it
   */
  #copyPart(at: number, earlier: number, from: number, to: number): number {
    const { bytes } = this.#out;
    if (earlier < 0) return copySpan(bytes, at, this.#members.bytes, from, to);
    bytes.copyWithin(at, earlier, earlier + to - from);
    return at + to - from;
  }

  *#flush(): Generator<undefined | Promise<void>, void, void> {
    if (this.#out.rows === 0) return;
    yield this.#context.emit(MAIN, this.#out);
    this.#out.clear();
    this.#before = -1;
  }

  #schema(known: KnownEvents): Schema | undefined {
    const { list, split, position } = this.#options;
    const type = list.expression.check(known);
    const element = schemaOfType(elementType(list.expression.text, type, split !== undefined));
    const { schema } = known;
    if (schema === undefined) return undefined;
    return withMembers(schema, [
      [list.name, { ...element, required: true }],
      ...(position === undefined
        ? []
        : [[position, { types: TYPE_INTEGER | TYPE_NULL, required: true }] as const]),
    ]);
  }
}

/** @throws TidemarkError `usage` for what is no list */
function elementType(text: string, type: Type, splits: boolean): Type {
  if (isOpen(type)) return ANY;
  if (type.kind === 'list') return type.element;
  if (type.kind !== 'string') throw usageError(`${text} is ${inWords(type)}, and no list`);
  if (splits) return STRING_TYPE;
  throw usageError(
    `${text} is a string, and no list`,
    '--split makes words of it, --split=SEPARATOR cuts it',
  );
}

const COMMA = 0x2c;
