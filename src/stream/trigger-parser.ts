import { errorAt, TidemarkError } from '../errors.ts';
import { parseDuration } from '../time/duration.ts';
import type { Trigger } from './firing.ts';
import { hasWatermark, isTooLarge } from './firing-rules.ts';
import { TRIGGER_USAGE, TRIGGER_WORDS, usage } from './trigger-usage.ts';
import { positiveCount, positiveDuration } from './trigger-values.ts';
import { foreignTrigger } from './trigger-words.ts';

/** The word that was probably meant by another; undefined: none is near. */
export type MeantWord = (word: string, words: readonly string[]) => string | undefined;

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
    if (this.#kind === 'end')
      throw this.#error('a trigger is missing', `as in ${TRIGGER_USAGE['after-watermark']}`);
    const trigger = this.#trigger();
    if (this.#token !== '') throw this.#left();
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
    const kind = TRIGGER_WORDS.find((each) => each === word);
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
    this.#close(open, true);
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
    this.#close(open, kind !== 'repeat');
    return triggers;
  }

  /** @param several whether a comma might stand there */
  #close(open: number, several = false): void {
    if (this.#kind === 'end') throw this.#error("'(' without its ')'", 'close it', open);
    if (!this.#isSign(')')) throw this.#unclosed(open, several);
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
    const meant = foreign === undefined ? this.#meant(word.replaceAll('_', '-'), TRIGGER_WORDS) : undefined;
    const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    if (LABELS.includes(word))
      return this.#error(`${word} stands in after-watermark(…)`, usage('after-watermark'));
    return this.#error(`'${word}' is no trigger${guess}`, foreign ?? `one of ${TRIGGER_WORDS.join(', ')}`);
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
    const isTrigger = TRIGGER_WORDS.some((word) => word === this.#token);
    const meant = isTrigger ? undefined : this.#meant(this.#token, LABELS);
    const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    return this.#error(
      `'${this.#token}' is nothing of after-watermark${guess}`,
      foreignTrigger(this.#token) ?? 'name when it fires: after-watermark(early: …, late: …)',
    );
  }

  /** What stands behind a whole trigger. */
  #left(): TidemarkError {
    if (this.#isSign(')')) return this.#error("')' closes nothing", "leave it out, or open it: '('");
    if (this.#isSign(',') || this.#isTrigger())
      return this.#error(
        this.#isSign(',')
          ? "',' stands between triggers of any(…), all(…) or each-of(…)"
          : `two triggers stand side by side: '${this.#token}' is the second`,
        'write any(…, …) for the first of several, all(…, …) for all of them',
      );
    return this.#unexpected();
  }

  /** What stands where brackets are to be closed, or go on. */
  #unclosed(open: number, several: boolean): TidemarkError {
    if (!this.#isTrigger() && !LABELS.includes(this.#token)) return this.#unexpected();
    const closing = `')' for the '(' at character ${open + 1}`;
    return this.#error(
      `${several ? "',' or ')'" : "')'"} is missing before '${this.#token}'`,
      several ? `put ',' between them, or ${closing}` : `put ${closing}`,
    );
  }

  #isTrigger(): boolean {
    return (
      this.#kind === 'word' && TRIGGER_WORDS.some((word) => word === this.#token && word !== 'or-finally')
    );
  }

  #unexpected(hint?: string): TidemarkError {
    if (this.#token === ';') return this.#error("';' is not expected here", "write ','");
    const behind = this.#token === '=' ? usage('after-watermark') : foreignTrigger(this.#token);
    // Of all words only this one can stand behind a trigger.
    const asked = behind === undefined && this.#kind === 'word';
    const meant = asked ? this.#meant(this.#token.replaceAll('_', '-'), ['or-finally']) : undefined;
    if (meant !== undefined)
      return this.#error(
        `'${this.#token}' is not expected here (did you mean ${meant}?)`,
        usage('or-finally'),
      );
    return this.#error(`'${this.#token}' is not expected here`, behind ?? hint);
  }
}
