import type { FieldSyntax } from './delimited-fields.ts';

/**
 * The names in the header of a csv or tsv text, which may go on behind it; undefined where it has none, or one
 * that is not whole. A column without a name is called by its number, as the reader does.
 */
export function headerNames(format: FieldSyntax['name'], text: string): string[] | undefined {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const names = format === 'csv' ? csvNames(text, start) : tsvNames(text.slice(start));
  return names?.map((name, index) => (name === '' ? `${index + 1}` : name));
}

/** A field of csv and what ends it; a carriage return may stand before the line feed. */
const CSV_FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/y;

function csvNames(text: string, start: number): string[] | undefined {
  const names: string[] = [];
  CSV_FIELD.lastIndex = start;
  for (;;) {
    const match = CSV_FIELD.exec(text);
    if (match === null) return undefined;
    names.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] !== ',') return names;
  }
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };

function tsvNames(text: string): string[] | undefined {
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  const line = text.slice(0, end).replace(/\r$/, '');
  return line
    .split('\t')
    .map((field) => field.replace(/\\([tnr\\])/g, (_, letter: string) => TSV_ESCAPES[letter]!));
}
