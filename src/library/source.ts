import { PassThrough } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { buildSource, sourceCommand } from '../commands/source.ts';
import { FORMAT } from '../commands/source-format.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { option } from '../commands/values.ts';
import type { Split } from '../connectors/connector.ts';
import { recordsSplit } from '../connectors/records-split.ts';
import { withEstimator } from './estimator.ts';
import { partOf, refuseUnless } from './given.ts';
import type { SourceOptions } from './options.generated.ts';
import type { Members, Source } from './step.ts';

/** Records that a program gives: objects, or bytes and texts, which are read as those of a file. */
export type Records<T> = Iterable<T> | AsyncIterable<T> | ReadableStream<T>;

/** Bytes and texts have members that the compiler does not know. */
type MembersOf<T> = T extends string | Uint8Array ? Members : T;

/**
 * Reads records, and gives them event time and watermarks: from locations as `tm source` does (a file, a list of files, a
 * pattern, `-`), or from the program: an array, an iterable, an async iterable, a Node stream, a web stream. Each object
 * is a record; bytes and texts are read as those of a file. Without either it reads what is written to the pipeline
 * (`duplex`, `toWeb`).
 * @example source<Request>('access.log', { format: 'combined', delay: '1m' })
 * @example source(orders, { time: 'at' })
 * @throws TidemarkError `usage`
 */
export function source<T extends object = Members>(
  locations: string | readonly string[],
  options?: SourceOptions,
): Source<NoInfer<T>>;
export function source<T>(records: Records<T>, options?: SourceOptions): Source<MembersOf<T>>;
export function source<T extends object = Members>(options?: SourceOptions): Source<NoInfer<T>>;
export function source(
  from: string | readonly string[] | Records<unknown> | SourceOptions = {},
  options: SourceOptions = {},
): Source<unknown> {
  if (typeof from === 'string') return sourceOf([from], options);
  const fits = typeof from === 'object' && from !== null;
  refuseUnless(
    fits,
    sourceCommand,
    'a location, or records',
    from,
    "source('access.log', { format: 'combined' })",
  );
  if (isLocations(from)) return sourceOf(from, options);
  if (isRecords(from)) return sourceOf([], options, [recordsSplit('the records of the program', from)]);
  const input = new PassThrough();
  return { ...sourceOf([], from, [recordsSplit('the input of the pipeline', input)]), input };
}

/** An empty list is one of records: there are none. */
const isLocations = (from: object): from is readonly string[] =>
  Array.isArray(from) && from.length > 0 && from.every((word) => typeof word === 'string');

const isRecords = (from: object): from is Iterable<unknown> | AsyncIterable<unknown> =>
  Symbol.asyncIterator in from || Symbol.iterator in from;

function sourceOf(
  locations: readonly string[],
  options: SourceOptions,
  splits?: readonly Split[],
): Source<unknown> {
  const { watermark, ...others } = options;
  const isText = watermark === undefined || typeof watermark === 'string';
  const estimated = (given: Given): Given =>
    isText ? given : withEstimator(given, watermark, splits !== undefined);
  const part = partOf(sourceCommand, locations, isText ? options : others, undefined, (given) =>
    buildSource(estimated(given), splits),
  );
  return {
    role: 'source',
    ...part,
    input: undefined,
    looked: looked(estimated(part.given), splits),
  };
}

/** Locations are looked for, and not opened; what a stored stream says of itself only its bytes tell. */
function looked(given: Given, splits: readonly Split[] | undefined): Stage | undefined {
  if (option(given, FORMAT) === 'stream') return undefined;
  return buildSource(withoutState(given), splits === undefined ? undefined : []);
}

/** Options of a run that is kept say nothing of the events. */
function withoutState(given: Given): Given {
  const state = ['state', 'checkpoint', 'drain', 'complete-to', 'if-running', 'reset-state', 'on-commit'];
  return { ...given, options: new Map([...given.options].filter(([name]) => !state.includes(name))) };
}
