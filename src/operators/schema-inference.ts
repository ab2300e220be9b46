import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { MemberCursor } from '../formats/member-cursor.ts';
import { withoutEscape } from '../formats/meta.ts';
import { isInteger } from '../json/number.ts';
import { skipSpace, stringEnd, valueEnd } from '../json/scan.ts';
import { unescape } from '../json/string.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import {
  type MemberSchema,
  type Schema,
  TYPE_ANY,
  TYPE_BOOLEAN,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
  type ValueSchema,
} from '../stream/schema.ts';
import { readInstant } from '../time/instant.ts';
import type { Operator, OperatorContext, Work } from './operator.ts';

/** An object with more names than this is a table of its own making: its names are data. */
const MOST_NAMES = 1000;
/** Names in all that are remembered. */
const MOST_NAMES_IN_ALL = 20_000;
/** Objects and lists inside of each other that are looked into. */
const DEEPEST = 32;

export interface InferenceOptions {
  /** What was not seen is refused by the schema. */
  readonly closed: boolean;
  /** The stream was made by commands: what its header says of events counts, where it says anything. */
  readonly trustsHeader: boolean;
}

/** Finds out what events have in common. Memory is bounded: objects of very many names are told, and not listed. */
export class SchemaInference implements Operator {
  readonly #options: InferenceOptions;
  readonly #context: OperatorContext;
  readonly #cursor = new MemberCursor();
  readonly #budget: Budget = { names: MOST_NAMES_IN_ALL };
  readonly #root = new SeenObject('');
  /** What the header of the stream says; undefined: events are looked at. */
  #known: Schema | undefined;

  constructor(options: InferenceOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
  }

  onBatch(_input: number, batch: Batch): Work {
    if (this.#known !== undefined) return undefined;
    const cursor = this.#cursor;
    const root = this.#root;
    const { bytes, kind, rows } = batch;
    for (let row = 0; row < rows; row++) {
      if (kind[row] !== EVENT) continue;
      cursor.begin(bytes, batch.start[row]!, batch.end[row]!, batch.line[row]!);
      root.begin();
      for (;;) {
        let member = root.expected;
        // Members mostly come in one order.
        if (member === undefined || !cursor.nextIs(member.written)) {
          if (!cursor.next()) break;
          member = root.member(unescape(bytes, cursor.nameStart, cursor.nameEnd), this.#budget);
          if (root.seen === 1 && member?.name === '@@stream') throw storedStream();
        }
        if (member !== undefined && root.has(member))
          member.value.see(bytes, cursor.valueStart, cursor.valueEnd, this.#budget, 1);
      }
    }
    return undefined;
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'stream' && this.#options.trustsHeader) this.#known ??= marker.header.schema;
    return undefined;
  }

  /** What is known when all was seen. Names are those of records, before a source escapes any. */
  schema(): Schema {
    const found = this.#known ?? this.#root.schema(this.#options.closed);
    for (const path of this.#root.crowded()) this.#tellCrowded(path);
    if (this.#known === undefined && this.#root.seen === 0)
      this.#context.notice(
        `no record was read: the schema ${this.#options.closed ? 'refuses every member' : 'says nothing of any'}`,
      );
    return {
      members: new Map([...found.members].map(([name, member]) => [withoutEscape(name), member])),
      closed: found.closed,
    };
  }

  #tellCrowded(path: string): void {
    const whose = path === '' ? 'events have' : `${path} has`;
    this.#context.notice(`${whose} more different members than a schema can list: they are left out of it`);
  }
}

/** How much may still be remembered. */
interface Budget {
  names: number;
}

/** What was seen of one object: of all that stood in one place. */
class SeenObject {
  /** How many there were. */
  seen = 0;
  readonly #path: string;
  readonly #members = new Map<string, SeenMember>();
  readonly #order: SeenMember[] = [];
  /** The member that is to come, if the order is that of before. */
  #next = 0;
  /** There are too many names: none is remembered any more. */
  #crowded = false;

  constructor(path: string) {
    this.#path = path;
  }

  begin(): void {
    this.seen++;
    this.#next = 0;
  }

  get expected(): SeenMember | undefined {
    return this.#order[this.#next];
  }

  /** The member of this name; undefined: there are too many. */
  member(name: string, budget: Budget): SeenMember | undefined {
    const known = this.#members.get(name);
    if (known !== undefined || this.#crowded) return known;
    if (this.#order.length >= MOST_NAMES || budget.names === 0) {
      this.#forget(budget);
      return undefined;
    }
    budget.names--;
    const path = this.#path === '' ? name : `${this.#path}.${name}`;
    const written = Buffer.from(`${JSON.stringify(name)}:`);
    const member = { name, index: this.#order.length, written, seen: 0, last: 0, value: new SeenValue(path) };
    this.#members.set(name, member);
    this.#order.push(member);
    return member;
  }

  /** Counts a member of the object at hand; false: a duplicate, which does not count. */
  has(member: SeenMember): boolean {
    this.#next = member.index + 1;
    if (member.last === this.seen) return false;
    member.last = this.seen;
    member.seen++;
    return true;
  }

  #forget(budget: Budget): void {
    budget.names += this.#order.length;
    this.#crowded = true;
    this.#members.clear();
    this.#order.length = 0;
  }

  schema(closed: boolean): Schema {
    const members = this.#order.map(({ name, seen, value }): [string, MemberSchema] => [
      name,
      { ...value.schema(closed), required: seen === this.seen },
    ]);
    return { members: new Map(members), closed: closed && !this.#crowded };
  }

  /** Where there are too many names. */
  crowded(): string[] {
    return [...(this.#crowded ? [this.#path] : []), ...this.#order.flatMap(({ value }) => value.crowded())];
  }
}

interface SeenMember {
  readonly name: string;
  /** In the order in which members came up. */
  readonly index: number;
  /** How it begins in most events. */
  readonly written: Uint8Array;
  /** Objects that have it, and the last of them. */
  seen: number;
  last: number;
  readonly value: SeenValue;
}

/** What was seen of the values in one place. */
class SeenValue {
  readonly #path: string;
  #types = 0;
  /** Whether all texts so far were instants. */
  #instants = true;
  #object: SeenObject | undefined;
  #items: SeenValue | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  see(bytes: Buffer, start: number, end: number, budget: Budget, depth: number): void {
    const first = bytes[start]!;
    if (first === QUOTE) {
      this.#types |= TYPE_STRING;
      if (this.#instants) this.#instants = isDateTime(bytes, start + 1, end - 1);
    } else if (first === OPEN_OBJECT) {
      this.#types |= TYPE_OBJECT;
      if (depth < DEEPEST) this.#seeObject(bytes, start, end, budget, depth);
    } else if (first === OPEN_LIST) {
      this.#types |= TYPE_LIST;
      if (depth < DEEPEST) this.#seeList(bytes, start, end, budget, depth);
    } else if (first === NULL_START) this.#types |= TYPE_NULL;
    else if (first === TRUE_START || first === FALSE_START) this.#types |= TYPE_BOOLEAN;
    else this.#types |= isInteger(bytes, start, end) ? TYPE_INTEGER : TYPE_FRACTION;
  }

  #seeObject(bytes: Buffer, start: number, end: number, budget: Budget, depth: number): void {
    this.#object ??= new SeenObject(this.#path);
    const object = this.#object;
    object.begin();
    for (let at = skipSpace(bytes, start + 1, end); bytes[at] === QUOTE; ) {
      const nameEnd = stringEnd(bytes, at + 1, end);
      const member = object.member(unescape(bytes, at + 1, nameEnd - 1), budget);
      const value = skipSpace(bytes, skipSpace(bytes, nameEnd, end) + 1, end);
      const behind = valueEnd(bytes, value, end);
      if (member !== undefined && object.has(member))
        member.value.see(bytes, value, behind, budget, depth + 1);
      at = behindComma(bytes, behind, end);
    }
  }

  #seeList(bytes: Buffer, start: number, end: number, budget: Budget, depth: number): void {
    for (let at = skipSpace(bytes, start + 1, end); bytes[at] !== CLOSE_LIST; ) {
      this.#items ??= new SeenValue(`${this.#path}[]`);
      const behind = valueEnd(bytes, at, end);
      this.#items.see(bytes, at, behind, budget, depth + 1);
      at = behindComma(bytes, behind, end);
    }
  }

  schema(closed: boolean): ValueSchema {
    // Of what was never there but null nothing is known; a number that may have a fraction may have none.
    const types = this.#types === TYPE_NULL ? TYPE_ANY : this.#types;
    const object = this.#object?.schema(closed);
    return {
      types: (types & TYPE_FRACTION) === 0 ? types : types | TYPE_INTEGER,
      ...(this.#items === undefined ? {} : { items: this.#items.schema(closed) }),
      ...(object === undefined ? {} : { members: object }),
      ...((types & TYPE_STRING) !== 0 && types !== TYPE_ANY && this.#instants ? { format: 'date-time' } : {}),
    };
  }

  crowded(): string[] {
    return [...(this.#object?.crowded() ?? []), ...(this.#items?.crowded() ?? [])];
  }
}

/** RFC 3339 as JSON Schema has it: a `T` between date and time. */
const isDateTime = (bytes: Buffer, start: number, end: number): boolean =>
  (bytes[start + 10]! | 0x20) === LOWER_T && !Number.isNaN(readInstant(bytes, start, end));

function behindComma(bytes: Buffer, from: number, end: number): number {
  const at = skipSpace(bytes, from, end);
  return bytes[at] === COMMA ? skipSpace(bytes, at + 1, end) : at;
}

const storedStream = (): Error =>
  usageError('these are no records: it is a stream of tidemark', 'read it as one: --format stream');

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const FALSE_START = 0x66;
const NULL_START = 0x6e;
const TRUE_START = 0x74;
const LOWER_T = 0x74;
const OPEN_OBJECT = 0x7b;
