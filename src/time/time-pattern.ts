import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';

/** Directives that are written as others. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  R: '%H:%M',
  h: '%b',
  B: '%b',
  A: '%a',
  n: '%t',
};
/** All others, one letter each; `N` stands behind its number of digits. */
const DIRECTIVES = 'YymbdejHIpMSfLNszZat';
const KNOWN =
  '%Y %y %m %b %B %h %d %e %j %H %I %p %M %S %f %L %3N %6N %9N %s %z %Z %a %A %F %T %R %D %n %t %%';

/** Kinds of step that are no directive. */
export const LITERAL = 0;
export const SPACE = 1;

/** A time format, compiled: what is to be matched, one step after the other. */
export interface TimePattern {
  readonly text: string;
  /** LITERAL, SPACE, or the character code of a directive's letter. */
  readonly kinds: Uint8Array;
  /** For LITERAL the byte, for `N` the number of digits. */
  readonly values: Uint8Array;
  /** Whether a text says by itself how far it is from UTC (%z, %Z, %s), so that no zone is needed. */
  readonly hasOffset: boolean;
}

/**
 * Compiles a time format of strptime's directives (which ones, and what they match: strptime.ts). Throws a
 * TidemarkError (usage) for an unknown directive, and for a format that does not give a whole date.
 */
export function compileTimePattern(text: string): TimePattern {
  const steps = stepsOf(text);
  const letters = new Set(steps.map(([kind]) => (kind > SPACE ? String.fromCharCode(kind) : '')));
  checkComplete(text, letters);
  return {
    text,
    kinds: Uint8Array.from(steps, ([kind]) => kind),
    values: Uint8Array.from(steps, ([, value]) => value),
    hasOffset: letters.has('z') || letters.has('Z') || letters.has('s'),
  };
}

type Step = readonly [kind: number, value: number];

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  for (const [part, width, letter] of pattern.matchAll(/%([369]?)(.?)|\s+|[^%\s]+/gsu)) {
    const shorthand = width === '' && letter !== undefined ? SHORTHANDS[letter] : undefined;
    if (letter === undefined) {
      if (/^\s/.test(part)) steps.push([SPACE, 0]);
      else for (const byte of Buffer.from(part)) steps.push([LITERAL, byte]);
    } else if (part === '%%') steps.push([LITERAL, 0x25]);
    else if (shorthand !== undefined) steps.push(...stepsOf(shorthand));
    else if (letter === '' || !DIRECTIVES.includes(letter) || (letter === 'N') !== (width !== '')) {
      throw usageError(`unknown directive ${part} in the time format ${pattern}`, `known are ${KNOWN}`);
    } else steps.push([letter.charCodeAt(0), Number(width)]);
  }
  return steps;
}

/** Refuses patterns that do not say when: without a date, or with half of a clock of 12 hours. */
function checkComplete(pattern: string, letters: ReadonlySet<string>): void {
  const has = (...wanted: string[]): boolean => wanted.some((letter) => letters.has(letter));
  const date = has('Y', 'y') && (has('j') || (has('m', 'b') && has('d', 'e')));
  if (!date && !has('s')) {
    throw usageError(
      `the time format ${pattern} does not give a whole date`,
      'it needs a year, month and day (%Y-%m-%d), %Y and %j, or %s',
    );
  }
  if (has('I') !== has('p')) {
    throw usageError(
      `the time format ${pattern} has ${has('I') ? '%I without %p' : '%p without %I'}`,
      'use %H for hours of 24, %I and %p for hours of 12',
    );
  }
}
