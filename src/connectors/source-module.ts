import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TidemarkError, usageError } from '../errors.ts';
import type { Shard } from './connector.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Tracker } from './tracker.ts';

/** What stands behind the `?` of a location, by name: `./mine.mjs?queue=orders`. */
export type Parameters = Readonly<Record<string, string>>;

/** One record of a source module. */
export interface ModuleRecord<Position = unknown> {
  /** The record: an object, or its JSON as a text. */
  readonly value: unknown;
  /** Of a replayable source: where to go on behind this record; JSON. */
  readonly position?: Position;
  /** Of a redelivering source: the same whenever this record is delivered. */
  readonly id?: string | undefined;
}

/** What `read` returns at its end: nothing, where all is read; or when there may be more. */
// A generator that returns nothing is one of void.
// biome-ignore lint/suspicious/noConfusingVoidType: see above
export type Continuation = void | undefined | { readonly resumeAfter: number };

/** What a source module is told when it reads. */
export interface ReadContext<Position = unknown> {
  /** Where to go on: the position of the record that was committed last; undefined: at the start. */
  readonly position: Position | undefined;
  readonly parameters: Parameters;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

/**
 * A source written outside of tidemark: the export `source` of a module (tm-connectors(7)). `Position` is what it
 * acknowledges: of a replayable source where to go on, of a redelivering one `readonly string[]`, its ids. `Restriction`
 * is what there is to read, and `Claim` what is claimed of it. All are JSON.
 */
export interface SourceModule<Position = unknown, Restriction = unknown, Claim = unknown> {
  /** replayable: reads on from a position. redelivering: gives again what was not acknowledged. */
  readonly delivery?: 'replayable' | 'redelivering';
  /** False: no end is to be expected. */
  readonly bounded?: boolean;
  /** What records are: a JSON Schema, as `--schema` takes it from a file (tm-stream(5)). One that does not fit is rejected. */
  readonly schema?: object;
  /** All that there is to read, as JSON. */
  restriction?(parameters: Parameters): Restriction | Promise<Restriction>;
  /** Needed where the restriction is not `{ from, to }` in whole numbers. */
  tracker?(restriction: Restriction): Tracker<Restriction, Claim>;
  /** Claims each record before it gives it, and returns when it may not have it. */
  read(
    tracker: Tracker<Restriction, Claim>,
    context: ReadContext<Position>,
  ): AsyncGenerator<ModuleRecord<Position>, Continuation, void>;
  /**
   * All up to here is committed: a position, of a redelivering source a list of ids. Called again for what was told
   * before. A redelivering source may give back a list of ids that it cannot acknowledge yet: they stay held.
   */
  acknowledge?(what: Position, context: { readonly parameters: Parameters }): unknown;
}

/** A module that is named as a location. */
export interface ModulePlace {
  /** As the user wrote it. */
  readonly name: string;
  readonly path: string;
  readonly parameters: Parameters;
}

/** The place of a module; undefined: the location is none. */
export function modulePlace(location: string): ModulePlace | undefined {
  const [, path, query = ''] = /^([^?]*\.mjs)(?:\?(.*))?$/s.exec(location) ?? [];
  if (path === undefined) return undefined;
  return { name: location, path: resolve(path), parameters: Object.fromEntries(new URLSearchParams(query)) };
}

/** Paths that were loaded: another location of one of them gets an instance of its own. */
const instances = new Map<string, Map<string, number>>();

/** Where to import a location from: what a module keeps in its variables is not shared by two locations of it. */
function instanceOf({ name, path }: ModulePlace): string {
  const names = instances.get(path) ?? new Map<string, number>();
  instances.set(path, names);
  const number = names.get(name) ?? names.size;
  names.set(name, number);
  return pathToFileURL(path).href + (number === 0 ? '' : `?${number}`);
}

export const isThere = ({ path }: ModulePlace): boolean => existsSync(path);

export const isModule = (location: string): boolean => modulePlace(location) !== undefined;

/**
 * Loads an export of a module.
 * @param page the page of the manual that tells what it is
 * @throws TidemarkError `failed` where it cannot be loaded, `usage` where it has no such export
 */
export async function loadExport(
  place: ModulePlace,
  name: 'source' | 'sink' | 'default',
  page = 'tm-connectors(7)',
): Promise<unknown> {
  if (!isThere(place)) throw new TidemarkError('failed', `no such file: ${place.name}`);
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(instanceOf(place))) as Record<string, unknown>;
  } catch (error) {
    const line = error instanceof SyntaxError ? await lineOfSyntax(place) : lineIn(place, error);
    const where = line === undefined ? '' : ` (line ${line})`;
    throw new TidemarkError('failed', `${place.name} cannot be loaded: ${messageOf(error)}${where}`, {
      cause: error,
    });
  }
  if (loaded[name] === undefined) {
    const exported = name === 'default' ? 'default export' : `export ${name}`;
    throw usageError(`${place.name} has no ${exported}`, `${page} tells what a module exports`);
  }
  return loaded[name];
}

/** The line where a module is no JavaScript, which Node tells nobody but who looks at its output. */
async function lineOfSyntax({ path }: ModulePlace): Promise<number | undefined> {
  const { spawnSync } = await import('node:child_process');
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const [, line] = /^.*:([0-9]+)\n/.exec(String(stderr)) ?? [];
  return line === undefined ? undefined : Number(line);
}

/** The line of a module in which an error arose; undefined: it is not known. */
export function lineIn(place: ModulePlace, error: unknown): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const start of [pathToFileURL(place.path).href, place.path]) {
    for (let at = stack.indexOf(start); at >= 0; at = stack.indexOf(start, at + 1)) {
      const [, line] = /^(?:\?[0-9]+)?:([0-9]+)/.exec(stack.slice(at + start.length)) ?? [];
      if (line !== undefined) return Number(line);
    }
  }
  return undefined;
}

const DELIVERIES: readonly unknown[] = [undefined, 'replayable', 'redelivering'];

/** @throws TidemarkError `usage` for what is no source */
export async function loadSource(place: ModulePlace): Promise<SourceModule> {
  const source = (await loadExport(place, 'source')) as Partial<SourceModule>;
  if (typeof source.read !== 'function') {
    throw usageError(
      `the export source of ${place.name} has no function read`,
      'tm-connectors(7) tells what it is',
    );
  }
  if (!DELIVERIES.includes(source.delivery)) {
    throw usageError(
      `the delivery of ${place.name} is ${JSON.stringify(source.delivery)}`,
      "it is 'replayable' or 'redelivering'",
    );
  }
  return source as SourceModule;
}

/**
 * The tracker of what a source is to read.
 * @param shard the part of it that is read
 * @returns undefined where nothing is left for the part
 * @throws TidemarkError `failed` where the module throws
 */
export async function trackerOf(
  source: SourceModule,
  place: ModulePlace,
  shard?: Shard,
): Promise<Tracker | undefined> {
  try {
    return await partOf(source, place, shard);
  } catch (error) {
    throw failureOf(place.name, error);
  }
}

async function partOf(
  source: SourceModule,
  { name, parameters }: ModulePlace,
  shard?: Shard,
): Promise<Tracker | undefined> {
  const make = (restriction: unknown): Tracker => {
    if (source.tracker !== undefined) return source.tracker(restriction);
    if (restriction === undefined) return new WholeTracker();
    return OffsetTracker.of(restriction, name);
  };
  const whole = make(await source.restriction?.(parameters));
  if (shard === undefined) return whole;
  // Parts are split off one by one: of what is left for n of them, the first is one n-th.
  let tracker = whole;
  for (let index = 0; index < shard.index; index++) {
    const residual = tracker.trySplit(1 / (shard.count - index));
    if (residual === undefined) return undefined;
    tracker = make(residual);
  }
  if (shard.index < shard.count - 1) tracker.trySplit(1 / (shard.count - shard.index));
  return tracker;
}

/** Of a source that says nothing of how much there is. */
class WholeTracker implements Tracker {
  readonly restriction = undefined;
  tryClaim(): boolean {
    return true;
  }
  trySplit(): undefined {
    return undefined;
  }
  progress(): undefined {
    return undefined;
  }
}

/** What a module has thrown, under its name. */
export function failureOf(name: string, error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  return new TidemarkError('failed', `${name} failed: ${messageOf(error)}`, { cause: error });
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
