import { resolve } from 'node:path';
import type { Combiner, LoadedCombiner } from '../aggregates/js.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { LookupModule } from '../operators/enrich-js.ts';
import { type MapModule, type ModuleHost, TooLong } from '../operators/map-module.ts';
import type { World } from '../operators/world.ts';
import { formatDuration } from '../time/duration.ts';
import { lineIn, loadExport, type ModulePlace, messageOf, type Parameters } from './source-module.ts';

/** Where functions of a user's are told of. */
const PAGE = 'tm-functions(7)';

/** How long a module may take to load where nothing else is said, ms. */
export const LOADING = 30_000;

/**
 * The place of a module with functions: a file of JavaScript, and parameters behind a question mark.
 * @throws TidemarkError `usage`
 */
export function functionsPlace(text: string): ModulePlace {
  const [, path, query = ''] = /^([^?]*\.[mc]?js)(?:\?(.*))?$/s.exec(text) ?? [];
  if (path === undefined)
    throw usageError(`'${text}' is no module: its name ends in .mjs or .js`, './fn.mjs?name=value');
  return { name: text, path: resolve(path), parameters: Object.fromEntries(new URLSearchParams(query)) };
}

/** Functions of a user's: a module's, or a program's own. */
export interface UserFunctions extends ModuleHost {
  /** What a module would export as default. @throws TidemarkError where it cannot be loaded */
  load(): Promise<unknown>;
}

/** A module of a user's: its functions run in this process, each call in a limited time. */
export class UserModule implements UserFunctions {
  readonly name: string;
  readonly parameters: Parameters;
  readonly #place: ModulePlace;
  /** ms. */
  readonly #timeout: number;
  readonly #world: World | undefined;

  /**
   * @param timeout how long a call may take, ms
   * @param world where it is not that of this machine
   */
  constructor(place: ModulePlace, timeout: number, world?: World) {
    this.#world = world;
    this.name = place.name;
    this.parameters = place.parameters;
    this.#place = place;
    this.#timeout = timeout;
  }

  /** @throws TidemarkError where it cannot be loaded, or exports nothing as default */
  load(): Promise<unknown> {
    return this.within(loadExport(this.#place, 'default', PAGE), 'loading');
  }

  within<T>(promise: PromiseLike<T>, what: string): Promise<T> {
    return settledWithin(promise, this.#timeout, `${this.name}: ${what}`, this.#world);
  }

  reason(error: unknown): string {
    const line = error instanceof TidemarkError ? undefined : lineIn(this.#place, error);
    const file = this.name.slice(0, this.name.length - (this.name.split('?')[1]?.length ?? -1) - 1);
    return `${file}${line === undefined ? '' : `:${line}`}: ${messageOf(error) || 'it has thrown nothing'}`;
  }
}

/** Functions that a program has given itself, in place of a module's. */
export class ProgramFunctions implements UserFunctions {
  readonly name: string;
  readonly parameters: Parameters = {};
  readonly #given: unknown;
  /** ms. */
  readonly #timeout: number;
  readonly #world: World | undefined;

  /**
   * @param name for messages: `the function of map`
   * @param given what a module would export as default
   * @param timeout how long a call may take, ms
   * @param world where it is not that of this machine
   */
  constructor(name: string, given: unknown, timeout: number, world?: World) {
    this.#world = world;
    this.name = name;
    this.#given = given;
    this.#timeout = timeout;
  }

  async load(): Promise<unknown> {
    return this.#given;
  }

  within<T>(promise: PromiseLike<T>, what: string): Promise<T> {
    return settledWithin(promise, this.#timeout, `${this.name}: ${what}`, this.#world);
  }

  reason(error: unknown): string {
    return `${this.name}: ${messageOf(error) || 'it has thrown nothing'}`;
  }
}

/** What a call gave, when it is there. @throws TooLong */
async function settledWithin<T>(
  promise: PromiseLike<T>,
  timeout: number,
  what: string,
  world: World | undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new AbortController();
  const limit = new Promise<never>((_resolve, reject) => {
    const tooLong = (): void => {
      const within = formatDuration(timeout);
      reject(new TooLong(`${what} has not settled within ${within}`, '--timeout DURATION gives it longer'));
    };
    // Also where time stands: a test that waits for ever tells nothing.
    timer = setTimeout(tooLong, timeout);
    if (world?.deadline !== undefined) void world.deadline(timeout, over.signal).then(tooLong);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** Functions of a default export beside the one that it is for. */
const MAP_FUNCTIONS = ['setup', 'startBundle', 'endBundle', 'onTimer', 'teardown'] as const;

/**
 * What a module for `map --js` exports: a function, an object with `process`, or a class of such.
 * @throws TidemarkError `usage` where it is none of these
 */
export async function loadMapModule(module: UserFunctions): Promise<MapModule> {
  const functions = (await loadFunctions(module, 'process')) as unknown as MapModule;
  for (const name of MAP_FUNCTIONS) {
    if (functions[name] !== undefined && typeof functions[name] !== 'function')
      throw usageError(`${name} of ${module.name} is no function`, `${PAGE} tells what it is`);
  }
  const { outputs } = functions;
  if (outputs !== undefined && !(Array.isArray(outputs) && outputs.every((name) => typeof name === 'string')))
    throw usageError(`outputs of ${module.name} is no list of names`, "outputs: ['long', 'short']");
  return functions;
}

/** @throws TidemarkError `usage` */
export const loadLookupModule = async (module: UserFunctions): Promise<LookupModule> =>
  (await loadFunctions(module, 'lookup')) as unknown as LookupModule;

/** An object whose function `main` is there. @throws TidemarkError `usage` */
async function loadFunctions(module: UserFunctions, main: string): Promise<Record<string, unknown>> {
  const exported = await module.load();
  if (typeof exported === 'function') {
    const prototype = exported.prototype as Record<string, unknown> | undefined;
    if (typeof prototype?.[main] === 'function') return made(module, exported as new () => object);
    // What a function says of itself stands beside it.
    return { ...(exported as unknown as object), [main]: exported };
  }
  const functions = exported as Record<string, unknown> | null;
  if (typeof functions !== 'object' || functions === null || typeof functions[main] !== 'function') {
    throw usageError(
      `${exportOf(module)} is neither a function nor an object with a function ${main}`,
      `${PAGE} tells what a module exports`,
    );
  }
  return functions;
}

const exportOf = (module: UserFunctions): string =>
  module instanceof ProgramFunctions ? module.name : `the default export of ${module.name}`;

function made(module: UserFunctions, Class: new () => object): Record<string, unknown> {
  try {
    return new Class() as Record<string, unknown>;
  } catch (error) {
    throw new TidemarkError('failed', `${module.reason(error)} (in its constructor)`, { cause: error });
  }
}

/**
 * A combiner: a function of two values, or an object with create, add and merge.
 * @throws TidemarkError `usage` where the module exports neither
 */
export const loadCombiner = async (module: UserFunctions): Promise<LoadedCombiner> =>
  combinerOf(module, await module.load());

/** @throws TidemarkError `usage` where it is none */
export function combinerOf(module: UserFunctions, exported: unknown): LoadedCombiner {
  const failure = (error: unknown, what: string): TidemarkError =>
    new TidemarkError('failed', `${module.reason(error)} (in ${what})`, { cause: error });
  if (typeof exported === 'function' && typeof exported.prototype?.add !== 'function') {
    const both = exported as (a: unknown, b: unknown) => unknown;
    return { combiner: { create: () => null, add: both, merge: both }, plain: true, failure };
  }
  const combiner = (
    typeof exported === 'function' ? made(module, exported as new () => object) : exported
  ) as Partial<Combiner> | null;
  for (const name of ['create', 'add', 'merge'] as const) {
    if (typeof combiner?.[name] !== 'function')
      throw usageError(
        `${exportOf(module)} is neither a function (a, b) nor a combiner: it has no ${name}`,
        `${PAGE} tells what a combiner is`,
      );
  }
  return { combiner: combiner as Combiner, plain: false, failure };
}
