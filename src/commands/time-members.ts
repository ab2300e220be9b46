import { type TidemarkError, usageError } from '../errors.ts';
import { JOURNAL_TIME } from '../formats/journal-reader.ts';
import { readClf } from '../time/clf.ts';
import { readInstant } from '../time/instant.ts';

/** A member that looks like a time, and the --time-format that reads it; undefined: the default does. */
interface TimeMember {
  readonly field: string;
  readonly format: string | undefined;
}

/** Plausible epoch times: from 2000 to 2100, in seconds. */
const FROM = 946684800;
const TO = 4102444800;

/** The members of a record (without its braces) that look like times, one level of nesting included. */
function timesIn(members: string): TimeMember[] {
  const found: TimeMember[] = [];
  const look = (record: object, prefix: string): void => {
    for (const [name, value] of Object.entries(record)) {
      const field = prefix + (/^[A-Za-z_@][\w@]*$/.test(name) ? name : `[${JSON.stringify(name)}]`);
      const format = formatOf(value);
      if (format !== null) found.push({ field, format });
      else if (typeof value === 'object' && value !== null && prefix === '') look(value, `${field}.`);
    }
  };
  look(JSON.parse(`{${members}}`), '');
  return found;
}

/** Null: it does not look like a time. */
function formatOf(value: unknown): string | undefined | null {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    if (!Number.isNaN(readInstant(bytes, 0, bytes.length))) return undefined;
    if (!Number.isNaN(readClf(bytes, 0, bytes.length))) return 'clf';
    const local = /^\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d(\.\d+)?$/.exec(value);
    return local === null ? null : `'%Y-%m-%d${local[1]}%H:%M:%S${local[2] === undefined ? '' : '.%f'}'`;
  }
  if (typeof value !== 'number') return null;
  for (const [format, scale] of [
    ['epoch-s', 1],
    ['epoch-ms', 1e3],
    ['epoch-us', 1e6],
    ['epoch-ns', 1e9],
  ] as const) {
    if (value >= FROM * scale && value < TO * scale) return format;
  }
  return null;
}

/** Nobody said which member of these records, of which `record` is the first (without its braces), is the time. */
export function noTime(record: string, location: string): TidemarkError {
  if (record.startsWith('"@@stream":')) {
    return usageError(`${location} is a stored stream`, 'it is read as such by --format stream');
  }
  if (record.includes(`"${JOURNAL_TIME}":`)) {
    return usageError(
      `which member holds the event time of ${location}?`,
      'it looks like entries of the journal: --format journal',
    );
  }
  const found = timesIn(record);
  const which =
    found.length === 0
      ? `--time FIELD names it, one of ${Object.keys(JSON.parse(`{${record}}`)).join(', ')}; --time arrival stamps events as they come; --time none where time does not matter`
      : found
          .map(
            ({ field, format }) =>
              `--time ${shellWord(field)}${format === undefined ? '' : ` --time-format ${format}`}`,
          )
          .join(', or ');
  return usageError(`which member holds the event time of ${location}?`, which);
}

/** As the shell takes it for one word. */
const shellWord = (text: string): string =>
  /^[\w@.]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
