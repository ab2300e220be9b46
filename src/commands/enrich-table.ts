import { pathOf } from '../connectors/file-uri.ts';
import type { TableFormat } from '../connectors/lookup-table.ts';
import { openReloadedTable } from '../connectors/reloaded-table.ts';
import { usageError } from '../errors.ts';
import { formatOfName } from '../formats/readers.ts';
import { nameOfPath, parsePath } from '../json/path.ts';
import { EnrichTable } from '../operators/enrich-table.ts';
import type { TableColumn } from '../operators/side-table-builder.ts';
import { type FieldPair, fieldPairs } from './field-pairs.ts';
import type { DefaultedOption, Given, OptionSpec, Syntax } from './spec.ts';
import type { Stage } from './stage.ts';
import { choice, option, optionOrDefault, TEXT } from './values.ts';

const by: OptionSpec<FieldPair[]> = {
  name: 'by',
  value: fieldPairs('FIELD[=COLUMN],…'),
  help: 'fields of the event, each with the column of the table that it is looked up in',
  details:
    'Without =COLUMN the column is named like the field. A key matches by value and type: the number 7 is found by 7 and 7.0, not by the text "7". A field that is null or missing finds nothing.',
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
  options: [by, columns, as, join, format],
  examples: [
    {
      title: 'requests per country of the host',
      command:
        'tm source access.log --format combined | tm enrich table hosts.csv --by host --columns country | tm combine --by country n=count | tm sink',
    },
  ],
};

/** @throws TidemarkError `usage` */
export function buildEnrichTable(given: Given): Stage {
  const path = pathOfTable(given.arguments[0] ?? '');
  const pairs = option(given, by);
  if (pairs === undefined)
    throw usageError('--by is missing: the field to look up in the table', '--by user=id');
  const options = {
    by: pairs.map(({ left }) => parsePath(left)),
    as: option(given, as),
    join: optionOrDefault(given, join),
  };
  if (options.as === '') throw usageError('--as: the name is empty');
  const layout = {
    path,
    format: option(given, format) ?? formatOf(path),
    by: pairs.map(({ right }) => right),
    columns: columnsOf(option(given, columns)),
  };
  return {
    role: 'operator',
    sides: new Map(),
    stateless: true,
    create: async (context) => {
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
