import { applyCommand } from '../commands/apply.ts';
import { dedupCommand } from '../commands/dedup.ts';
import { explodeCommand } from '../commands/explode.ts';
import { filterCommand } from '../commands/filter.ts';
import { mapJsStage } from '../commands/map-js.ts';
import { partitionCommand } from '../commands/partition.ts';
import { routeCommand } from '../commands/route.ts';
import { sortCommand } from '../commands/sort.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { teeCommand } from '../commands/tee.ts';
import { throttleCommand } from '../commands/throttle.ts';
import { ProgramFunctions } from '../connectors/user-module.ts';
import type { MapContext } from '../operators/map-module.ts';
import type { SideInputs } from '../operators/side-views.ts';
import type { Branch } from './branch.ts';
import { partOf, refuseUnless, type Word } from './given.ts';
import type {
  ApplyOptions,
  DedupOptions,
  ExplodeOptions,
  FilterOptions,
  PartitionOptions,
  RouteOptions,
  SortOptions,
  TeeOptions,
  ThrottleOptions,
} from './options.generated.ts';
import type { SidePipelines, SidesOf } from './sides.ts';
import type { Becomes, Change, Members, Sink, Step, Unchanged } from './step.ts';

type Condition<T, S = SideInputs> = (value: T, context: MapContext<S>) => boolean | Promise<boolean>;

/** A file, a FIFO, or a branch of the program. */
export type Place<T = unknown> = string | Branch<T>;

/**
 * Passes the events for which a condition holds, byte for byte: an expression, or a list of them which must all be true;
 * or a function. An event for which the condition cannot be computed, or throws, is left out and told.
 * @example filter('status >= 500')
 * @example filter((request: Request) => request.status >= 500)
 * @throws TidemarkError `usage`
 */
export function filter(
  condition: string | readonly string[],
  options?: FilterOptions,
): Step<Unchanged, unknown>;
export function filter<T, const S extends SidePipelines>(
  condition: Condition<T, SidesOf<S>>,
  options: FilterOptions & { readonly sides: S },
): Step<Unchanged, T>;
export function filter<T>(condition: Condition<T>, options?: FilterOptions): Step<Unchanged, T>;
export function filter<T>(
  condition: string | readonly string[] | Condition<T, never>,
  options: FilterOptions = {},
): Step<Unchanged, T> {
  if (typeof condition === 'function')
    return {
      role: 'step',
      ...partOf(filterCommand, [], options, undefined, (given) => filterStage(condition, given)),
    };
  return { role: 'step', ...partOf(filterCommand, [condition].flat(), options) };
}

function filterStage<T>(condition: Condition<T, never>, given: Given): Stage {
  const process = (event: T, context: MapContext<never>): unknown => {
    const holds = condition(event, context);
    if (typeof holds === 'object') return holds.then((held) => (held === true ? event : undefined));
    return holds === true ? event : undefined;
  };
  return mapJsStage(
    given,
    (timeout, world) => new ProgramFunctions('the function of filter', process, timeout, world),
  );
}

/** The event with the elements of its list, one at a time. */
interface Exploded<Name extends string> extends Change {
  readonly out: this['in'] extends Record<Name, readonly (infer Element)[]>
    ? Omit<this['in'], Name> & Record<Name, Element>
    : Omit<this['in'] & object, Name> & Record<Name, unknown>;
}

type NameOf<Text extends string> = Text extends `${infer Name} = ${string}`
  ? Name
  : Text extends `${infer Name}=${string}`
    ? Name
    : Text;

/**
 * Gives an event for each element of a list: `explode('tags')`, `explode('part = path.split("/")')`.
 * @throws TidemarkError `usage`
 */
export const explode = <const Text extends string>(
  list: Text,
  options: ExplodeOptions = {},
): Step<Exploded<NameOf<Text>>, object> => ({
  role: 'step',
  ...partOf(explodeCommand, [list], options),
});

/**
 * Lets events through at a rate, in the time of the clock: `throttle('100/s')`.
 * @throws TidemarkError `usage`
 */
export const throttle = (rate: string, options: ThrottleOptions = {}): Step<Unchanged, unknown> => ({
  role: 'step',
  ...partOf(throttleCommand, [rate], options),
});

/**
 * Passes the first event of each key: `dedup({ by: 'id', within: '10m' })`.
 * @throws TidemarkError `usage`
 */
export const dedup = (
  options: DedupOptions & { readonly by: string | readonly string[] },
): Step<Unchanged, unknown> => ({
  role: 'step',
  ...partOf(dedupCommand, [], options),
});

/**
 * Puts events in the order of their times, as the watermark passes them: `sort({ memory: '256MB' })`.
 * @throws TidemarkError `usage`
 */
export const sort = (options: SortOptions = {}): Step<Unchanged, unknown> => ({
  role: 'step',
  ...partOf(sortCommand, [], options),
});

/**
 * Sends each event to the place of the first condition that is true, and passes the others on. A place is a file, or a
 * FIFO, and gets a stream that `source(file, { format: 'stream' })` reads; or a branch of the program: then places and
 * conditions are pairs.
 * @example route({ 'errors.stream': 'status >= 500', 'slow.stream': 'seconds > 10' })
 * @example route([[errors, 'status >= 500'], ['slow.stream', 'seconds > 10']])
 * @throws TidemarkError `usage`
 */
export function route(
  places: Readonly<Record<string, string>>,
  options?: RouteOptions,
): Step<Unchanged, unknown>;
export function route<T>(
  places: readonly (readonly [place: Place<T>, condition: string])[],
  options?: RouteOptions,
): Step<Unchanged, T>;
export function route<T>(
  places: Readonly<Record<string, string>> | readonly (readonly [Place<T>, string])[],
  options: RouteOptions = {},
): Step<Unchanged, T> {
  const fits = Array.isArray(places)
    ? places.every(Array.isArray)
    : typeof places === 'object' && places !== null;
  refuseUnless(
    fits,
    routeCommand,
    'an object of places and conditions, or a list of pairs',
    places,
    "route([[errors, 'status >= 500']])",
  );
  const pairs: readonly (readonly [unknown, string])[] = Array.isArray(places)
    ? places
    : Object.entries(places);
  const words = pairs.map(([place, condition]): Word => [place, (text) => `${text}=${condition}`]);
  return { role: 'step', ...partOf(routeCommand, words, options) };
}

/**
 * Passes the stream on, and copies it to files, FIFOs or branches of the program.
 * @throws TidemarkError `usage`
 */
export const tee = <T>(
  places: Place<T> | readonly Place<T>[],
  options: TeeOptions = {},
): Step<Unchanged, T> => ({
  role: 'step',
  ...partOf(
    teeCommand,
    [places].flat().map((place): Word => [place, (text) => text]),
    options,
  ),
});

/**
 * Divides the stream among `parts` places by key: the end of a pipeline.
 * @example partition(4, { by: 'host', to: 'part{}.stream' })
 * @example partition(2, { by: 'host', to: [left, right] })
 * @throws TidemarkError `usage`
 */
export const partition = (parts: number, options: PartitionOptions): Sink<unknown> => ({
  role: 'sink',
  ...partOf(partitionCommand, [String(parts)], options),
});

/**
 * Sends the events as lines of JSON through a program, and takes what it writes: `apply(['jq', '-c', '.'], { lines: true })`.
 * @throws TidemarkError `usage`
 */
export const apply = <T = Members>(
  command: readonly string[],
  options: ApplyOptions = {},
): Step<Becomes<NoInfer<T>>, unknown> => ({ role: 'step', ...partOf(applyCommand, command, options) });
