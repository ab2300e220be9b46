/** A pair, and a second one somewhere behind it. */
const LOGFMT = /^\s*[^\s="]+=("([^"\\]|\\.)*"|[^\s"]*)\s(.*\s)?[^\s="]+=/;

/** A priority; or a time as syslog writes it into files, and a host. */
const SYSLOG =
  /^(<\d{1,3}>|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) \S+ \S+:)/;

/** What `--format` a line asks for that is no JSON, as a hint; undefined: it shows none. */
export function guessFormat(line: string): string | undefined {
  if (/^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/.test(line)) {
    const format = /"[^"]*" "[^"]*"?$/.test(line.trimEnd()) ? 'combined' : 'common';
    return `it looks like a web server's log: --format ${format}`;
  }
  if (SYSLOG.test(line)) return 'it looks like syslog: --format syslog';
  if (/^\s*\{\s*$/.test(line)) return 'a record is one line: jq -c . FILE writes them so';
  if (/^\s*\[\s*(\{.*)?,?\s*$/.test(line)) return "a record is one line: jq -c '.[]' FILE writes a list so";
  if (/^\s*[[{]/.test(line)) return undefined;
  if (LOGFMT.test(line)) return 'it looks like key=value pairs: --format logfmt';
  if (line.includes('\t')) return 'it looks like columns between tabs: --format tsv';
  if (line.includes(',')) return 'it looks like columns between commas: --format csv';
  return 'for lines that are no JSON see --format: csv, combined, logfmt, syslog, text, regex:…';
}
