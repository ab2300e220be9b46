import type { Split } from '../connectors/connector.ts';
import { isGenerate, parseGenerate } from '../connectors/generate-options.ts';
import type { OnCommit } from '../connectors/replayable.ts';
import { isModule } from '../connectors/source-module.ts';
import { usageError } from '../errors.ts';
import { escapedSchema } from '../formats/format-schema.ts';
import { REJECTED } from '../operators/operator.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { Schema } from '../stream/schema.ts';
import { parseTimeFormat } from '../time/time-format.ts';
import { loadZone } from '../time/zone.ts';
import type { BlockReading } from './source-blocks.ts';
import { DIALECT_OPTIONS, dialectOf } from './source-dialect.ts';
import { checkFormat, FORMAT, formatsOf, TIME, TIME_FORMAT, TIMEZONE, YEAR } from './source-format.ts';
import { COMPLETE_TO, DRAIN, KEEPING_OPTIONS, keepingOf, STATE } from './source-keeping.ts';
import { namesTold, type SourceOptions, sourceHeader } from './source-options.ts';
import { FROM, rangeOf, refuseRange, SORTED, TO } from './source-range.ts';
import { runSource } from './source-run.ts';
import { refuseShard, SHARD } from './source-shard.ts';
import { WATERMARK_OPTIONS, watermarkOf } from './source-watermark.ts';
import type { CommandSpec, Given, OptionSpec } from './spec.ts';
import type { Stage } from './stage.ts';
import { COUNT, choice, FILE, flag, option, optionOrDefault } from './values.ts';

const follow: OptionSpec = {
  name: 'follow',
  help: 'go on reading as files grow, through rename and truncation',
  details: 'One location is followed: what stands behind it would never be read. It is read from its start.',
};

export const LIMIT: OptionSpec<number> = {
  name: 'limit',
  value: COUNT,
  help: 'stop after N events, as if the input ended there',
};

const schema: OptionSpec<string> = {
  name: 'schema',
  value: FILE,
  help: 'reject records that do not fit the JSON Schema in FILE; commands behind know what events have',
  details:
    'What JSON Schema may say here is told in tm-stream(5), SCHEMA. The members of a record are checked, also those inside of objects and lists; with "additionalProperties": false one that is not in the schema is rejected too. `tm schema` writes such a file from records. Fields of csv, tsv, logfmt and regex become what is declared of them: 007 and 17 stay texts where a text is declared, true is a boolean, and what is no number is refused where one is (tm-formats(5), Types by schema). A module may say itself what its records are (tm-connectors(7)); FILE goes before that.',
};

export const ON_REJECT: OptionSpec<'fail' | 'skip'> = {
  name: 'on-reject',
  value: choice('WHAT', ['fail', 'skip']),
  help: 'what a record that cannot be read does: fail, skip',
  default: 'fail; skip with --rejected-to',
};

export const REJECTED_TO: OptionSpec<string> = {
  name: 'rejected-to',
  value: FILE,
  help: 'put records that cannot be read into FILE, as they came; it is replaced by each run',
};

const onInterrupt: OptionSpec<'stop' | 'drain'> = {
  name: 'on-interrupt',
  value: choice('WHAT', ['stop', 'drain']),
  help: 'what SIGINT and SIGTERM do: stop, drain',
  default: 'stop',
  details:
    'stop ends without an end: nothing half true is fired, no target appears. drain fires the windows that are open.',
};

const onLostFile: OptionSpec<'fail' | 'skip'> = {
  name: 'on-lost-file',
  value: choice('WHAT', ['fail', 'skip']),
  help: 'with --state, when a file is gone that was not read to its end: fail, skip',
  default: 'fail',
  details:
    'A file is known by device, inode and its first bytes. When its path names another one, the rest of it is sought in the same folder, under any name, also compressed. skip goes on with the file at the path, from its start, and says what is missing.',
};

const onCommit: OptionSpec<OnCommit> = {
  name: 'on-commit',
  value: { placeholder: 'WHAT', parse: parseOnCommit },
  help: 'with --state, what is done with a file of a directory or a pattern that was read: delete, move:DIR',
  default: 'it stays, and is not read again',
  details:
    'Once its records are committed, not before. move:DIR makes DIR where there is none, and puts a number behind a name that is taken. A file that was written to since it was read stays.',
};

export const sourceCommand: CommandSpec = {
  name: 'source',
  summary: 'read records, and give them event time and watermarks',
  input: 'records',
  output: 'stream',
  keepsState: true,
  description: [
    'Reads records from files, directories, patterns, compressed files or standard input, and writes them as a stream: a line each with its event time in @t, between them the watermark, which says how far the stream is complete.',
    'A file whose name ends in .gz, .br or .zst is decompressed while it is read: gzip and Zstandard of any number of members or frames, brotli of one stream. One that is truncated or damaged fails by its name. Standard input is read as it is: zcat FILE | tm source.',
    'Several locations are read one after the other. A location that has not been read yet holds the watermark back.',
    'With --state a file is gone on with at the next byte. It is known by device, inode and its first bytes: when its path names another file, the rest of the old one is sought in the same folder, under any name, also compressed; then come the files that were rotated since, in the order in which they were written, and then the one at the path. Half a line at the end of an old file is one. A file that was truncated is read from its start, behind a copy of it in the copy first; that lines may be lost is told. What cannot be read again is refused: pipes, FIFOs, devices, stored streams.',
    'With --state a directory or a pattern (in quotes, for tm to see it) is a spool: each file is read once, whole, in the order of the names, and known by what it is when it gets another name. Write a file under a hidden name, and rename it when it is whole. Several locations each hold the watermark back, also when they have been read, for they may grow.',
    'FILE.mjs, FILE.mjs?name=value, is a module that gives the records itself: tm-connectors(7).',
    'generate:count=N,seed=N,… makes web traffic with the members of the combined format, the same for the same parameters.',
  ],
  arguments: [
    {
      name: 'LOCATION',
      help: 'a file, a directory, a pattern, generate:…, a module, or - for stdin',
      required: false,
      variadic: true,
    },
  ],
  lists: [
    {
      title: 'parameters of generate',
      words: [
        { word: 'count=N', help: 'events; inf: no end (10000)' },
        { word: 'seed=N', help: 'which traffic (1)' },
        { word: 'keys=N', help: 'different hosts and paths (100)' },
        { word: 'start=TIME', help: 'event time of the first event (2026-01-01T00:00:00Z)' },
        { word: 'step=DURATION', help: 'mean time from one event to the next (100ms)' },
        { word: 'disorder=DURATION', help: 'how far events are out of order at most (0s)' },
        { word: 'late=SHARE', help: 'share of events that are later than that (0)' },
        { word: 'rate=N', help: 'events a second of the clock; without it, as fast as they are read' },
      ],
    },
  ],
  options: [
    FORMAT,
    TIME,
    TIME_FORMAT,
    TIMEZONE,
    YEAR,
    ...WATERMARK_OPTIONS,
    FROM,
    TO,
    SORTED,
    follow,
    LIMIT,
    SHARD,
    schema,
    ON_REJECT,
    REJECTED_TO,
    onInterrupt,
    ...KEEPING_OPTIONS,
    onLostFile,
    onCommit,
    ...DIALECT_OPTIONS,
  ],
  kinds: [],
  seeAlso: ['tm-sink.1', 'tm-state.1', 'tm-connectors.7'],
  examples: [
    {
      title: 'a web server log, in which lines may be up to a minute out of order',
      command:
        'tm source access.log --format combined --delay 1m | tm window fixed 5m | tm combine n=count | tm sink',
    },
    {
      title: 'NDJSON that has its time in a member',
      command: 'tm source events.ndjson --time ts | tm window fixed 1h | tm combine n=count | tm sink',
    },
    {
      title: 'five minutes of a log, of which only they are read',
      command:
        'tm source access.log --format combined --from 2015-05-17T10:10:00Z --to 2015-05-17T10:15:00Z --sorted --delay 1m | tm combine --by status n=count | tm sink',
    },
  ],
  build: (given) => buildSource(given),
};

/**
 * @param splits what to read instead of the locations that are named: a program's own records
 * @param blocks how blocks of large files are read by other threads
 */
export function buildSource(given: Given, splits?: readonly Split[], blocks?: BlockReading): Stage {
  const options = checkedOptions(given, splits);
  const path = option(given, REJECTED_TO);
  const keeping = keepingOf(given, shapeOf(given));
  return {
    role: 'source',
    bounded: !flag(given, follow),
    ...(keeping === undefined ? {} : { keeping }),
    sides: path === undefined ? new Map() : new Map([[REJECTED, path]]),
    header: async () => {
      const known = await options();
      if (known.format === 'stream') return undefined;
      const generated = known.locations.filter(isGenerate).map(parseGenerate);
      const bounded = !known.follow && generated.every(({ count }) => count < Number.POSITIVE_INFINITY);
      return sourceHeader(known, namesTold(known.locations), bounded);
    },
    lookOutside: async () => {
      const { lookAtInputs } = await import('./source-look.ts');
      return splits === undefined ? lookAtInputs(await options(), keeping !== undefined) : [];
    },
    run: async (context) => runSource(await options(), context, blocks),
  };
}

/**
 * The options of a source, for whoever reads records as it does.
 * @throws TidemarkError `usage`
 */
export const sourceOptions = (given: Given): Promise<SourceOptions> => checkedOptions(given, undefined)();

/** What is wrong is told at once; zones are loaded until the function that is given back settles. */
function checkedOptions(given: Given, splits: readonly Split[] | undefined): () => Promise<SourceOptions> {
  const path = option(given, REJECTED_TO);
  const origin = option(given, TIME);
  const wanted = optionOrDefault(given, TIME_FORMAT);
  const formats = formatsOf(option(given, FORMAT), given.arguments);
  const watermarks = watermarkOf(given, {
    origin,
    formats,
    follow: flag(given, follow),
    kept: option(given, STATE) !== undefined,
  });
  const stamped = formats.includes('syslog');
  if (option(given, YEAR) !== undefined && !stamped) {
    throw usageError('--year is for syslog, and nothing is read as that here', '--format syslog');
  }
  const dialect = dialectOf(given, formats);
  const zoneName = option(given, TIMEZONE);
  // The times of syslog are local times of the zone; those of a format like rfc3339 have no use for one.
  const readerZone = stamped && !wanted.includes('%') ? undefined : zoneName;
  const schemaFile = option(given, schema);
  if (schemaFile !== undefined && option(given, FORMAT) === 'stream')
    throw usageError('--schema is for records: a stream says itself what its events have', 'leave it out');
  const reader = parseTimeFormat(wanted, readerZone);
  const zone = loadZone(stamped ? (zoneName ?? 'UTC') : 'UTC');
  refuseShard(given, { follow: flag(given, follow), formats });
  refuseRange(given, { origin, formats, follow: flag(given, follow) });
  // Told at once; where a zone has to be loaded, before anything is read.
  const range = reader instanceof Promise ? undefined : rangeOf(given, wanted, reader, zoneName);
  checkFormat(option(given, FORMAT), typeof origin === 'object' ? origin : undefined, dialect);
  const options: Omit<SourceOptions, 'timeReader' | 'zone' | 'range' | 'schema'> = {
    locations: given.arguments,
    splits,
    format: option(given, FORMAT),
    dialect,
    time: origin,
    timeFormat: wanted,
    year: option(given, YEAR),
    ...watermarks,
    follow: flag(given, follow),
    sorted: flag(given, SORTED),
    drain: flag(given, DRAIN),
    completeToNow: option(given, COMPLETE_TO) === 'now',
    limit: option(given, LIMIT) ?? Number.POSITIVE_INFINITY,
    drainOnInterrupt: option(given, onInterrupt) === 'drain',
    shard: option(given, SHARD),
    onLostFile: option(given, onLostFile) ?? 'fail',
    onCommit: option(given, onCommit),
    skipRejected: (option(given, ON_REJECT) ?? (path === undefined ? 'fail' : 'skip')) === 'skip',
  };
  return async () => {
    const timeReader = await reader;
    const limits = await (range ?? rangeOf(given, wanted, timeReader, zoneName));
    return {
      ...options,
      timeReader,
      range: limits,
      zone: await zone,
      schema: await declared(schemaFile, options),
    };
  };
}

/** What is declared of the records: by a file, or by the module that gives them. */
async function declared(
  file: string | undefined,
  { locations, format, splits }: Pick<SourceOptions, 'locations' | 'format' | 'splits'>,
): Promise<Schema | undefined> {
  if (file !== undefined) {
    const { readSchemaFile } = await import('../connectors/schema-file.ts');
    return escapedSchema(readSchemaFile(file));
  }
  if (splits !== undefined || format === 'stream' || !locations.some(isModule)) return undefined;
  const { moduleSchema } = await import('../connectors/module-schema.ts');
  const schema = await moduleSchema(locations);
  return schema && escapedSchema(schema);
}

/** Options that say what records are and which are read: a position is of no use under others. */
const POSITION_OPTIONS: readonly OptionSpec[] = [
  FORMAT,
  TIME,
  TIME_FORMAT,
  TIMEZONE,
  YEAR,
  FROM,
  TO,
  SORTED,
  ...DIALECT_OPTIONS,
];

/** What a position belongs to, as it was given. */
const shapeOf = (given: Given): StateShape =>
  Object.fromEntries(
    POSITION_OPTIONS.filter(({ name }) => given.options.has(name)).map(({ name }) => [
      `--${name}`,
      textOf(given.options.get(name)),
    ]),
  );

const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'text' in value ? String(value.text) : String(value);

function parseOnCommit(text: string): OnCommit {
  if (text === 'delete') return { kind: 'delete' };
  const folder = /^move:(.+)$/s.exec(text)?.[1];
  if (folder !== undefined) return { kind: 'move', folder };
  throw usageError(`'${text}' is not delete or move:DIR`);
}
