import type { RE2JS } from 're2js';
import { type TidemarkError, usageError } from '../errors.ts';
import { FunctionFailure } from './function.ts';
import { quoted } from './json-value.ts';

type Library = typeof import('re2js');

/** Pattern of RE2's syntax that was compiled. */
export type Regex = RE2JS;

/** The library, once it was needed; never freed. */
let library: Library | undefined;

/** Patterns that events brought, by their text, the latest used last; at most `MOST_KEPT`. */
const kept = new Map<string, RE2JS>();
const MOST_KEPT = 100;

/** Loads the library of regular expressions: before `compileRegex`. */
export async function loadRegexes(): Promise<void> {
  library = await import('re2js');
}

/**
 * Compiles a pattern that stands in an expression. It matches in time that is linear in the text, whatever the pattern is
 * (R. Cox, "Regular Expression Matching in the Wild", 2010).
 * @throws TidemarkError `usage` that says where the pattern is wrong
 */
export function compileRegex(pattern: string): Regex {
  if (library === undefined) throw new Error('the library of regular expressions is not loaded');
  try {
    return library.RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof library.RE2JSSyntaxException)) throw error;
    throw notRegex(pattern, error.getDescription(), error.getPattern() ?? '');
  }
}

/**
 * As `compileRegex`, of a pattern that was computed.
 * @throws FunctionFailure where it is none
 */
export function regexOf(pattern: string): Regex {
  let regex = kept.get(pattern);
  if (regex !== undefined) kept.delete(pattern);
  else {
    try {
      regex = compileRegex(pattern);
    } catch (error) {
      if (error instanceof Error && error.name === 'TidemarkError') throw new FunctionFailure(error.message);
      throw error;
    }
  }
  kept.set(pattern, regex);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return regex;
}

/** @param part of the pattern that is wrong; all of it, or nothing, where no part is */
function notRegex(pattern: string, reason: string, part: string): TidemarkError {
  const at = part === '' || part === pattern ? -1 : pattern.indexOf(part);
  const place = at < 0 ? '' : ` at character ${[...pattern.slice(0, at)].length + 1}`;
  const named = at < 0 ? '' : `: ${part}`;
  return usageError(
    `${quoted(pattern)} is no regular expression: ${reason}${place}${named}`,
    reason.includes('Perl') || reason.includes('escape')
      ? 'the syntax is RE2: no look-around and no reference back to a group; r"\\d" needs no second backslash'
      : 'the syntax is RE2; a special character stands for itself behind a backslash: r"\\("',
  );
}

/** The letters that mean something else than themselves in a pattern. */
const SPECIAL = /[\\^$.|?*+()[\]{}]/;

/**
 * A test for a pattern that is a plain text, anchored or not: it needs no library. Undefined: the pattern is none.
 */
export function literalTest(pattern: string): ((text: string) => boolean) | undefined {
  const fromStart = pattern.startsWith('^');
  const toEnd = pattern.endsWith('$') && !pattern.endsWith('\\$') && pattern.length > (fromStart ? 1 : 0);
  const body = pattern.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined);
  const part = unescaped(body);
  if (part === undefined) return undefined;
  if (fromStart) return toEnd ? (text) => text === part : (text) => text.startsWith(part);
  return toEnd ? (text) => text.endsWith(part) : (text) => text.includes(part);
}

/** A sign of ASCII behind a backslash stands for itself. */
const ESCAPED_SIGN = /\\([!-/:-@[-`{-~])/g;

/** The text that a pattern of letters and escaped signs stands for; undefined where it is not only that. */
function unescaped(body: string): string | undefined {
  // Half of a pair alone is left to the library, which reads code points.
  if (SPECIAL.test(body.replace(ESCAPED_SIGN, '')) || /\p{Cs}/u.test(body)) return undefined;
  return body.replace(ESCAPED_SIGN, '$1');
}

/** Number of a group of a pattern, by its number or name; undefined: it has none such. */
export function groupNumber(regex: Regex, group: string | number | bigint): number | undefined {
  if (typeof group === 'string') return regex.namedGroups()[group];
  return group >= 0 && group <= regex.groupCount() ? Number(group) : undefined;
}
