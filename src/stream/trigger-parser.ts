import { errorAt, TidemarkError, usageError } from '../errors.ts';
import { parseDuration } from '../time/duration.ts';
import type { Trigger } from './firing.ts';
import { hasWatermark, isTooLarge } from './firing-rules.ts';
import { foreignTrigger } from './trigger-words.ts';

/** The word that was probably meant by another; undefined: none is near. */
export type MeantWord = (word: string, words: readonly string[]) => string | undefined;

/** How the words are used: shown where one is not understood. */
const USAGE: Readonly<Record<Trigger['kind'], string>> = {
  'after-watermark': 'after-watermark(early: every(10s), late: each)',
  every: 'every(10s)',
  delay: 'delay(5s)',
  count: 'count(100)',
  each: 'each',
  repeat: 'repeat(count(100))',
  any: 'any(count(100), delay(5s))',
  all: 'all(count(100), delay(5s))',
  'each-of': 'each-of(count(1), repeat(count(100)))',
  'or-finally': 'repeat(count(100)) or-finally after-watermark',
  never: 'never',
};
const WORDS = Object.keys(USAGE) as readonly Trigger['kind'][];
const LABELS = ['early', 'late'];

/** A word, a value, a sign: `after-watermark`, `10s`, `(`. */
const TOKEN = /\s*(?:([\p{L}_][\p{L}\p{N}_.-]*)|([\p{N}.+-][\p{L}\p{N}.]*)|(&&|\|\||\S)|$)/uy;
/** Deeper ones are nobody's. */
const MAX_DEPTH = 50;

/**
 * Reads a trigger: `count(100)`, `repeat(any(count(100), delay(5s))) or-finally after-watermark`. `count 100` is `count(100)`,
 * `each()` is `each`, and `or-finally(a, b)` is `a or-finally b`.
 * @param meant looks for the word that was meant by one that is none
 * @throws TidemarkError `usage` with the place
 */
export function parseTrigger(text: string, meant: MeantWord = () => undefined): Trigger {
  return new TriggerParser(text, meant).whole();
}

type TokenKind = 'word' | 'value' | 'sign' | 'end';

class TriggerParser {
  readonly #text: string;
  readonly #meant: MeantWord;
  /** Where the token that is looked at begins and ends. */
  #at = 0;
  #end = 0;
  /** The token itself; empty at the end of the text. */
  #token = '';
  #kind: TokenKind = 'end';
  #depth = 0;

  constructor(text: string, meant: MeantWord) {
    this.#text = text;
    this.#meant = meant;
    this.#next();
  }

  whole(): Trigger {
    if (this.#kind === 'end') throw this.#error('a trigger is missing', `as in ${USAGE['after-watermark']}`);
    const trigger = this.#trigger();
    if (this.#token !== '') throw this.#unexpected();
    if (isTooLarge(trigger))
      throw this.#error('the trigger has too many parts', 'repeat(repeat(…)) is repeat(…)', 0);
    return trigger;
  }

  #next(): void {
    TOKEN.lastIndex = this.#end;
    const [all = '', word, value, sign] = TOKEN.exec(this.#text)!;
    this.#token = word ?? value ?? sign ?? '';
    this.#kind =
      word !== undefined ? 'word' : value !== undefined ? 'value' : sign !== undefined ? 'sign' : 'end';
    this.#at = this.#end + all.length - this.#token.length;
    this.#end += all.length;
  }

  /** A trigger, and what finishes it. */
  #trigger(): Trigger {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`triggers are nested deeper than ${MAX_DEPTH}`);
    let trigger = this.#single();
    while (this.#token === 'or-finally') {
      this.#next();
      trigger = { kind: 'or-finally', of: trigger, until: this.#single() };
    }
    this.#depth--;
    return trigger;
  }

  #single(): Trigger {
    if (this.#isSign('(')) {
      const open = this.#at;
      this.#next();
      const trigger = this.#trigger();
      this.#close(open);
      return trigger;
    }
    if (this.#kind !== 'word') throw this.#missing();
    const [word, at] = [this.#token, this.#at];
    const kind = WORDS.find((each) => each === word);
    if (kind === undefined) throw this.#unknown();
    this.#next();
    switch (kind) {
      case 'each':
      case 'never':
        this.#empty(kind);
        return { kind };
      case 'every':
        return { kind, period: this.#value(kind, positiveDuration) };
      case 'delay':
        return { kind, delay: this.#value(kind, parseDuration) };
      case 'count':
        return { kind, count: this.#value(kind, positiveCount) };
      case 'after-watermark':
        return { kind, ...this.#labelled() };
      case 'repeat':
        return { kind, of: this.#list(kind, 1)[0]! };
      case 'or-finally': {
        // Without what it finishes before it.
        if (!this.#isSign('(')) throw this.#error('a trigger is missing before or-finally', usage(kind), at);
        const [of, until] = this.#list(kind, 2);
        return { kind, of: of!, until: until! };
      }
      case 'any':
      case 'all':
      case 'each-of':
        return { kind, of: this.#list(kind) };
    }
  }

  /** `()` or nothing. */
  #empty(kind: Trigger['kind']): void {
    if (!this.#isSign('(')) return;
    const open = this.#at;
    this.#next();
    if (!this.#isSign(')'))
      throw this.#error(
        `${kind} takes nothing`,
        kind === 'each' ? 'each(…) of several is each-of(…)' : undefined,
      );
    this.#close(open);
  }

  /** `(100)`, or `100` behind a space. */
  #value(kind: Trigger['kind'], parse: (text: string) => number): number {
    const open = this.#isSign('(') ? this.#at : undefined;
    if (open !== undefined) this.#next();
    if (this.#kind === 'end' || this.#isSign(')'))
      throw this.#error(`the value of ${kind} is missing`, usage(kind));
    // A duration in ISO 8601 begins with a letter.
    if (this.#kind === 'sign') throw this.#unexpected(usage(kind));
    const value = this.#parsed(kind, parse);
    this.#next();
    if (open !== undefined) this.#close(open);
    return value;
  }

  #parsed(kind: Trigger['kind'], parse: (text: string) => number): number {
    try {
      return parse(this.#token);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      throw this.#error(`${kind}: ${error.message}`, error.hint);
    }
  }

  /** `(early: …, late: …)`, both of which may be left out. */
  #labelled(): { early?: Trigger; late?: Trigger } {
    const given: { early?: Trigger; late?: Trigger } = {};
    if (!this.#isSign('(')) return given;
    const open = this.#at;
    this.#next();
    while (!this.#isSign(')')) {
      const label = LABELS.find((each) => each === this.#token) as 'early' | 'late' | undefined;
      if (label === undefined) throw this.#noLabel();
      if (given[label] !== undefined) throw this.#error(`${label} is given twice`);
      this.#next();
      if (!this.#isSign(':')) throw this.#error(`':' is missing behind ${label}`, usage('after-watermark'));
      this.#next();
      const at = this.#at;
      const trigger = this.#trigger();
      if (hasWatermark(trigger))
        throw this.#error(
          `after-watermark stands in ${label}, where it has nothing to wait for`,
          'write what fires again and again there: every(10s), count(100), each',
          at,
        );
      given[label] = trigger;
      if (!this.#isSign(',')) break;
      this.#next();
    }
    this.#close(open);
    return given;
  }

  /** `(…, …)`: so many triggers; undefined: one or more. */
  #list(kind: Trigger['kind'], count?: number): Trigger[] {
    if (!this.#isSign('(')) throw this.#error(`'(' is missing behind ${kind}`, usage(kind));
    const open = this.#at;
    const triggers: Trigger[] = [];
    do {
      this.#next();
      if (triggers.length === count)
        throw this.#error(
          `${kind} takes ${count === 1 ? 'one trigger' : 'two triggers'}`,
          count === 1 ? 'write repeat(any(…, …)) for the first of several' : usage(kind),
        );
      if (this.#isSign(')')) throw this.#error(`a trigger is missing in ${kind}(…)`, usage(kind));
      triggers.push(this.#trigger());
    } while (this.#isSign(','));
    if (count !== undefined && triggers.length < count)
      throw this.#error(`${kind}(…) takes two triggers`, usage(kind));
    this.#close(open);
    return triggers;
  }

  #close(open: number): void {
    if (this.#kind === 'end') throw this.#error("'(' without its ')'", 'close it', open);
    if (!this.#isSign(')')) throw this.#unexpected();
    this.#next();
  }

  #isSign(sign: string): boolean {
    return this.#kind === 'sign' && this.#token === sign;
  }

  #error(message: string, hint?: string, at = this.#at): TidemarkError {
    return errorAt(this.#text, at, message, hint);
  }

  #unknown(): TidemarkError {
    const word = this.#token;
    const foreign = foreignTrigger(word);
    const meant = foreign === undefined ? this.#meant(word.replaceAll('_', '-'), WORDS) : undefined;
    const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    if (LABELS.includes(word))
      return this.#error(`${word} stands in after-watermark(…)`, usage('after-watermark'));
    return this.#error(`'${word}' is no trigger${guess}`, foreign ?? `one of ${WORDS.join(', ')}`);
  }

  #missing(): TidemarkError {
    if (this.#kind === 'end') return this.#error('a trigger is missing at the end');
    if (this.#kind === 'value' && /^[0-9]+$/.test(this.#token))
      return this.#error(`'${this.#token}' is no trigger`, `write count(${this.#token})`);
    if (this.#kind === 'value')
      return this.#error(
        `'${this.#token}' is no trigger`,
        `write every(${this.#token}) or delay(${this.#token})`,
      );
    return this.#unexpected();
  }

  #noLabel(): TidemarkError {
    if (this.#kind !== 'word') return this.#missing();
    const isTrigger = WORDS.some((word) => word === this.#token);
    const meant = isTrigger ? undefined : this.#meant(this.#token, LABELS);
    const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    return this.#error(
      `'${this.#token}' is nothing of after-watermark${guess}`,
      foreignTrigger(this.#token) ?? 'name when it fires: after-watermark(early: …, late: …)',
    );
  }

  #unexpected(hint?: string): TidemarkError {
    const behind = this.#token === '=' ? usage('after-watermark') : foreignTrigger(this.#token);
    return this.#error(`'${this.#token}' is not expected here`, behind ?? hint);
  }
}

const usage = (kind: Trigger['kind']): string => `write ${USAGE[kind]}`;

function positiveDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === 0) throw usageError('it must be longer than 0', 'each fires at each event');
  return duration;
}

function positiveCount(text: string): number {
  const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 1) throw usageError(`'${text}' is no whole number from 1 on`);
  return count;
}
