import { usageError } from '../errors.ts';
import { findOutside } from '../expressions/call.ts';
import type { Expression } from '../expressions/expression.ts';
import type { Path } from '../json/path.ts';
import { DAY_MS } from '../time/instant.ts';
import { compileInstantFormat, type InstantFormat } from '../time/strftime.ts';
import type { MetaName } from './meta.ts';
import { closingBrace, placeholder, wrongTemplate } from './template.ts';

const MINUTE = 60_000;

/** What the name of a file is made of, in order: a piece of text, or what stands between braces. */
export type DestinationPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'member'; readonly path: Path; readonly format: InstantFormat | undefined }
  /** The expression of that number, and its text. */
  | {
      readonly kind: 'computed';
      readonly index: number;
      readonly text: string;
      readonly format: InstantFormat | undefined;
    }
  /** `path`: the member of that name, for events that have no such metadata. */
  | { readonly kind: 'meta'; readonly name: MetaName; readonly path: Path | undefined }
  | {
      readonly kind: 'time';
      readonly name: 'window_start' | 'window_end' | '@t' | '@roll';
      readonly format: InstantFormat;
      /** The member of that name, for events that are in no window. */
      readonly path: Path | undefined;
    };

/**
 * The parts of a template: `out/{host}/{@t:%F}.csv`.
 * @param rolled whether there is a `--roll`, so that `{@roll:…}` is a time
 * @param expressions where those that the template has are put
 * @throws TidemarkError `usage`
 */
export function destinationParts(
  template: string,
  rolled: boolean,
  expressions: Expression[],
): DestinationPart[] {
  const parts: DestinationPart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  for (let at = 0; at < template.length; ) {
    const character = template[at]!;
    if ((character === '{' || character === '}') && template[at + 1] === character) {
      text += character;
      at += 2;
    } else if (character === '{') {
      const close = closingBrace(template, at);
      flush();
      parts.push(partOf(template.slice(at + 1, close), at + 2, rolled, expressions));
      at = close + 1;
    } else if (character === '}') {
      throw wrongTemplate('a "}" closes nothing', at);
    } else {
      text += character;
      at++;
    }
  }
  flush();
  return parts;
}

/** `NAME` or `NAME:FORMAT`, also an expression in place of the name. */
function partOf(text: string, column: number, rolled: boolean, expressions: Expression[]): DestinationPart {
  const colon = formatColon(text);
  const name = colon < 0 ? text : text.slice(0, colon);
  const written = colon < 0 ? undefined : text.slice(colon + 1);
  const format = written === undefined ? undefined : compileInstantFormat(written);
  if (name === '@roll') {
    if (rolled && format !== undefined) return { kind: 'time', name, format, path: undefined };
    throw usageError(
      rolled ? '{@roll} in LOCATION needs a time format' : '{@roll} in LOCATION is a time that --roll gives',
      rolled ? 'as in {@roll:%Y-%m-%dT%H}' : 'add --roll 1h; {@t:%Y-%m-%dT%H} needs none',
    );
  }
  const part = placeholder(name, column, 'flatten');
  if (part.kind === 'expression') {
    const index = expressions.push(part.expression) - 1;
    return { kind: 'computed', index, text: name, format };
  }
  if (part.kind === 'member') return { kind: 'member', path: part.path, format };
  if (format === undefined) return { kind: 'meta', name: part.name, path: part.path };
  if (part.name !== 'window_start' && part.name !== 'window_end' && part.name !== '@t')
    throw wrongTemplate(`{${part.name}} is no time`, column - 1);
  return { kind: 'time', name: part.name, format, path: part.path };
}

/** Where the colon before a format stands, outside of quotes, brackets and `CONDITION ? THIS : THAT`; -1: nowhere. */
function formatColon(text: string): number {
  let conditions = 0;
  return findOutside(text, 0, (character) => {
    if (character === '?') conditions++;
    return character === ':' && conditions-- === 0;
  });
}

/**
 * Puts the time at which a file begins before the ending of its name, as coarse as the files are.
 * @param roll event time in a file, ms
 */
export function withRoll(location: string, roll: number): string {
  const units: readonly [number, string][] = [
    [DAY_MS, '%Y-%m-%d'],
    [60 * MINUTE, '%Y-%m-%dT%H'],
    [MINUTE, '%Y-%m-%dT%H%M'],
    [1000, '%Y-%m-%dT%H%M%S'],
  ];
  const format = units.find(([unit]) => roll % unit === 0)?.[1] ?? '%Y-%m-%dT%H%M%S.%L';
  const [, front, ending] = /^(.*?[^/])(\.[^./{}]*)?$/s.exec(location)!;
  return `${front}-{@roll:${format}}${ending ?? ''}`;
}
