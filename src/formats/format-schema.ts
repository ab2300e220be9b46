import {
  type MemberSchema,
  type Schema,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from '../stream/schema.ts';
import type { DialectOptions } from './dialect.ts';
import { escapedName } from './escape-metadata.ts';
import { groupNames, patternOf } from './regex-reader.ts';

const TEXT: MemberSchema = { types: TYPE_STRING, required: true };
const TEXT_OR_NULL: MemberSchema = { types: TYPE_STRING | TYPE_NULL, required: true };
const INTEGER_OR_NULL: MemberSchema = { types: TYPE_INTEGER | TYPE_NULL, required: true };
/** What is typed by its spelling, as a csv field is. */
const TYPED: MemberSchema = { types: TYPE_STRING | TYPE_INTEGER | TYPE_FRACTION | TYPE_NULL, required: true };

const closed = (members: Readonly<Record<string, MemberSchema>>): Schema => ({
  members: new Map(Object.entries(members)),
  closed: true,
});

const COMMON = {
  host: TEXT_OR_NULL,
  ident: TEXT_OR_NULL,
  user: TEXT_OR_NULL,
  time: TEXT,
  method: TEXT_OR_NULL,
  path: TEXT_OR_NULL,
  protocol: TEXT_OR_NULL,
  // Of a request line that is none.
  request: { ...TEXT, required: false },
  status: INTEGER_OR_NULL,
  bytes: INTEGER_OR_NULL,
};

const COMBINED = { ...COMMON, referer: TEXT_OR_NULL, agent: TEXT_OR_NULL };

/** Generated traffic: every request line is one. */
const { request: _, ...TRAFFIC } = COMBINED;

const SYSLOG = {
  time: TEXT_OR_NULL,
  facility: TEXT_OR_NULL,
  severity: TEXT_OR_NULL,
  hostname: TEXT_OR_NULL,
  app_name: TEXT_OR_NULL,
  proc_id: TYPED,
  msg_id: TEXT_OR_NULL,
  structured_data: { types: TYPE_OBJECT | TYPE_NULL, required: true },
  message: TEXT_OR_NULL,
};

/** A schema of records, with the names that their members have in the stream (tm-stream(5)). */
export const escapedSchema = ({ members, closed }: Schema): Schema => ({
  members: new Map([...members].map(([name, member]) => [JSON.parse(escapedName(name)) as string, member])),
  closed,
});

/** A row that may be longer has members of other names too. */
const schemaOfColumns = (names: readonly string[], ragged = false): Schema => ({
  members: new Map(names.map((name) => [JSON.parse(escapedName(name)) as string, TYPED])),
  closed: !ragged,
});

/**
 * The members that records of a format have (tm-formats(5)), or of `generate:`; undefined: they are not known before they are read.
 * @param dialect of csv and tsv
 */
export function schemaOfFormat(format: string, dialect: DialectOptions): Schema | undefined {
  switch (format) {
    case 'csv':
    case 'tsv':
      return dialect.columns === undefined ? undefined : schemaOfColumns(dialect.columns, dialect.ragged);
    case 'combined':
      return closed(COMBINED);
    case 'generate':
      return closed(TRAFFIC);
    case 'common':
      return closed(COMMON);
    case 'syslog':
      return closed(SYSLOG);
    case 'text':
      return closed({ text: TEXT });
  }
  const pattern = patternOf(format);
  if (pattern === undefined) return undefined;
  return closed(Object.fromEntries(groupNames(pattern).map((name) => [name, TYPED])));
}
