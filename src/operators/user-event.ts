import { Buffer } from 'node:buffer';
import { escapedName } from '../formats/escape-metadata.ts';
import { MemberCursor } from '../formats/member-cursor.ts';
import { writtenNameStart } from '../formats/meta.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import { keptText, parsePlain, plainText } from '../json/plain-value.ts';
import { unescape } from '../json/string.ts';
import { type Batch, endOfWindow, GLOBAL, startOfWindow, UNMERGED } from '../stream/batch.ts';

/** An event as a function of a user's gets it: its members by name, as plain values. */
export type UserEvent = Record<string, unknown>;

/** What a result keeps of the event, or the timer, that it comes from. Times are epoch milliseconds. */
export interface Origin {
  readonly time: number;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly windowEvery: number;
  /** As in a batch. */
  readonly windowCount: number;
  /** The JSON of `@pane`; undefined: none. */
  readonly pane: Buffer | undefined;
  /** Line of the input; 0: from none. */
  readonly line: number;
}

/** The metadata of an event. @param window which of its windows it is taken to be in; undefined: all of them */
export function originOf(batch: Batch, row: number, window?: number): Origin {
  const paneEnd = batch.paneEnd[row]!;
  return {
    time: batch.time[row]!,
    windowStart: startOfWindow(batch, row, window ?? 0),
    windowEnd: endOfWindow(batch, row, window ?? 0),
    windowEvery: batch.windowEvery[row]!,
    windowCount: window === undefined ? batch.windowCount[row]! : 1,
    pane: paneEnd > 0 ? Buffer.from(batch.bytes.subarray(batch.paneStart[row]!, paneEnd)) : undefined,
    line: batch.line[row]!,
  };
}

/** The one window that an origin is in, ms; null: the global window, or several, or a session that is not merged. */
export const windowOf = ({ windowCount, windowStart, windowEnd }: Origin): UserWindow | null =>
  windowCount === 1 ? { start: windowStart, end: windowEnd } : null;

/** `[start, end)`, epoch milliseconds. */
export interface UserWindow {
  readonly start: number;
  readonly end: number;
}

/** Appends an event with the metadata of its origin, and members that are to be in the batch's bytes. */
export function addResult(out: Batch, origin: Origin, time: number, start: number, end: number): void {
  const row = out.addEvent(time, start, end, origin.line);
  out.windowCount[row] = origin.windowCount;
  if (origin.windowCount !== GLOBAL) {
    out.windowStart[row] = origin.windowCount === UNMERGED ? time : origin.windowStart;
    out.windowEnd[row] = origin.windowEnd;
    out.windowEvery[row] = origin.windowEvery;
  }
  const { pane } = origin;
  if (pane === undefined) return;
  out.reserve(pane.length);
  out.paneStart[row] = out.used;
  out.used += pane.copy(out.bytes, out.used);
  out.paneEnd[row] = out.used;
}

const cursor = new MemberCursor();

/**
 * One event of a batch as a plain value, and what is needed to find out which of its members a function has left as they
 * were: those are written with the bytes that they came with. Valid as long as the batch.
 */
export class EventView {
  readonly event: UserEvent;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #end: number;
  /** What the members were, in the order of the event's own keys. */
  readonly #names: readonly string[];
  readonly #values: readonly unknown[];
  /**
   * Of each of these members, where it begins, its value, and the end of that. Where the order of the keys is not that of
   * the bytes they are sought when they are wanted.
   */
  #spans: readonly number[] | undefined;
  /** Whether the order of the keys is that of the bytes. */
  readonly #inOrder: boolean;

  /** @throws TidemarkError `failed` when the members are not JSON */
  constructor(batch: Batch, row: number) {
    const { bytes } = batch;
    this.#bytes = bytes;
    this.#start = batch.start[row]!;
    this.#end = batch.end[row]!;
    const spans: number[] = [];
    let usual = true;
    let small = true;
    cursor.begin(bytes, this.#start, this.#end, batch.line[row]!);
    while (cursor.next()) {
      const first = bytes[cursor.nameStart]!;
      // Whole numbers come first among the keys of an object, and names that look like metadata have an @ more here.
      if (first === AT || first === BACKSLASH || (first >= DIGIT_0 && first <= DIGIT_9)) usual = false;
      // Only a number, or what may hold one, can be an integer past 2^53.
      if (cursor.valueEnd - cursor.valueStart >= BIG_DIGITS && bytes[cursor.valueStart] !== QUOTE)
        small = false;
      spans.push(cursor.nameStart - 1, cursor.valueStart, cursor.valueEnd);
    }
    const text = `{${bytes.toString('utf8', this.#start, this.#end)}}`;
    let event = (small ? JSON.parse(text) : parsePlain(text)) as UserEvent;
    let names = Object.keys(event);
    this.#inOrder = usual && names.length * 3 === spans.length;
    if (this.#inOrder) this.#spans = spans;
    else {
      event = this.#parseEach();
      names = Object.keys(event);
    }
    this.event = event;
    this.#names = names;
    this.#values = Object.values(event);
  }

  /** Where the members stand in the batch, as they came. */
  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Whether a result is this event with all that it had, and nothing else: then its bytes are as they came. */
  isUntouched(result: UserEvent): boolean {
    // A copy has the order of its keys, which may not be that of the bytes.
    if (result !== this.event && !this.#inOrder) return false;
    const names = Object.keys(result);
    if (names.length !== this.#names.length) return false;
    for (let i = 0; i < names.length; i++) {
      if (names[i] !== this.#names[i] || !this.#isKept(i, result[names[i]!])) return false;
    }
    return true;
  }

  /**
   * Writes the members of a result: those that are what they were as they came.
   * @throws TidemarkError `failed` for what has no JSON
   */
  write(result: UserEvent, out: ByteWriter): void {
    const names = Object.keys(result);
    let first = true;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const value = result[name];
      if (value === undefined) continue;
      if (!first) out.byte(COMMA);
      first = false;
      const index = this.#names[i] === name ? i : this.#names.indexOf(name);
      if (index >= 0 && this.#isKept(index, value)) {
        const spans = this.#allSpans();
        out.copy(this.#bytes, spans[index * 3]!, spans[index * 3 + 2]!);
      } else writeMember(name, value, out);
    }
  }

  /** Whether the member is what it was. */
  #isKept(index: number, value: unknown): boolean {
    const before = this.#values[index];
    if (typeof value !== 'object' || value === null) return Object.is(value, before);
    if (typeof before !== 'object' || before === null) return false;
    // It may have been changed inside, and is then the same object.
    const spans = this.#allSpans();
    const came = this.#bytes.toString('utf8', spans[index * 3 + 1]!, spans[index * 3 + 2]!);
    const text = keptText(value);
    return text === came || text === keptText(parsePlain(came));
  }

  #allSpans(): readonly number[] {
    if (this.#spans !== undefined) return this.#spans;
    const byName = this.#spansByName();
    const spans = this.#names.flatMap((name) => byName.get(name)!);
    this.#spans = spans;
    return spans;
  }

  /** Of duplicate members the first counts. */
  #spansByName(): Map<string, readonly [start: number, value: number, end: number]> {
    const spans = new Map<string, readonly [number, number, number]>();
    const bytes = this.#bytes;
    cursor.begin(bytes, this.#start, this.#end, 0);
    while (cursor.next()) {
      const name = userName(bytes, cursor.nameStart, cursor.nameEnd);
      if (!spans.has(name)) spans.set(name, [cursor.nameStart - 1, cursor.valueStart, cursor.valueEnd]);
    }
    return spans;
  }

  #parseEach(): UserEvent {
    const event: UserEvent = {};
    for (const [name, [, value, end]] of this.#spansByName())
      define(event, name, parsePlain(this.#bytes.toString('utf8', value, end)));
    return event;
  }
}

/** An event as a plain value, without what it takes to see what of it was left alone: `bytes[start, end)` are its members. */
export function plainEvent(bytes: Buffer, start: number, end: number): UserEvent {
  const event: UserEvent = {};
  cursor.begin(bytes, start, end, 0);
  while (cursor.next()) {
    const name = userName(bytes, cursor.nameStart, cursor.nameEnd);
    // Of duplicate members the first counts.
    if (!Object.hasOwn(event, name))
      define(event, name, parsePlain(bytes.toString('utf8', cursor.valueStart, cursor.valueEnd)));
  }
  return event;
}

/** Writes the members of an event that comes from no other. @throws TidemarkError `failed` for what has no JSON */
export function writeMembers(event: UserEvent, out: ByteWriter): void {
  let first = true;
  for (const [name, value] of Object.entries(event)) {
    if (value === undefined) continue;
    if (!first) out.byte(COMMA);
    first = false;
    writeMember(name, value, out);
  }
}

function writeMember(name: string, value: unknown, out: ByteWriter): void {
  out.utf8(nameText(name));
  out.utf8(memberText(name, value));
}

/** Names of members as they are written, with the colon: there are few. */
const nameTexts = new Map<string, string>();
const MOST_NAMES = 10_000;

function nameText(name: string): string {
  let text = nameTexts.get(name);
  if (text === undefined) {
    text = `${escapedName(name)}:`;
    if (nameTexts.size >= MOST_NAMES) nameTexts.clear();
    nameTexts.set(name, text);
  }
  return text;
}

/** The JSON of a member; what is wrong is told of it. */
const memberText = (name: string, value: unknown): string => {
  const type = typeof value;
  if (type === 'string' || type === 'boolean') return JSON.stringify(value);
  if (type === 'number' && Number.isFinite(value)) return String(value);
  return plainText({ [name]: value }).slice(JSON.stringify(name).length + 2, -1);
};

/** The name of a member as the user knows it: without the @ that the source has added. */
function userName(bytes: Buffer, start: number, end: number): string {
  return unescape(bytes, writtenNameStart(bytes, start, end), end);
}

/** An assignment to `__proto__` would not make a member. */
function define(event: UserEvent, name: string, value: unknown): void {
  Object.defineProperty(event, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Digits of the least integer that is no number of JavaScript's, 2^53. */
const BIG_DIGITS = 16;
const QUOTE = 0x22;
const AT = 0x40;
const BACKSLASH = 0x5c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COMMA = 0x2c;
