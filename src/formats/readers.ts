import { usageError } from '../errors.ts';
import { AccessLogReader } from './access-log-reader.ts';
import { withoutCompression } from './compression.ts';
import { DelimitedReader } from './delimited-reader.ts';
import type { ResumableReader } from './format.ts';
import { JournalReader } from './journal-reader.ts';
import type { ReaderOptions } from './location-reader.ts';
import { LogfmtReader } from './logfmt-reader.ts';
import { NdjsonReader } from './ndjson-reader.ts';
import { patternOf, RegexReader } from './regex-reader.ts';
import { SyslogReader } from './syslog-reader.ts';
import { TextReader } from './text-reader.ts';

export { DEFAULT_MAX_LINE } from './line-limit.ts';
export type { ReaderOptions } from './location-reader.ts';
export type { StampOptions } from './stamp-options.ts';

/** The formats of records, as a user names them; `regex:` is followed by a pattern. */
export const RECORD_FORMATS = [
  'ndjson',
  'csv',
  'tsv',
  'combined',
  'common',
  'logfmt',
  'syslog',
  'journal',
  'text',
  'regex:PATTERN',
] as const;

/**
 * A reader for one location; it counts lines, so the next location gets its own.
 * @throws TidemarkError `usage` for an unknown format, a bad pattern, a time that the format cannot have
 */
export function createRecordReader(format: string, options: ReaderOptions): ResumableReader {
  switch (format) {
    case 'ndjson':
      return new NdjsonReader(options);
    case 'csv':
      return new DelimitedReader('csv', options);
    case 'tsv':
      return new DelimitedReader('tsv', options);
    case 'combined':
      return new AccessLogReader(true, options);
    case 'common':
      return new AccessLogReader(false, options);
    case 'logfmt':
      return new LogfmtReader(options);
    case 'syslog':
      return new SyslogReader(options);
    case 'journal':
      return new JournalReader(options);
    case 'text':
      return new TextReader(options);
  }
  const pattern = patternOf(format);
  if (pattern !== undefined) return new RegexReader(pattern, options);
  throw usageError(`unknown format ${format}`, `the formats are ${RECORD_FORMATS.join(', ')}`);
}

/** What a file's ending says about its format; that of a compression (`.gz`) is looked through. Unknown: ndjson. */
export function formatOfName(fileName: string): string {
  const name = withoutCompression(fileName).toLowerCase();
  const dot = name.lastIndexOf('.');
  if (/(^|\/)syslog(\.[0-9]+)?$/.test(name)) return 'syslog';
  switch (name.slice(dot + 1)) {
    case 'csv':
      return 'csv';
    case 'tsv':
    case 'tab':
      return 'tsv';
    case 'logfmt':
      return 'logfmt';
    case 'syslog':
      return 'syslog';
    case 'txt':
      return 'text';
    default:
      return 'ndjson';
  }
}
