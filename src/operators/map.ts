import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { Assignment } from '../expressions/assignment.ts';
import { Evaluator } from '../expressions/evaluator.ts';
import type { Expression } from '../expressions/expression.ts';
import { parseExpression } from '../expressions/expression.ts';
import { checkFields } from '../expressions/field-check.ts';
import { type Node, walk } from '../expressions/node.ts';
import { schemaOfType } from '../expressions/schema-type.ts';
import type { Type } from '../expressions/type.ts';
import { isOpen } from '../expressions/type-relations.ts';
import { EvaluationError, Timestamp, type Value } from '../expressions/value.ts';
import { inWords } from '../expressions/wording.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { ABSENT } from '../stream/projection.ts';
import type { MemberSchema, Schema } from '../stream/schema.ts';
import { instantText, MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { Rejections } from './rejections.ts';
import { RewrittenMembers } from './rewritten-members.ts';

export interface MapOptions {
  /** In order: each sees those before it, by the `bindings` that it was parsed with. */
  readonly assignments: readonly Assignment[];
  /** The names assigned so far, with their types once these are known. */
  readonly bindings: Map<string, Type>;
  /** Members that are not assigned are left out. */
  readonly only: boolean;
  /** Names of members that are left out. */
  readonly drop: readonly string[];
  readonly rename: readonly { readonly from: string; readonly to: string }[];
}

/** The name by which an assignment sets the event time. */
const EVENT_TIME = '@t';

/** Computes members of each event; members that are not named pass byte for byte. */
export class MapMembers implements Operator {
  readonly #options: MapOptions;
  readonly #context: OperatorContext;
  readonly #rejections: Rejections;
  /** The assigned expressions, and behind them the assigned members as they are. */
  readonly #evaluator: Evaluator;
  readonly #expressions: readonly Expression[];
  /** Members that are assigned, in order; the event time is none. */
  readonly #members: readonly { readonly name: string; readonly index: number; readonly prefix: Buffer }[];
  /** Number of the assignment of the event time, -1: none. */
  readonly #time: number;
  readonly #rewritten: RewrittenMembers;
  /** Something is left out or renamed: every event is copied. */
  readonly #copies: boolean;
  /** By assignment: another one behind it uses its value. */
  readonly #used: readonly boolean[];
  /** What these came to for the event that is computed. */
  readonly #values: Value[] = [];
  /** JSON of what was computed for an event, and where each value begins and ends. */
  readonly #scratch = new ByteWriter(1 << 10);
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  /** Members of events that are copied. */
  readonly #out = new ByteWriter(1 << 12);
  readonly #writeValue = (n: number): void => this.#copyValue(this.#members[n]!.index, this.#out);
  /** Events so far. */
  #events = 0;

  constructor(options: MapOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#rejections = new Rejections(context);
    const { assignments } = options;
    this.#expressions = assignments.map(({ expression }) => expression);
    const numbers = new Map(assignments.map(({ name }, index) => [name, index]));
    this.#time = numbers.get(EVENT_TIME) ?? -1;
    this.#members = assignments.flatMap(({ name }, index) =>
      index === this.#time ? [] : [{ name, index, prefix: Buffer.from(`,${JSON.stringify(name)}:`) }],
    );
    const present = this.#members.map(({ name }) => parseExpression(`[${JSON.stringify(name)}]`));
    this.#evaluator = new Evaluator(
      [...this.#expressions, ...present],
      BATCH_ROWS,
      (name) => this.#values[numbers.get(name)!] ?? null,
    );
    const bound = new Set(this.#expressions.flatMap(({ root }) => boundNames(root)));
    this.#used = assignments.map(({ name }) => bound.has(name));
    this.#starts = new Int32Array(assignments.length);
    this.#ends = new Int32Array(assignments.length);
    const { drop, rename } = options;
    this.#rewritten = new RewrittenMembers(
      this.#members.map(({ name }) => name),
      [
        ...drop.map((name) => ({ name, newName: undefined })),
        ...rename.map(({ from, to }) => ({ name: from, newName: to })),
        // What stood under a new name gives way to it.
        ...rename
          .filter(({ to }) => !rename.some(({ from }) => from === to))
          .map(({ to }) => ({ name: to, newName: undefined })),
      ],
    );
    this.#copies = drop.length + rename.length > 0;
  }

  onBatch(_input: number, batch: Batch): Work {
    const { kind, rows } = batch;
    this.#evaluator.read(batch);
    batch.found = undefined;
    for (let row = 0; row < rows; row++) {
      if (kind[row] !== EVENT) continue;
      this.#events++;
      const reason = this.#compute(row) ?? this.#setTime(batch, row);
      if (reason === undefined) this.#write(batch, row);
      else {
        this.#rejections.add(batch, row, reason);
        kind[row] = SKIPPED;
      }
    }
    const flushed = this.#rejections.flush();
    if (flushed === undefined) return this.#context.emit(MAIN, batch);
    return flushed.then(() => this.#context.emit(MAIN, batch));
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#rejections.tell();
      this.#tellUnseen();
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    if (this.#time >= 0) refuseWindows(marker.header);
    const schema = this.#schema(marker.header.schema);
    const header = withSchema(throughCommand(marker.header, 'map'), schema);
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** Writes the JSON of all values to the scratch. @returns why the event is rejected */
  #compute(row: number): string | undefined {
    const scratch = this.#scratch;
    scratch.clear();
    for (let index = 0; index < this.#expressions.length; index++) {
      try {
        if (this.#used[index]) this.#values[index] = this.#evaluator.value(index, row);
        this.#starts[index] = scratch.length;
        if (index === this.#time) this.#values[index] = this.#evaluator.value(index, row);
        else this.#evaluator.write(index, row, scratch);
        this.#ends[index] = scratch.length;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        return `${error.reason}, in '${this.#expressions[index]!.text}'`;
      }
    }
    return undefined;
  }

  /** Moves the event time forward. @returns why the event is rejected */
  #setTime(batch: Batch, row: number): string | undefined {
    if (this.#time < 0) return undefined;
    const time = timeOf(this.#values[this.#time]!);
    if (time === undefined) return `@t wants a timestamp, in '${this.#expressions[this.#time]!.text}'`;
    const before = batch.time[row]!;
    if (time < before) return `@t would go back from ${instantText(before)} to ${instantText(time)}`;
    batch.time[row] = time;
    return undefined;
  }

  #write(batch: Batch, row: number): void {
    const { only } = this.#options;
    if (!only && !this.#copies && !this.#hasAny(row)) {
      this.#append(batch, row);
      return;
    }
    const out = this.#out;
    out.clear();
    if (!only) {
      this.#rewritten.copy(batch, row, out, this.#writeValue);
    }
    for (let n = 0; n < this.#members.length; n++) {
      if (!only && this.#rewritten.written(n)) continue;
      const { index, prefix } = this.#members[n]!;
      out.copy(prefix, out.length === 0 ? 1 : 0, prefix.length);
      this.#copyValue(index, out);
    }
    batch.reserve(out.length);
    out.bytes.copy(batch.bytes, batch.used, 0, out.length);
    batch.start[row] = batch.used;
    batch.end[row] = batch.used += out.length;
  }

  /** Whether the event has a member that is assigned. */
  #hasAny(row: number): boolean {
    const assigned = this.#expressions.length;
    for (let n = 0; n < this.#members.length; n++)
      if (this.#evaluator.column(assigned + n).type[row] !== ABSENT) return true;
    return false;
  }

  /** Puts the values behind the members, of which none is called as they are. */
  #append(batch: Batch, row: number): void {
    const start = batch.start[row]!;
    const length = batch.end[row]! - start;
    let room = length + this.#scratch.length;
    for (const { prefix } of this.#members) room += prefix.length;
    batch.reserve(room);
    const { bytes } = batch;
    let at = batch.used;
    batch.start[row] = at;
    bytes.copyWithin(at, start, start + length);
    at += length;
    const scratch = this.#scratch.bytes;
    for (const { index, prefix } of this.#members) {
      for (let i = at === batch.used ? 1 : 0; i < prefix.length; i++) bytes[at++] = prefix[i]!;
      const end = this.#ends[index]!;
      for (let i = this.#starts[index]!; i < end; i++) bytes[at++] = scratch[i]!;
    }
    batch.end[row] = batch.used = at;
  }

  #copyValue(index: number, out: ByteWriter): void {
    out.copy(this.#scratch.bytes, this.#starts[index]!, this.#ends[index]!);
  }

  /** Checks all expressions. @throws TidemarkError `usage` */
  #schema(schema: Schema | undefined): Schema | undefined {
    const { assignments, bindings, only, drop, rename } = this.#options;
    const named = [...drop, ...rename.map(({ from }) => from)];
    checkFields(
      schema,
      named.map((name) => ({ text: name, steps: [name] })),
    );
    const computed: [string, MemberSchema][] = [];
    for (const { name, expression } of assignments) {
      const type = expression.check(schema);
      if (name === EVENT_TIME) refuseOtherThanTime(expression.text, type);
      bindings.set(name, type);
      if (name !== EVENT_TIME) computed.push([name, { ...schemaOfType(type), required: true }]);
    }
    if (only) return { members: new Map(computed), closed: true };
    if (schema === undefined) return undefined;
    const members = new Map<string, MemberSchema>();
    const targets = new Set(rename.map(({ to }) => to));
    for (const [name, member] of schema.members) {
      const renamed = rename.find(({ from }) => from === name);
      if (renamed !== undefined) members.set(renamed.to, member);
      else if (!drop.includes(name) && !targets.has(name)) members.set(name, member);
    }
    for (const [name, member] of computed) members.set(name, member);
    return { members, closed: schema.closed };
  }

  /** Fields that no event had: most likely their names are misspelt. */
  #tellUnseen(): void {
    if (this.#events === 0) return;
    const fields = new Set(this.#expressions.flatMap(({ fields: all }) => all.map(({ text }) => text)));
    for (const text of this.#evaluator.unseen) {
      if (!fields.has(text)) continue;
      this.#context.notice(
        `no event has a member ${text}: it was null for all ${this.#events.toLocaleString('en')}`,
        'see that the name is right',
      );
    }
  }
}

const boundNames = (root: Node): string[] =>
  [...walk(root)].flatMap((node) => (node.kind === 'bound' ? [node.name] : []));

/** @throws TidemarkError `usage` for what is no time, whatever the event */
function refuseOtherThanTime(text: string, type: Type): void {
  if (isOpen(type) || type.kind === 'timestamp' || type.kind === 'number') return;
  throw usageError(
    `@t wants a timestamp, and ${text} is ${inWords(type)}`,
    type.kind === 'string'
      ? `timestamp(${text}) reads a text as one`
      : 'give it a timestamp or epoch milliseconds',
  );
}

/** Epoch ms; undefined: the value is no instant that can be written. */
function timeOf(value: Value): number | undefined {
  const time = value instanceof Timestamp ? value.time : value;
  if (typeof time !== 'number' || !Number.isSafeInteger(time)) return undefined;
  return time >= MIN_INSTANT && time <= MAX_INSTANT ? time : undefined;
}

/** Windows are made of event times: who changes these comes before. */
function refuseWindows({ commands, windowing }: Header): void {
  if (!commands.includes('window') && windowing.kind === 'global') return;
  throw usageError('@t cannot be set behind tm window', 'put the map before tm window');
}
