import { usageError } from '../errors.ts';
import { findOutside } from '../expressions/call.ts';
import { type Operand, parseOperand } from '../expressions/operand.ts';
import { unescape } from '../json/string.ts';
import type { Batch } from '../stream/batch.ts';
import { ABSENT, ARRAY, NULL, OBJECT, type Projected, STRING } from '../stream/projection.ts';

/** A URL with values of the event in it: text, value, text, value … text. */
export interface UrlTemplate {
  /** As it was written. */
  readonly text: string;
  readonly texts: readonly string[];
  readonly operands: readonly Operand[];
}

const SYNTAX =
  'fields, or what is computed of them, stand in braces: https://api.example.com/users/{user.id}?full={full}';

/**
 * Reads a template: `https://api.example.com/users/{user.id}`. Fields may stand behind the host only, so that no
 * event decides whom to ask.
 * @throws TidemarkError `usage`
 */
export function parseUrlTemplate(text: string): UrlTemplate {
  const { texts, inside } = splitBraces(text);
  if (!URL.canParse(texts.join('x')) || !/^https?:\/\/[^/?#]/i.test(text)) {
    throw usageError(`'${text}' is no URL of http or https`, SYNTAX);
  }
  const { username, password } = new URL(texts.join('x'));
  if (username !== '' || password !== '')
    throw usageError('the URL has a user name in it', "--header 'Authorization: Basic …' sends credentials");
  if (inside.length > 0 && !/^https?:\/\/[^/?#]+[/?]/i.test(texts[0]!))
    throw usageError('a field stands in the host of the URL', SYNTAX);
  return { text, texts, operands: inside.map(parseOperand) };
}

/** What stands outside of braces, and what inside: `a{b}c` is a, c and b. @throws TidemarkError `usage` */
function splitBraces(text: string): { texts: string[]; inside: string[] } {
  const texts: string[] = [];
  const inside: string[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('{', from);
    const end = open < 0 ? text.length : open;
    const part = text.slice(from, end);
    // Braces and commas in quotes and brackets belong to what is computed.
    const close = open < 0 ? 0 : findOutside(text, open + 1, (character) => character === '}');
    if (part.includes('}') || close < 0) throw usageError(`a brace has no partner in '${text}'`, SYNTAX);
    texts.push(part);
    if (open < 0) return { texts, inside };
    inside.push(text.slice(open + 1, close));
    from = close + 1;
  }
}

/** A path that leads elsewhere when it is resolved (RFC 3986, section 5.2.4). */
const DOT_SEGMENT = /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/** Writes the URL for an event. */
export class UrlWriter {
  /** Why there is no URL for the event read last. */
  refusal = '';
  readonly #template: UrlTemplate;
  readonly #columns: readonly Projected[];

  /** @param columns those of the template's operands */
  constructor(template: UrlTemplate, columns: readonly Projected[]) {
    this.#template = template;
    this.#columns = columns;
  }

  /**
   * The URL, each value percent-encoded: a string's text, the spelling of a number, true, false. undefined, and
   * `refusal`, for an event without one: a field is missing, null, a list or an object; a value would change
   * the path, being empty, `.` or `..`.
   */
  write(batch: Batch, row: number): string | undefined {
    const { texts, operands } = this.#template;
    let url = texts[0]!;
    for (let i = 0; i < operands.length; i++) {
      const value = this.#valueOf(batch, row, i);
      if (value === undefined) return undefined;
      if (value === '' && !url.includes('?')) return this.#refuse(`${operands[i]!.text} is empty`);
      url += value + texts[i + 1]!;
    }
    return operands.length > 0 && DOT_SEGMENT.test(url)
      ? this.#refuse('the path would have . or .. in it')
      : url;
  }

  #valueOf(batch: Batch, row: number, index: number): string | undefined {
    const { type, start, end } = this.#columns[index]!;
    const { text } = this.#template.operands[index]!;
    switch (type[row]) {
      case ABSENT:
      case NULL:
        return this.#refuse(`no ${text}`);
      case ARRAY:
        return this.#refuse(`${text} is a list`);
      case OBJECT:
        return this.#refuse(`${text} is an object`);
      case STRING:
        try {
          return encodeURIComponent(unescape(batch.bytes, start[row]! + 1, end[row]! - 1));
        } catch {
          return this.#refuse(`${text} is no Unicode text: it has a lone surrogate`);
        }
      default:
        return encodeURIComponent(batch.bytes.toString('latin1', start[row]!, end[row]!));
    }
  }

  #refuse(why: string): undefined {
    this.refusal = why;
    return undefined;
  }
}
