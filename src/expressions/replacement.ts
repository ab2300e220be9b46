import { quoted } from './json-value.ts';
import { groupNumber, type Regex } from './regex.ts';

/** Texts, and numbers of groups, in their order. */
export type Replacement = readonly (string | number)[];

/**
 * Reads what is put in place of a match: `$1` (one or two digits, as many as name a group), `${name}`, `${1}` and `$0`
 * are groups, `$$` is a dollar sign.
 * @returns what is wrong with the text, where it is none
 */
export function parseReplacement(text: string, regex: Regex): Replacement | string {
  const parts: (string | number)[] = [];
  for (const [part, sign, named, digits] of text.matchAll(/\$(?:(\$)|\{(\w+)\}|(\d\d?)|)|[^$]+/g)) {
    if (part[0] !== '$') parts.push(part);
    else if (sign !== undefined) parts.push('$');
    else if (named !== undefined) {
      const number = groupNumber(regex, /^\d+$/.test(named) ? Number(named) : named);
      if (number === undefined) return `the regular expression has no group ${part}`;
      parts.push(number);
    } else if (digits === undefined) return `${quoted(text)} has a $ that names no group`;
    else if (Number(digits) <= regex.groupCount()) parts.push(Number(digits));
    else if (digits.length === 2 && Number(digits[0]) <= regex.groupCount())
      parts.push(Number(digits[0]), digits[1]!);
    else return `the regular expression has no group ${part}`;
  }
  return parts;
}

/** @param group gives what the group of that number has matched; null: it took no part */
export const replacementText = (replacement: Replacement, group: (number: number) => string | null): string =>
  replacement.map((part) => (typeof part === 'string' ? part : (group(part) ?? ''))).join('');
