import { usageError } from '../errors.ts';
import { didYouMean, nearestWord } from '../expressions/suggestion.ts';
import type { DialectOptions } from '../formats/dialect.ts';
import { createRecordReader, DEFAULT_MAX_LINE, formatOfName, RECORD_FORMATS } from '../formats/readers.ts';
import type { Path } from '../json/path.ts';
import { DEFAULT_TIME_FORMAT, TIME_FORMATS } from '../time/time-format.ts';
import type { DefaultedOption, OptionSpec } from './spec.ts';
import { FIELD, TEXT } from './values.ts';

// Options that say of what form records are, and where their times are.

const FORMATS = [...RECORD_FORMATS, 'stream'];

export const FORMAT: OptionSpec<string> = {
  name: 'format',
  value: { placeholder: 'FORMAT', parse: parseFormat },
  help: FORMATS.join(', '),
  details: 'tm-formats(5) tells the members and types that each gives.',
  default:
    'by the ending of the name (.csv, .tsv, .logfmt, .syslog, .txt; .gz, .br, .zst are looked through), else ndjson',
};

export const TIME: OptionSpec<Path | 'arrival' | 'none'> = {
  name: 'time',
  value: {
    placeholder: 'FIELD',
    parse: (text) => (text === 'arrival' || text === 'none' ? text : FIELD.parse(text)),
  },
  help: 'member that holds the event time; or arrival, or none',
  details:
    'Logs of web servers, syslog and the journal bring their time. ndjson, csv, tsv, logfmt, text and regex want to be told. arrival stamps each record with the time at which it came; none puts all events into the global window at 0000-01-01T00:00:00.000Z, for questions that have nothing to do with time.',
};

export const TIME_FORMAT: DefaultedOption<string> = {
  name: 'time-format',
  value: { ...TEXT, placeholder: 'FORMAT' },
  help: `${TIME_FORMATS.join(', ')}, or a pattern like %Y-%m-%d %H:%M:%S`,
  default: DEFAULT_TIME_FORMAT,
};

export const TIMEZONE: OptionSpec<string> = {
  name: 'timezone',
  value: { ...TEXT, placeholder: 'ZONE' },
  help: 'zone of times that carry none: Europe/Berlin, +02:00',
  default: 'UTC',
};

export const YEAR: OptionSpec<number> = {
  name: 'year',
  value: {
    placeholder: 'YEAR',
    parse(text) {
      if (/^[0-9]{4}$/.test(text)) return Number(text);
      throw usageError(`'${text}' is no year of four digits`);
    },
  },
  help: 'year of the first line, where syslog writes none',
  details:
    'Times like Oct 11 22:14:15 have no year. The first of the run is in YEAR, each later one in the year in which it is nearest to the one before, so that logs go through New Year. No clock is asked, for the same log has to give the same events tomorrow.',
};

/** The formats that are known to be read: the one that is given, or those that names have. */
export const formatsOf = (format: string | undefined, locations: readonly string[]): string[] =>
  format === undefined ? locations.map(formatOfName) : [format];

/** What others call the formats. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['apache', 'combined'],
  ['nginx', 'combined'],
  ['access', 'combined'],
  ['clf', 'common'],
  ['json', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['jsonlines', 'ndjson'],
  ['journald', 'journal'],
  ['journalctl', 'journal'],
  ['txt', 'text'],
  ['lines', 'text'],
]);

function parseFormat(text: string): string {
  if (FORMATS.includes(text) || /^regex:./s.test(text)) return text;
  const meant = OTHER_NAMES.get(text.toLowerCase()) ?? nearestWord(text, FORMATS);
  throw usageError(`'${text}' is not one of ${FORMATS.join(', ')}${didYouMean(meant)}`);
}

/** Lets a bad pattern, or a time that the format cannot have, be told before anything is read. */
export function checkFormat(
  name: string | undefined,
  field: Path | undefined,
  dialect: DialectOptions,
): void {
  if (name === undefined || name === 'stream') return;
  createRecordReader(name, {
    rejects: { reject: () => {} },
    time: field,
    maxLine: DEFAULT_MAX_LINE,
    dialect,
  });
}
