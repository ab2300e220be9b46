import { Readable } from 'node:stream';
import ndjson from 'ndjson';
import { combineCommand } from './commands/combine.ts';
import { dedupCommand } from './commands/dedup.ts';
import { enrichCommand } from './commands/enrich.ts';
import { mapCommand } from './commands/map.ts';
import { buildSource, sourceCommand } from './commands/source.ts';
import type { CommandSpec, Given, OptionSpec } from './commands/spec.ts';
import type { Stage } from './commands/stage.ts';
import { windowCommand } from './commands/window.ts';
import { streamSplit } from './connectors/stream-split.ts';
import { usageError } from './errors.ts';
import * as language from './expressions/language.ts';
import { provideLanguage } from './expressions/late-language.ts';
import { Pipeline, type PipelineOptions } from './runtime/pipeline.ts';

export type { Combiner } from './aggregates/js.ts';
export type { ModuleBatch, SinkModule } from './connectors/module-target.ts';
export type {
  Continuation,
  ModuleRecord,
  Parameters as ModuleParameters,
  ReadContext,
  SourceModule,
} from './connectors/source-module.ts';
export type { Tracker } from './connectors/tracker.ts';
export { type ErrorCode, TidemarkError } from './errors.ts';
export type { LookupContext, LookupModule } from './operators/enrich-js.ts';
export type { KeyState, MapContext, MapModule, MapResult, SetupContext } from './operators/map-module.ts';
export type { UserEvent, UserWindow } from './operators/user-event.ts';
export type { Pipeline, PipelineOptions } from './runtime/pipeline.ts';
export type { Stage };

// Stages are built at once: there is no time to load it where an expression is given.
provideLanguage(language);

/**
 * Options of a command by their long names in camelCase (`lateTo`), as on the command line: texts with units
 * (`'5m'`), numbers, `true` for a flag (`false`: not given), lists where an option may be given several times.
 */
export type StageOptions = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | undefined>
>;

/**
 * Reads records: from locations like `tm source`, or from a program: a byte stream, or anything that gives
 * objects (an iterable, an async iterable, a stream in object mode), each of which is a record.
 * @throws TidemarkError `usage`
 */
export function source(
  from: string | readonly string[] | Readable | Iterable<unknown> | AsyncIterable<unknown>,
  options: StageOptions = {},
): Stage {
  if (typeof from === 'string') return buildSource(given(sourceCommand, [from], options));
  if (Array.isArray(from) && from.every((word) => typeof word === 'string')) {
    return buildSource(given(sourceCommand, from, options));
  }
  const records = from as Readable | Iterable<unknown> | AsyncIterable<unknown>;
  return buildSource(given(sourceCommand, [], options), [
    streamSplit('the records of the program', bytesOf(records)),
  ]);
}

function bytesOf(records: Readable | Iterable<unknown> | AsyncIterable<unknown>): Readable {
  if (records instanceof Readable && !records.readableObjectMode) return records;
  const objects = records instanceof Readable ? records : Readable.from(records);
  const bytes = ndjson.stringify();
  objects.once('error', (error) => bytes.destroy(error));
  bytes.once('close', () => objects.destroy());
  return objects.pipe(bytes);
}

/**
 * Stamps events with windows: `window('fixed', '5m')`, `window('sliding', '10m', { every: '1m' })`,
 * `window('global')`.
 * @throws TidemarkError `usage`
 */
export function window(kind: string, ...rest: readonly (string | StageOptions)[]): Stage {
  const words = rest.filter((word) => typeof word === 'string');
  const options = rest.find((word) => typeof word !== 'string') ?? {};
  return windowCommand.build(given(windowCommand, words, options, kind));
}

/**
 * Calls a function of a module for each event: `map({ js: './fn.mjs', by: 'user.id' })`.
 * @throws TidemarkError `usage`
 */
export const map = (options: StageOptions): Stage => mapCommand.build(given(mapCommand, [], options));

/**
 * Passes the first event of each key: `dedup({ by: 'id', within: '10m' })`.
 * @throws TidemarkError `usage`
 */
export const dedup = (options: StageOptions): Stage => dedupCommand.build(given(dedupCommand, [], options));

/**
 * Groups and aggregates: `combine(['n=count', 'p95 = quantile(bytes, 0.95)'], { by: 'status' })`.
 * @throws TidemarkError `usage`
 */
export const combine = (aggregates: string | readonly string[], options: StageOptions = {}): Stage =>
  combineCommand.build(given(combineCommand, [aggregates].flat(), options));

/**
 * Adds members from outside: `enrich('table', 'hosts.csv', { by: 'host' })`, `enrich('http', url, …)`.
 * @throws TidemarkError `usage`
 */
export const enrich = (kind: string, from: string, options: StageOptions = {}): Stage =>
  enrichCommand.build(given(enrichCommand, [from], options, kind));

/**
 * Joins stages, a source first. Nothing runs before its results are read: `for await (const result of
 * pipeline([…]))`, or as a Node stream by `bytes()`, `lines()`, `objects()`.
 * @throws TidemarkError `usage`
 */
export const pipeline = (stages: readonly Stage[], options: PipelineOptions = {}): Pipeline =>
  new Pipeline(stages, options);

/** What a command line with these words and options would give the command. */
function given(spec: CommandSpec, words: readonly string[], options: StageOptions, kind?: string): Given {
  const syntax = spec.kinds.find(({ name }) => name === kind);
  if (kind !== undefined && syntax === undefined) {
    throw usageError(
      `${spec.name}: '${kind}' is not one of ${spec.kinds.map(({ name }) => name).join(', ')}`,
    );
  }
  const known = [...spec.options, ...(syntax?.options ?? [])];
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const option = known.find((candidate) => candidate.name === name);
    if (option === undefined) throw usageError(`${spec.name}: there is no option ${key}`);
    values.set(name, valueOf(option, value));
  }
  return { kind, arguments: words, options: values };
}

function valueOf(option: OptionSpec, value: Exclude<StageOptions[string], false | undefined>): unknown {
  if (option.value === undefined) return true;
  const { parse } = option.value;
  if (option.repeatable === true) return [value].flat().map((each) => parse(String(each)));
  return parse(Array.isArray(value) ? value.join(',') : String(value));
}
