import type { Shard, Split } from '../connectors/connector.ts';
import { isGenerate } from '../connectors/generate-options.ts';
import { isFolder } from '../connectors/path-pattern.ts';
import type { OnCommit } from '../connectors/replayable.ts';
import { isModule } from '../connectors/source-module.ts';
import type { DialectOptions } from '../formats/dialect.ts';
import { schemaOfFormat } from '../formats/format-schema.ts';
import { JOURNAL_TIME } from '../formats/journal-reader.ts';
import { formatOfName } from '../formats/readers.ts';
import type { TimeOrigin } from '../operators/event-time.ts';
import { GLOBAL_WINDOWING } from '../stream/header.ts';
import type { Header, WatermarkOrigin } from '../stream/marker.ts';
import type { Schema } from '../stream/schema.ts';
import type { TimeReader } from '../time/time-format.ts';
import type { Zone } from '../time/zone.ts';
import type { TimeLimits } from './source-range.ts';
import type { SourceTime, WatermarkOptions } from './source-watermark.ts';

/** What a source is to do, as its options say it. */
export interface SourceOptions extends WatermarkOptions {
  readonly locations: readonly string[];
  /** What to read instead of locations: a program's own records. */
  readonly splits: readonly Split[] | undefined;
  /** Declared of the records; undefined: nothing is. */
  readonly schema: Schema | undefined;
  /** Undefined: by each location's name. */
  readonly format: string | undefined;
  /** Of csv and tsv. */
  readonly dialect: DialectOptions;
  readonly time: SourceTime;
  readonly timeFormat: string;
  readonly timeReader: TimeReader;
  /** Of times that carry none, in formats that have their own. */
  readonly zone: Zone;
  /** Of the first time, in formats that write none. */
  readonly year: number | undefined;
  readonly follow: boolean;
  /** Undefined: all events are wanted. */
  readonly range: TimeLimits | undefined;
  /** No record of a location is older than one before it by more than the delay. */
  readonly sorted: boolean;
  /** With epochs: the end of the input is the end of the stream; else it is suspended there. */
  readonly drain: boolean;
  /** With epochs: at the end of the input the watermark moves to the clock minus the delay. */
  readonly completeToNow: boolean;
  readonly limit: number;
  /** The part of the input that is read; undefined: all. */
  readonly shard: Shard | undefined;
  /** Whether a stop by a signal is an end like any other: the windows that are open fire. */
  readonly drainOnInterrupt: boolean;
  readonly skipRejected: boolean;
  /** With epochs: what is done when a file is gone that was not read to its end. */
  readonly onLostFile: 'fail' | 'skip';
  /** With epochs: what is done with a file of a directory or a pattern once its records are committed. */
  readonly onCommit: OnCommit | undefined;
}

/** The format of a location: the one that is given, or that of its name. */
export const formatOf = ({ format }: Pick<SourceOptions, 'format'>, location: string): string =>
  format ?? (isGenerate(location) || isModule(location) ? 'ndjson' : formatOfName(location));

/** @param stamp writes when events came, where that is their time */
export function originOf(
  options: SourceOptions,
  stamp: Extract<TimeOrigin, { kind: 'arrival' }>['stamp'],
): TimeOrigin {
  const { time, timeFormat, timeReader } = options;
  if (time === 'arrival') return { kind: 'arrival', stamp };
  if (time === 'none') return { kind: 'none' };
  const field = time?.text ?? (options.format === 'journal' ? JOURNAL_TIME : 'time');
  return { kind: 'record', field, format: timeFormat, reader: timeReader };
}

/**
 * What is said of the stream before any of it is read.
 * @param names of what is read
 */
export function sourceHeader(options: SourceOptions, names: readonly string[], bounded: boolean): Header {
  const schema = sourceSchema(options, names);
  const ticks = tickEveryOf(options, bounded);
  return {
    version: 1,
    commands: ['source'],
    bounded,
    watermark: watermarkOrigin(options),
    windowing: GLOBAL_WINDOWING,
    branch: '',
    ...(ticks === undefined ? {} : { ticks }),
    ...(schema === undefined ? {} : { schema }),
    other: {},
  };
}

function watermarkOrigin({ watermark, delay, watermarkEvery }: SourceOptions): WatermarkOrigin {
  if (watermark.kind === 'delay' && delay === undefined) return {};
  return {
    ...(watermark.kind === 'delay' ? {} : { strategy: watermark.kind }),
    ...(delay === undefined ? {} : { delay }),
    ...(watermark.kind === 'manual' ? {} : { every: watermarkEvery }),
  };
}

/** Processing time between two ticks where it is not given and the input has no end, ms. */
const TICK_EVERY = 1000;

/** ms; undefined: no ticks. */
export function tickEveryOf({ tickEvery }: SourceOptions, bounded: boolean): number | undefined {
  if (tickEvery === 'off') return undefined;
  return tickEvery ?? (bounded ? undefined : TICK_EVERY);
}

/** The names that tell formats before anything is opened: a folder's says nothing of the files in it. */
export const namesTold = (locations: readonly string[]): readonly string[] =>
  locations.some(isFolder) ? [] : locations;

/** What is known of the records, by their format and what is declared of them; undefined: nothing. */
function sourceSchema(options: SourceOptions, names: readonly string[]): Schema | undefined {
  const { format, dialect, schema } = options;
  const formats = new Set(names.map((name) => (isGenerate(name) ? 'generate' : formatOf(options, name))));
  const [only] = format === undefined ? formats : [format];
  const known =
    only === undefined || (format === undefined && formats.size > 1)
      ? undefined
      : schemaOfFormat(only, dialect);
  if (schema === undefined || known === undefined) return schema ?? known;
  return { members: new Map([...known.members, ...schema.members]), closed: known.closed || schema.closed };
}
