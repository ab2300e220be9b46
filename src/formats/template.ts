import { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../errors.ts';
import { findOutside } from '../expressions/call.ts';
import type { Expression } from '../expressions/expression.ts';
import { parseLate } from '../expressions/late-language.ts';
import { refuseMetadata } from '../expressions/metadata-field.ts';
import { computes } from '../expressions/operand.ts';
import { type Path, parsePath } from '../json/path.ts';
import { ComputedTexts } from './computed-texts.ts';
import type { MetaName } from './meta.ts';
import type { MetaMode } from './record-writer.ts';

/** What a template is made of. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'member'; readonly path: Path }
  /** The expression of that number. */
  | { readonly kind: 'computed'; readonly index: number }
  /** `path`: the member of that name, for events that have no such metadata. */
  | { readonly kind: 'meta'; readonly name: MetaName; readonly path: Path | undefined };

/** A template that was read, for all who write by it. */
export interface Template {
  /** As it was written. */
  readonly text: string;
  readonly parts: readonly TemplatePart[];
  /** Undefined: nothing is computed. */
  readonly computed: ComputedTexts | undefined;
}

/** What stands in braces. */
type Placeholder =
  | Exclude<TemplatePart, { kind: 'text' | 'computed' }>
  | { readonly kind: 'expression'; readonly expression: Expression };

/** What a name asks an event for. */
export interface Asked {
  /** Metadata; undefined: a member, or what is computed. */
  readonly meta: MetaName | undefined;
  /** The member, or that which stands in for metadata that an event does not have. */
  readonly path: Path | undefined;
  readonly expression: Expression | undefined;
  /** A format of time is given: the member has to be one. */
  readonly time: boolean;
}

export const askedByTemplate = ({ parts, computed }: Template): Asked[] =>
  parts.flatMap((part): Asked[] => {
    if (part.kind === 'text') return [];
    if (part.kind === 'computed')
      return [
        { meta: undefined, path: undefined, expression: computed!.expressions[part.index]!, time: false },
      ];
    const meta = part.kind === 'meta' ? part.name : undefined;
    return [{ meta, path: part.path, expression: undefined, time: false }];
  });

const ALWAYS_META: ReadonlySet<string> = new Set(['@t', '@w', '@pane']);
const FLATTENED_META: ReadonlySet<string> = new Set([
  'window_start',
  'window_end',
  'pane_index',
  'pane_timing',
]);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

const SYNTAX =
  'a template is text with {member}, {path.to[0]} or {upper(member)} in it; braces are written {{ and }}';

/**
 * Reads a template: `{name}`, `{user.id}`, `{upper(name)}`, `{window_start}`, `{@t}`; `{{` and `}}` for braces; `\n`, `\t`, `\\`.
 * Under `keep` and `drop`, `window_start` and its like are members like any other.
 * @throws TidemarkError `usage`, with the character of the template where it goes wrong (1-based)
 */
export function parseTemplate(template: string, meta: MetaMode): Template {
  const parts: TemplatePart[] = [];
  const expressions: Expression[] = [];
  /** Literal text since the last part. */
  let text = '';
  let at = 0;
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', bytes: Buffer.from(text) });
    text = '';
  };
  while (at < template.length) {
    const character = template[at]!;
    const next = template[at + 1];
    if ((character === '{' || character === '}') && next === character) {
      text += character;
      at += 2;
    } else if (character === '{') {
      const close = closingBrace(template, at);
      flush();
      const part = placeholder(template.slice(at + 1, close), at + 2, meta);
      if (part.kind !== 'expression') parts.push(part);
      else parts.push({ kind: 'computed', index: expressions.push(part.expression) - 1 });
      at = close + 1;
    } else if (character === '}') {
      throw wrongTemplate('a "}" closes nothing', at);
    } else if (character === '\\') {
      const escaped = next === undefined ? undefined : ESCAPES[next];
      if (escaped === undefined) throw wrongTemplate(`"\\${next ?? ''}" is none of \\n, \\t, \\\\`, at);
      text += escaped;
      at += 2;
    } else {
      text += character;
      at++;
    }
  }
  flush();
  const computed = expressions.length === 0 ? undefined : new ComputedTexts(expressions);
  return { text: template, parts, computed };
}

/**
 * The brace that closes the one at `open`; braces in quotes, and those that an expression opens itself, don't count.
 * @throws TidemarkError `usage` where there is none
 */
export function closingBrace(template: string, open: number): number {
  const close = findOutside(template, open + 1, (character) => character === '}');
  if (close < 0) throw wrongTemplate('a "{" is not closed', open);
  return close;
}

/**
 * Reads what stands in braces: metadata, a path, or else an expression.
 * @param column of the text in the template, 1-based
 * @throws TidemarkError `usage`
 */
export function placeholder(text: string, column: number, meta: MetaMode): Placeholder {
  if (ALWAYS_META.has(text)) return { kind: 'meta', name: text as MetaName, path: undefined };
  if (meta === 'flatten' && FLATTENED_META.has(text)) {
    return { kind: 'meta', name: text as MetaName, path: parsePath(text) };
  }
  let path: Path;
  try {
    path = parsePath(text);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    if (computes(text))
      return { kind: 'expression', expression: toldAtColumn(column, () => parseLate(text)) };
    throw wrongTemplate(error.message, column - 1);
  }
  toldAtColumn(column, () => refuseMetadata(path));
  return { kind: 'member', path };
}

/** @throws TidemarkError `usage` */
function toldAtColumn<T>(column: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    throw usageError(`character ${column} of the template: ${error.message}`, error.hint);
  }
}

/** What is wrong with a template, and at which index. */
export const wrongTemplate = (message: string, at: number): TidemarkError =>
  usageError(`character ${at + 1} of the template: ${message}`, SYNTAX);
