import { pathOf } from '../connectors/file-uri.ts';
import { noSuchFile } from '../connectors/locations.ts';
import { hasTable, loadLookupTable, type TableFormat } from '../connectors/lookup-table.ts';
import { openReloadedTable } from '../connectors/reloaded-table.ts';
import { toldAt, usageError } from '../errors.ts';
import { finishLoads } from '../expressions/late-language.ts';
import { type Operand, operandOf } from '../expressions/operand.ts';
import { DEFAULT_MAX_LINE, formatOfName } from '../formats/readers.ts';
import { nameOfPath } from '../json/path.ts';
import { EnrichTable, enrichedHeader } from '../operators/enrich-table.ts';
import type { TableColumn } from '../operators/side-table-builder.ts';
import { type FieldPair, fieldPairs } from './field-pairs.ts';
import { type KeyPair, keyPairs } from './key-pairs.ts';
import { REJECTED_TO, sideFiles } from './options.ts';
import type { DefaultedOption, Given, OptionSpec, Syntax } from './spec.ts';
import type { Stage } from './stage.ts';
import { choice, option, optionOrDefault, TEXT } from './values.ts';

const by: OptionSpec<KeyPair[]> = {
  name: 'by',
  value: keyPairs('FIELD[=COLUMN],…'),
  help: 'fields of the event, each with the column of the table that it is looked up in',
  details:
    'Without =COLUMN the column is named like the field. A key matches by value and type: the number 7 is found by 7 and 7.0, not by the text "7". A field that is null or missing finds nothing. What is computed of fields may stand for one: `lower(host)=host`; tm-expressions(7) tells how. An event for which it cannot be computed is left out, counted and told.',
};

const columns: OptionSpec<FieldPair[]> = {
  name: 'columns',
  value: fieldPairs('[NAME=]COLUMN,…'),
  help: 'columns to add, each under its own name or as NAME',
  default: 'all but the key',
};

const as: OptionSpec<string> = {
  name: 'as',
  value: { ...TEXT, placeholder: 'NAME' },
  help: 'add one member NAME that is an object of the columns',
};

const join: DefaultedOption<'left' | 'inner'> = {
  name: 'join',
  value: choice('KIND', ['left', 'inner']),
  help: 'what becomes of an event without a match: left adds null, inner leaves it out',
  default: 'left',
};

const format: OptionSpec<TableFormat> = {
  name: 'format',
  value: choice('FORMAT', ['ndjson', 'csv', 'tsv']),
  help: 'format of the table: ndjson, csv, tsv',
  default: "by the file's name",
};

export const tableSyntax: Syntax = {
  name: 'table',
  summary: 'add columns of a file, found by key',
  description: [
    'Reads FILE into memory before the first event, looks up each event by key, and adds columns behind its members. In csv and tsv a field spelled as a JSON number is that number, and an empty one is null. Of rows with the same key the last counts.',
    'An event that has a member of an added name already is an error: --as puts the columns into one member, and --columns NAME=COLUMN names them otherwise.',
    'When FILE changes it is read again, between two blocks of events and at most once a second. Write the new file beside it and rename it: a file that is written in place is read when it has not changed for a second. One that cannot be read leaves the table as it was, and that is told.',
  ],
  arguments: [
    {
      name: 'FILE',
      help: 'the table: ndjson, csv or tsv, also .gz, .br, .zst',
      required: true,
      variadic: false,
    },
  ],
  options: [by, columns, as, join, format, REJECTED_TO],
  examples: [
    {
      title: 'requests per country of the host',
      command:
        'tm source access.log --format combined | tm enrich table hosts.csv --by host --columns country | tm combine --by country n=count | tm sink',
    },
  ],
};

/** What is looked up; empty where it is not given. @throws TidemarkError `usage` */
export const tableKeyOf = (given: Given): Operand[] =>
  toldAt(`--${by.name}`, () => (option(given, by) ?? []).map(({ operand }) => operandOf(operand)));

/** @throws TidemarkError `usage` */
export function buildEnrichTable(given: Given): Stage {
  const path = pathOfTable(given.arguments[0] ?? '');
  const pairs = option(given, by);
  if (pairs === undefined)
    throw usageError('--by is missing: the field to look up in the table', '--by user=id');
  const options = {
    by: tableKeyOf(given),
    as: option(given, as),
    join: optionOrDefault(given, join),
  };
  if (options.as === '') throw usageError('--as: the name is empty');
  const layout = {
    path,
    format: option(given, format) ?? formatOf(path),
    by: pairs.map(({ column }) => column),
    columns: columnsOf(option(given, columns)),
  };
  return {
    role: 'operator',
    sides: sideFiles(given),
    stateless: true,
    check: async (header, thorough) => {
      const read =
        thorough && hasTable(path)
          ? await loadLookupTable({ ...layout, maxLine: DEFAULT_MAX_LINE })
          : undefined;
      const columns = read?.table.columns ?? layout.columns?.map(({ name }) => name);
      return enrichedHeader(header, options, columns);
    },
    lookOutside: async () => {
      if (!hasTable(path)) throw noSuchFile(path);
      return [];
    },
    create: async (context) => {
      await finishLoads();
      const notice = (message: string, hint?: string): void => context.notice(message, hint);
      const source = await openReloadedTable({
        ...layout,
        maxLine: context.maxLine,
        clock: context.world?.clock ?? Date.now,
        notice,
      });
      return new EnrichTable(options, source, context);
    },
  };
}

function pathOfTable(location: string): string {
  if (location === '-') throw usageError('the table cannot come from standard input: the events do');
  if (location === '') throw usageError('the name of the table is empty');
  return pathOf(location);
}

function formatOf(path: string): TableFormat {
  const known = formatOfName(path);
  if (known === 'csv' || known === 'tsv' || known === 'ndjson') return known;
  throw usageError(`the name ${path} does not tell the table's format`, '--format csv');
}

function columnsOf(pairs: readonly FieldPair[] | undefined): TableColumn[] | undefined {
  const found = pairs?.map(({ left, right }) => ({
    name: left === right.text ? nameOfPath(right) : left,
    path: right,
  }));
  const names = found?.map(({ name }) => name) ?? [];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw usageError(`two columns are named ${twice}`, 'give one another name: NAME=COLUMN');
  return found;
}
