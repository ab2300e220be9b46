import { mapCommand, refuseOptionsOf } from '../commands/map.ts';
import { mapJsStage } from '../commands/map-js.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { ProgramFunctions } from '../connectors/user-module.ts';
import type { MapContext, MapModule } from '../operators/map-module.ts';
import type { UserEvent } from '../operators/user-event.ts';
import { partOf, refuseUnless } from './given.ts';
import type { MapOptions } from './options.generated.ts';
import type { SidePipelines, SidesOf } from './sides.ts';
import type { Becomes, Change, Members, Step } from './step.ts';

/** Options of `map` with expressions. */
export type MapExpressionOptions = Pick<
  MapOptions,
  'only' | 'drop' | 'rename' | 'side' | 'sides' | 'rejectedTo'
>;
/** Options of `map` with functions. */
export type MapFunctionOptions = Omit<MapOptions, 'js' | 'only' | 'drop' | 'rename'>;

/** The events in what a function gives: nothing, one, or several. */
// A function that gives nothing may be one of void.
// biome-ignore lint/suspicious/noConfusingVoidType: see above
type Results<R> = R extends undefined | null | void
  ? never
  : R extends AsyncIterable<infer Each> | Iterable<infer Each>
    ? NonNullable<Each>
    : R;

interface WithMembers<Names extends PropertyKey> extends Change {
  readonly out: Omit<this['in'] & object, Names> & Record<Names, unknown>;
}

function mapWith<T, R, const S extends SidePipelines>(
  given: (value: T, context: MapContext<SidesOf<S>>) => R,
  options: MapFunctionOptions & { readonly sides: S },
): Step<Becomes<Results<Awaited<R>>>, T>;
function mapWith<T, R>(
  given: (value: T, context: MapContext) => R,
  options?: MapFunctionOptions,
): Step<Becomes<Results<Awaited<R>>>, T>;
function mapWith<Out extends object = Members, Event = UserEvent>(
  given: MapModule<Event>,
  options?: MapFunctionOptions,
): Step<Becomes<NoInfer<Out>>, unknown>;
function mapWith<const A extends Readonly<Record<string, string>>>(
  given: A,
  options?: Omit<MapExpressionOptions, 'only' | 'drop' | 'rename'>,
): Step<WithMembers<keyof A>, object>;
function mapWith<Out extends object = Members>(
  given: Readonly<Record<string, string>> | readonly string[],
  options: MapExpressionOptions,
): Step<Becomes<NoInfer<Out>>, unknown>;
function mapWith(
  given:
    | ((value: never, context: MapContext<never>) => unknown)
    | MapModule<never>
    | Readonly<Record<string, string>>
    | readonly string[],
  options: MapFunctionOptions | MapExpressionOptions = {},
): Step {
  const fits = typeof given === 'function' || (typeof given === 'object' && given !== null);
  refuseUnless(
    fits,
    mapCommand,
    'a function, or an object of expressions',
    given,
    "map({ kb: 'bytes / 1024' })",
  );
  if (typeof given === 'function' || ('process' in given && typeof given.process === 'function'))
    return {
      role: 'step',
      ...partOf(mapCommand, [], options, undefined, (parsed) => functionStage(given, parsed)),
    };
  const words = Array.isArray(given)
    ? given
    : Object.entries(given as Record<string, string>).map(([name, text]) => `${name} = ${text}`);
  return { role: 'step', ...partOf(mapCommand, words, options) };
}

function functionStage(functions: unknown, given: Given): Stage {
  refuseOptionsOf('expressions', given);
  return mapJsStage(
    given,
    (timeout, world) => new ProgramFunctions('the function of map', functions, timeout, world),
  );
}

/**
 * Computes members, or makes events from events.
 *
 * A function gets the members of an event, and what it may do besides (`MapContext`: state by key, timers, side outputs),
 * and gives nothing, an event, or several, also as a promise. An object with `process` and more (`MapModule`) is the
 * same as a module of `tm map --js`. Expressions give members: `{ kb: 'bytes / 1024' }`, or a list of texts.
 * @example map((order: Order) => ({ id: order.id, total: order.price * order.count }))
 * @example map({ kb: 'round(bytes / 1024)' })
 * @example map((word: Word, { side: { average } }) => …, { sides: { average: pipeline([…]) } })
 * @throws TidemarkError `usage`
 */
export const map = Object.assign(mapWith, {
  /** Calls the functions of a module: `map.js('./fn.mjs', { by: 'user.id' })`. */
  js: <Out extends object = Members>(
    module: string,
    options: MapFunctionOptions = {},
  ): Step<Becomes<NoInfer<Out>>, unknown> => ({
    role: 'step',
    ...partOf(mapCommand, [], { ...options, js: module }),
  }),
});
