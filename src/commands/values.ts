import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { didYouMean, nearestWord } from '../expressions/suggestion.ts';
import { type Path, parsePaths } from '../json/path.ts';
import { parseDuration, parseSignedDuration } from '../time/duration.ts';
import { readInstant } from '../time/instant.ts';
import type { DefaultedOption, Given, OptionSpec, ValueType } from './spec.ts';

/** The kinds of value that options take. What `parse` throws does not name the option: who prints does. */

export const DURATION: ValueType<number> = { placeholder: 'DURATION', parse: parseDuration };

/** A duration that may be negative: an offset. */
export const OFFSET: ValueType<number> = { placeholder: 'DURATION', parse: parseSignedDuration };

/** Longer than nothing. */
export const SIZE: ValueType<number> = {
  placeholder: 'DURATION',
  parse(text) {
    const duration = parseDuration(text);
    if (duration <= 0) throw usageError('it must be longer than 0', 'as in 30s, 5m, 1h30m');
    return duration;
  },
};

/** Paths, separated by commas. */
export const FIELDS: ValueType<Path[]> = { placeholder: 'FIELDS', parse: parsePaths };

/** One path. */
export const FIELD: ValueType<Path> = {
  placeholder: 'FIELD',
  parse(text) {
    const [path, ...others] = parsePaths(text);
    if (path === undefined || others.length > 0)
      throw usageError(`one field is wanted, not ${others.length + 1}`);
    return path;
  },
};

/** A name of a file, which is not looked at here. */
export const FILE: ValueType<string> = { placeholder: 'FILE', parse: (text) => notEmpty(text) };

/** A name of a directory, which is not looked at here. */
export const FOLDER: ValueType<string> = { placeholder: 'DIR', parse: (text) => notEmpty(text) };

/** Any text, also an empty one. */
export const TEXT: ValueType<string> = { placeholder: 'TEXT', parse: (text) => text };

/** An instant, in epoch ms. */
export const INSTANT: ValueType<number> = {
  placeholder: 'INSTANT',
  parse(text) {
    const bytes = Buffer.from(text);
    const instant = readInstant(bytes, 0, bytes.length);
    if (Number.isNaN(instant)) throw usageError(`'${text}' is no instant`, '2026-03-14T10:00:00Z is one');
    return instant;
  },
};

/** A name under which a stage keeps its state. */
export const STAGE_NAME: ValueType<string> = {
  placeholder: 'NAME',
  parse(text) {
    if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
    throw usageError(`'${text}' is no name: letters, digits, dots, - and _`);
  },
};

/** A whole number from 1 on. */
export const COUNT: ValueType<number> = {
  placeholder: 'N',
  parse(text) {
    const count = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(count) || count < 1) throw usageError(`'${text}' is no whole number from 1 on`);
    return count;
  },
};

/** A whole number from 0 on. */
export const NUMBER_OR_NONE: ValueType<number> = {
  placeholder: 'N',
  parse: (text) => (text === '0' ? 0 : COUNT.parse(text)),
};

/** One of a few words. */
export function choice<const T extends string>(placeholder: string, choices: readonly T[]): ValueType<T> {
  return {
    placeholder,
    choices,
    parse(text) {
      const found = choices.find((word) => word === text);
      if (found === undefined)
        throw usageError(
          choices.length === 1
            ? `'${text}' is not ${choices[0]}`
            : `'${text}' is not one of ${choices.join(', ')}${didYouMean(nearestWord(text, choices) ?? begunWord(text, choices))}`,
        );
      return found;
    },
  };
}

/** The one word that a text of two letters or more begins; undefined: none, or several. */
function begunWord(text: string, choices: readonly string[]): string | undefined {
  const begun = choices.filter((word) => text.length > 1 && word.startsWith(text.toLowerCase()));
  return begun.length === 1 ? begun[0] : undefined;
}

function notEmpty(text: string): string {
  if (text === '') throw usageError('it is empty');
  return text;
}

/** The value of an option as its spec parsed it; undefined: not given. */
export function option<T>(given: Given, spec: OptionSpec<T>): T | undefined {
  return given.options.get(spec.name) as T | undefined;
}

/** The value of an option; its default where it was not given. */
export const optionOrDefault = <T>(given: Given, spec: DefaultedOption<T>): T =>
  option(given, spec) ?? spec.value.parse(spec.default);

/** Whether a flag was given. */
export const flag = (given: Given, spec: OptionSpec): boolean => given.options.has(spec.name);
