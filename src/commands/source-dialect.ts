import { usageError } from '../errors.ts';
import { headerNames } from '../formats/delimited-header.ts';
import type { DialectOptions } from '../formats/dialect.ts';
import type { Given, OptionSpec, ValueType } from './spec.ts';
import { flag, NUMBER_OR_NONE, option, TEXT } from './values.ts';

/** One byte that a file has between fields or around them. */
const CHARACTER: ValueType<number> = {
  placeholder: 'CHAR',
  parse(text) {
    const character = text === 'tab' || text === '\\t' ? '\t' : text;
    const code = character.length === 1 ? character.charCodeAt(0) : Number.NaN;
    if (code === 0x09 || (code >= 0x20 && code < 0x7f)) return code;
    throw usageError(`'${text}' is not one character of ASCII, or tab`);
  },
};

const delimiter: OptionSpec<number> = {
  name: 'delimiter',
  value: CHARACTER,
  help: 'csv: what stands between fields: a character, or tab',
  default: ',',
};

const quote: OptionSpec<number> = {
  name: 'quote',
  value: { placeholder: 'CHAR', parse: (text) => (text === 'none' ? -1 : CHARACTER.parse(text)) },
  help: 'csv: what a field may stand in: a character, or none',
  default: '"',
};

const escape: OptionSpec<number> = {
  name: 'escape',
  value: CHARACTER,
  help: 'csv: in quotes, the character before one that is meant as it is',
  default: 'a quote is doubled',
};

const lazyQuotes: OptionSpec = {
  name: 'lazy-quotes',
  help: 'csv: take a quote that closes nothing for a character like any other',
};

const headerless: OptionSpec = {
  name: 'headerless',
  help: 'csv, tsv: the first line is a record; columns are named 1, 2, 3 …',
  details: 'The first row tells how many there are. A column is named by --time \'["1"]\'.',
};

const columns: OptionSpec<readonly string[]> = {
  name: 'columns',
  value: { placeholder: 'NAMES', parse: parseColumns },
  help: 'csv, tsv: names of the columns, by commas; the first line is a record',
  details: 'Instead of a header line that is there: --columns with --skip-lines 1.',
};

const comment: OptionSpec<string> = {
  name: 'comment',
  value: { placeholder: 'TEXT', parse: parseComment },
  help: 'csv, tsv: pass over lines that begin with TEXT',
};

const skipLines: OptionSpec<number> = {
  name: 'skip-lines',
  value: NUMBER_OR_NONE,
  help: 'csv, tsv: pass over N lines at the start of each location',
};

const ragged: OptionSpec = {
  name: 'ragged',
  help: 'csv, tsv: let a row have fewer fields than columns, or more',
  details:
    'Columns that a row lacks are null, fields behind the last column are named by their numbers. Without it such rows are rejected.',
};

const nulls: OptionSpec<readonly string[]> = {
  name: 'null',
  value: TEXT as ValueType<never>,
  repeatable: true,
  help: 'csv, tsv: a field without quotes that is TEXT is null, as an empty one is',
};

/** What only csv has: tsv has tabs, and no quotes. */
const OF_CSV: readonly OptionSpec[] = [delimiter, quote, escape, lazyQuotes];
const OF_BOTH: readonly OptionSpec[] = [headerless, columns, comment, skipLines, ragged, nulls];

export const DIALECT_OPTIONS: readonly OptionSpec[] = [...OF_CSV, ...OF_BOTH];

/**
 * What is said of csv and tsv.
 * @param formats those that are known to be read
 * @throws TidemarkError `usage` where none of them is one that it can be said of, or it contradicts itself
 */
export function dialectOf(given: Given, formats: readonly string[]): DialectOptions {
  for (const spec of DIALECT_OPTIONS) {
    if (option(given, spec) === undefined || formats.includes('csv')) continue;
    if (OF_BOTH.includes(spec) && formats.includes('tsv')) continue;
    const { name } = spec;
    if (formats.includes('tsv')) {
      throw usageError(`--${name} is for csv: tsv has tabs, and no quotes`, '--format csv --delimiter tab');
    }
    throw usageError(`--${name} is for csv, and nothing is read as that here`, '--format csv');
  }
  checkBytes(given);
  const names = option(given, columns);
  const found = {
    delimiter: option(given, delimiter),
    quote: option(given, quote),
    escape: option(given, escape),
    lazyQuotes: flag(given, lazyQuotes),
    headerless: flag(given, headerless),
    columns: names,
    comment: option(given, comment),
    skipLines: option(given, skipLines),
    ragged: flag(given, ragged),
    nulls: option(given, nulls),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** No byte can mean two things. */
function checkBytes(given: Given): void {
  const between = option(given, delimiter) ?? 0x2c;
  const around = option(given, quote) ?? 0x22;
  const before = option(given, escape);
  if (between === around)
    throw usageError('the delimiter is the quote too', '--quote none, or another --delimiter');
  if (before === between) throw usageError('the delimiter is the escape too', 'leave --escape out');
  if (before !== undefined && around < 0) throw usageError('--escape has no use where there are no quotes');
  if (option(given, lazyQuotes) !== undefined && around < 0) {
    throw usageError('--lazy-quotes has no use where there are no quotes');
  }
}

function parseColumns(text: string): string[] {
  const names = headerNames('csv', `${text}\n`);
  if (names === undefined || text.includes('\n')) {
    throw usageError(
      'it is no list of names',
      'names stand between commas, and in quotes where they have one: \'a,"b,c"\'',
    );
  }
  const twice = names.find((name, k) => names.indexOf(name) < k);
  if (twice !== undefined) throw usageError(`two columns are named ${twice}`);
  return names;
}

function parseComment(text: string): string {
  if (text === '' || /[\r\n]/.test(text)) throw usageError('it is empty, or more than a line');
  return text;
}
