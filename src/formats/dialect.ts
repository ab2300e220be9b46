import { Buffer } from 'node:buffer';
import { escapePairs, NO_PAIRS } from './escape-text.ts';

/** What users of csv and tsv may say of a file; what they leave out is as RFC 4180, or the format, has it. */
export interface DialectOptions {
  /** The byte between two fields. */
  readonly delimiter?: number;
  /** The byte that a field may stand in; -1: there is none. */
  readonly quote?: number;
  /** Inside of quotes, the byte before one that is meant as it is; the quote, doubled, when left out. */
  readonly escape?: number;
  /** A quote that nothing closes a field with is a character like any other. */
  readonly lazyQuotes?: boolean;
  /** The first line is a row, and columns are called by their numbers, or by `columns`. */
  readonly headerless?: boolean;
  /** Names of the columns; then no line names them. */
  readonly columns?: readonly string[];
  /** Lines that begin so are passed over. */
  readonly comment?: string;
  /** Lines at the start of each location that are passed over. */
  readonly skipLines?: number;
  /** A row may have fewer fields than there are columns, or more. */
  readonly ragged?: boolean;
  /** How fields without quotes say null, besides being empty. */
  readonly nulls?: readonly string[];
}

/** How a text is cut into fields. */
export interface Dialect {
  readonly name: 'csv' | 'tsv';
  readonly delimiter: number;
  /** -1: there is none. */
  readonly quote: number;
  /** The quote itself: it is doubled. */
  readonly escape: number;
  readonly lazyQuotes: boolean;
  readonly ragged: boolean;
  readonly nulls: readonly Buffer[];
  /** Escapes in fields that JSON has too (`escapePairs`). */
  readonly pairs: Uint8Array;
}

/**
 * csv is RFC 4180; tsv IANA's text/tab-separated-values with the escapes that Miller reads: `\t`, `\n`, `\r`,
 * `\\`.
 */
export function dialectOf(name: 'csv' | 'tsv', options: DialectOptions): Dialect {
  const csv = name === 'csv';
  const quote = csv ? (options.quote ?? 0x22) : -1;
  return {
    name,
    delimiter: csv ? (options.delimiter ?? 0x2c) : 0x09,
    quote,
    escape: csv ? (options.escape ?? quote) : -1,
    lazyQuotes: options.lazyQuotes ?? false,
    ragged: options.ragged ?? false,
    nulls: (options.nulls ?? []).map((text) => Buffer.from(text)),
    pairs: csv ? NO_PAIRS : escapePairs('tnr\\'),
  };
}
