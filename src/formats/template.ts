import { Buffer } from 'node:buffer';
import { TidemarkError, usageError } from '../errors.ts';
import { type Path, parsePath } from '../json/path.ts';
import type { MetaName } from './meta.ts';
import type { MetaMode } from './record-writer.ts';

/** What a template is made of. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'member'; readonly path: Path }
  /** `path`: the member of that name, for events that have no such metadata. */
  | { readonly kind: 'meta'; readonly name: MetaName; readonly path: Path | undefined };

/** What braces ask an event for. */
export interface Placeholder {
  /** Metadata; undefined: a member. */
  readonly meta: MetaName | undefined;
  /** The member, or that which stands in for metadata that an event does not have. */
  readonly path: Path | undefined;
  /** A format of time is given: the member has to be one. */
  readonly time: boolean;
}

export const placeholdersOf = (parts: readonly TemplatePart[]): Placeholder[] =>
  parts.flatMap((part) => {
    if (part.kind === 'text') return [];
    return [{ meta: part.kind === 'meta' ? part.name : undefined, path: part.path, time: false }];
  });

const ALWAYS_META: ReadonlySet<string> = new Set(['@t', '@w', '@pane']);
const FLATTENED_META: ReadonlySet<string> = new Set([
  'window_start',
  'window_end',
  'pane_index',
  'pane_timing',
]);
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\' };

const SYNTAX = 'a template is text with {member} or {path.to[0]} in it; braces are written {{ and }}';

/**
 * Reads a template: `{name}`, `{user.id}`, `{window_start}`, `{@t}`; `{{` and `}}` for braces; `\n`, `\t`, `\\`.
 * Under `keep` and `drop`, `window_start` and its like are members like any other.
 * @throws TidemarkError `usage`, with the character of the template where it goes wrong (1-based)
 */
export function parseTemplate(template: string, meta: MetaMode): TemplatePart[] {
  const parts: TemplatePart[] = [];
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
      parts.push(placeholder(template.slice(at + 1, close), at + 2, meta));
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
  return parts;
}

/**
 * The brace that closes the one at `open`; braces in a quoted step of a path don't count.
 * @throws TidemarkError `usage` where there is none
 */
export function closingBrace(template: string, open: number): number {
  let quoted = false;
  for (let at = open + 1; at < template.length; at++) {
    const character = template[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === '}' && !quoted) return at;
  }
  throw wrongTemplate('a "{" is not closed', open);
}

/**
 * What stands in braces.
 * @param column of the text in the template, 1-based
 * @throws TidemarkError `usage`
 */
export function placeholder(text: string, column: number, meta: MetaMode): TemplatePart {
  if (ALWAYS_META.has(text)) return { kind: 'meta', name: text as MetaName, path: undefined };
  if (meta === 'flatten' && FLATTENED_META.has(text)) {
    return { kind: 'meta', name: text as MetaName, path: parsePath(text) };
  }
  try {
    return { kind: 'member', path: parsePath(text) };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    throw wrongTemplate(error.message, column - 1);
  }
}

/** What is wrong with a template, and at which index. */
export const wrongTemplate = (message: string, at: number): TidemarkError =>
  usageError(`character ${at + 1} of the template: ${message}`, SYNTAX);
