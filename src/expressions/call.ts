import { errorAt, TidemarkError } from '../errors.ts';

/** A piece of an argument of the command line, without the space around it, and where it begins. */
export interface Piece {
  readonly text: string;
  /** Index in the argument. */
  readonly at: number;
}

/** `name = callee(argument, argument)`, taken apart but not understood. */
export interface Call {
  /** What stands before the `=`, undefined without one. */
  readonly name: Piece | undefined;
  readonly callee: Piece;
  /** Undefined without parentheses. */
  readonly args: readonly Piece[] | undefined;
}

const OPENING = '([{';
const CLOSING = ')]}';

/** What `errorAt` says of the place, which is not told twice: an expression is quoted by itself. */
const PLACE = /, at character \d+ of '/;

/** Runs a parser of a piece; what it throws as wrong usage is told with the place. */
export function placed<T>(argument: string, at: number, parse: () => T, hint?: string): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage' && !PLACE.test(error.message))
      throw errorAt(argument, at, error.message, hint ?? error.hint);
    throw error;
  }
}

/**
 * Takes `NAME = CALLEE(ARG, …)`, `CALLEE(ARG, …)` or `CALLEE` apart. Quotes (either kind) and brackets hide
 * commas and the `=` of a name; a quote that is not closed is a letter.
 * @param end where it ends, before what else the argument has
 * @throws TidemarkError `usage` with the place
 */
export function parseCall(argument: string, end = argument.length): Call {
  const { name, body } = namedText(argument, { text: argument.slice(0, end), at: 0 });
  const start = body.from;
  const paren = argument.indexOf('(', start);
  const open = paren < end ? paren : -1;
  const callee = piece(argument, start, open < 0 ? end : open);
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(callee.text)) throw badCallee(argument, callee, open >= 0);
  if (open < 0) return { name, callee, args: undefined };
  const close = findOutside(argument, open + 1, (character) => character === ')');
  if (close < 0 || close >= end) {
    const hint = `close the parenthesis: '${argument.trim()})'`;
    throw errorAt(argument, open, "'(' without its ')'", hint);
  }
  const rest = piece(argument, close + 1, end);
  if (rest.text !== '')
    throw errorAt(
      argument,
      rest.at,
      `'${rest.text}' behind the call`,
      restHint(argument, start, close, rest.text),
    );
  return { name, callee, args: splitArguments(argument, open + 1, close) };
}

/** `sum(bytes) as total` */
function restHint(argument: string, start: number, close: number, rest: string): string | undefined {
  const name = /^as\s+([\p{L}_][\p{L}\p{N}_]*)$/iu.exec(rest)?.[1];
  return name === undefined ? undefined : `write '${name} = ${argument.slice(start, close + 1).trim()}'`;
}

function badCallee(argument: string, callee: Piece, parenthesis: boolean): TidemarkError {
  if (callee.text === '')
    return errorAt(argument, callee.at, 'an aggregate is missing', "write 'n = count' or 'sum(bytes)'");
  const [, name, called] = /^([\p{L}_][\p{L}\p{N}_]*)\s*:=?\s*(\S.*)$/u.exec(callee.text) ?? [];
  if (name !== undefined)
    return errorAt(
      argument,
      callee.at,
      `'${callee.text}' is no aggregate`,
      `write '${name} = ${called}${parenthesis ? '(…)' : ''}'`,
    );
  const [word = '', field] = callee.text.split(/\s+/);
  const hint = !parenthesis && field !== undefined ? `write '${word}(${field})'` : undefined;
  return errorAt(argument, callee.at, `'${callee.text}' is no aggregate`, hint);
}

/** What a text gives a name to, and the name; `from` is where what is named begins, with the space before it. */
interface NamedText {
  readonly name: Piece | undefined;
  readonly body: Piece & { readonly from: number };
}

/** Takes `NAME = BODY` or `BODY` apart; the `=` of a comparison gives no name. */
export function namedText(argument: string, { text, at }: Piece): NamedText {
  const end = at + text.length;
  const found = findOutside(
    argument,
    at,
    (character, i) =>
      character === '=' && argument[i + 1] !== '=' && !'=!<>'.includes(argument[i - 1] ?? ' '),
  );
  const equals = found < end ? found : -1;
  const from = equals < 0 ? at : equals + 1;
  const name = equals < 0 ? undefined : piece(argument, at, equals);
  return { name, body: { ...piece(argument, from, end), from } };
}

/** Takes a text apart at its commas. @throws TidemarkError `usage` for one that is empty */
export const splitPieces = (text: string): Piece[] => splitArguments(text, 0, text.length);

function splitArguments(argument: string, start: number, end: number): Piece[] {
  const first = piece(argument, start, end);
  if (first.text === '') return [];
  const pieces: Piece[] = [];
  let from = start;
  for (;;) {
    const comma = findOutside(argument, from, (character) => character === ',');
    const to = comma < 0 || comma > end ? end : comma;
    const part = piece(argument, from, to);
    if (part.text === '') throw errorAt(argument, to, 'an argument is missing');
    pieces.push(part);
    if (to === end) return pieces;
    from = to + 1;
  }
}

function piece(argument: string, start: number, end: number): Piece {
  const text = argument.slice(start, end);
  return { text: text.trim(), at: start + text.length - text.trimStart().length };
}

/** Index of the first character that is wanted and stands outside of quotes and brackets; -1: none. */
export function findOutside(
  text: string,
  start: number,
  wanted: (character: string, index: number) => boolean,
): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const character = text[i]!;
    if (depth === 0 && wanted(character, i)) return i;
    if (character === '"' || character === "'") {
      const close = closingQuote(text, i);
      if (close > 0) i = close;
    } else if (OPENING.includes(character)) depth++;
    else if (CLOSING.includes(character)) depth--;
  }
  return -1;
}

/** Index of the quote that closes the one at `open`, behind which a backslash hides a quote; -1: none. */
function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === text[open]) return i;
  }
  return -1;
}

/** The text that a word in quotes stands for (JSON's escapes in double quotes, none in single ones); undefined: no such word. */
export function unquote(text: string): string | undefined {
  const quoted = (text[0] === '"' || text[0] === "'") && closingQuote(text, 0) === text.length - 1;
  if (!quoted) return undefined;
  if (text[0] === "'") return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}
