import { Buffer } from 'node:buffer';
import { throwTogether } from '../errors.ts';
import type { Assignment } from '../expressions/assignment.ts';
import { type BoundValue, Evaluator } from '../expressions/evaluator.ts';
import type { Expression } from '../expressions/expression.ts';
import { parseExpression } from '../expressions/expression.ts';
import { checkFields } from '../expressions/field-check.ts';
import type { KnownEvents } from '../expressions/known-events.ts';
import { type Node, walk } from '../expressions/node.ts';
import { schemaOfType } from '../expressions/schema-type.ts';
import { ANY, type Type } from '../expressions/type.ts';
import { EvaluationError, type Value } from '../expressions/value.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { copySpan } from '../json/copy-span.ts';
import { kernel } from '../kernel/kernel.ts';
import { BATCH_ROWS, Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { ABSENT, type Projected } from '../stream/projection.ts';
import type { MemberSchema, Schema } from '../stream/schema.ts';
import { instantText } from '../time/instant.ts';
import { refuseOtherThanTime, refuseWindows, timeOf } from './assigned-time.ts';
import { MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { RewrittenMembers } from './rewritten-members.ts';
import { tellUnseen } from './unseen-fields.ts';

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

/** Bytes of output that are handed on together, at least. */
const OUTPUT_BYTES = 1 << 18;

/** The name by which an assignment sets the event time. */
const EVENT_TIME = '@t';

/** Computes members of each event; members that are not named pass byte for byte. */
export class MapMembers implements Operator {
  readonly #options: MapOptions;
  readonly #context: OperatorContext;
  readonly #rejected: RejectedEvents;
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
  readonly #copied = new ByteWriter(1 << 12);
  readonly #writeValue = (n: number): void => this.#copyValue(this.#members[n]!.index, this.#copied);
  /** By assigned member: whether, and where, an event of the batch has it. */
  readonly #present: readonly Projected[];
  readonly #out = new Batch(BATCH_ROWS, OUTPUT_BYTES * 2, kernel().buffers);
  /** Events so far. */
  #events = 0;

  constructor(options: MapOptions, context: OperatorContext, side?: BoundValue) {
    this.#options = options;
    this.#context = context;
    this.#rejected = new RejectedEvents(context);
    const { assignments } = options;
    this.#expressions = assignments.map(({ expression }) => expression);
    const numbers = new Map(assignments.map(({ name }, index) => [name, index]));
    this.#time = numbers.get(EVENT_TIME) ?? -1;
    this.#members = assignments.flatMap(({ name }, index) =>
      index === this.#time ? [] : [{ name, index, prefix: Buffer.from(`,${JSON.stringify(name)}:`) }],
    );
    const present = this.#members.map(({ name }) => parseExpression(`[${JSON.stringify(name)}]`));
    const bindings: BoundValue = (name, batch, row) => {
      const number = numbers.get(name);
      return number === undefined ? side!(name, batch, row) : (this.#values[number] ?? null);
    };
    const all = [...this.#expressions, ...present];
    this.#evaluator = new Evaluator(all, BATCH_ROWS, bindings, new Set(numbers.keys()));
    this.#present = present.map((_expression, n) => this.#evaluator.columnOf(assignments.length + n));
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

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    const { kind, rows } = batch;
    const out = this.#out;
    this.#evaluator.read(batch);
    for (let row = 0; row < rows; row++) {
      if (kind[row] === SKIPPED) continue;
      if (out.full || out.used > OUTPUT_BYTES) yield* this.#flush();
      if (kind[row] !== EVENT) {
        out.addRow(batch, row);
        continue;
      }
      this.#events++;
      const reason = this.#compute(row) ?? this.#setTime(batch, row);
      if (reason === undefined) this.#write(batch, row);
      else this.#rejected.add(batch, row, () => reason);
    }
    yield* this.#flush();
    yield this.#rejected.flush();
  }

  *#flush(): Generator<undefined | Promise<void>, void, void> {
    if (this.#out.rows === 0) return;
    yield this.#context.emit(MAIN, this.#out);
    this.#out.clear();
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
      const fields = this.#expressions.flatMap(({ fields: all }) => all.map(({ text }) => text));
      tellUnseen(this.#evaluator.projection, this.#events, this.#context, new Set(fields));
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    if (this.#time >= 0) refuseWindows(marker.header);
    const schema = this.#schema(marker.header);
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
    const to = this.#out.addRowWithoutMembers(batch, row);
    if (this.#options.only || this.#copies || this.#hasAny(row)) this.#rewrite(batch, row, to);
    else this.#append(batch, row, to);
  }

  /** Puts the values behind the members, of which none is called as they are. */
  #append(batch: Batch, row: number, to: number): void {
    const out = this.#out;
    const start = batch.start[row]!;
    const end = batch.end[row]!;
    let room = end - start + this.#scratch.length;
    for (const { prefix } of this.#members) room += prefix.length;
    out.reserve(room);
    const { bytes } = out;
    const first = out.used;
    let at = copySpan(bytes, first, batch.bytes, start, end);
    for (const { index, prefix } of this.#members) {
      at = copySpan(bytes, at, prefix, at === first ? 1 : 0, prefix.length);
      at = copySpan(bytes, at, this.#scratch.bytes, this.#starts[index]!, this.#ends[index]!);
    }
    out.start[to] = first;
    out.end[to] = out.used = at;
  }

  #rewrite(batch: Batch, row: number, to: number): void {
    const { only } = this.#options;
    const rewritten = this.#copied;
    rewritten.clear();
    if (!only) this.#rewritten.copy(batch, row, rewritten, this.#writeValue);
    for (let n = 0; n < this.#members.length; n++) {
      if (!only && this.#rewritten.written(n)) continue;
      const { index, prefix } = this.#members[n]!;
      rewritten.copy(prefix, rewritten.length === 0 ? 1 : 0, prefix.length);
      this.#copyValue(index, rewritten);
    }
    const out = this.#out;
    out.reserve(rewritten.length);
    out.start[to] = out.used;
    out.end[to] = out.used = copySpan(out.bytes, out.used, rewritten.bytes, 0, rewritten.length);
  }

  /** Whether the event has a member that is assigned. */
  #hasAny(row: number): boolean {
    for (const { type } of this.#present) if (type[row] !== ABSENT) return true;
    return false;
  }

  #copyValue(index: number, out: ByteWriter): void {
    out.copy(this.#scratch.bytes, this.#starts[index]!, this.#ends[index]!);
  }

  /** Checks all expressions. @throws TidemarkError `usage` */
  #schema(known: KnownEvents): Schema | undefined {
    const { assignments, bindings, only, drop, rename } = this.#options;
    const named = [...drop, ...rename.map(({ from }) => from)];
    const fields = named.map((name) => ({ text: name, steps: [name] }));
    const computed: [string, MemberSchema][] = [];
    const assign = ({ name, expression }: Assignment): void => {
      // Where it is wrong, those behind know nothing of it.
      bindings.set(name, ANY);
      const type = expression.check(known);
      if (name === EVENT_TIME) refuseOtherThanTime(expression.text, type);
      bindings.set(name, type);
      if (name !== EVENT_TIME) computed.push([name, { ...schemaOfType(type), required: true }]);
    };
    throwTogether([() => checkFields(known, fields), ...assignments.map((each) => () => assign(each))]);
    if (only) return { members: new Map(computed), closed: true };
    const { schema } = known;
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
}

const boundNames = (root: Node): string[] =>
  [...walk(root)].flatMap((node) => (node.kind === 'bound' ? [node.name] : []));
