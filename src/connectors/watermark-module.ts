import { TidemarkError, usageError } from '../errors.ts';
import type { WatermarkEstimator } from '../operators/watermark-estimator.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import type { UserFunctions } from './user-module.ts';

/** What a module for `--watermark` makes, one for each location. Times are epoch milliseconds. */
export interface UserEstimator {
  /** An event with this time has come. */
  observe(time: number): void;
  /** No event before this is on time any more; undefined: nothing is known yet. */
  watermark(): number | Date | undefined;
  /** What `restore` is given by the next run with `--state`: JSON. */
  save?(): unknown;
  restore?(saved: unknown): void;
}

/** What such a module exports as default: a class, or a function that makes an estimator; one is made for each location. */
export type WatermarkModule = (new () => UserEstimator) | (() => UserEstimator);

const FUNCTIONS = ['observe', 'watermark'] as const;
const PAGE = 'tm-functions(7)';

/**
 * Makes an estimator for each location: the default export is a class of them, or a function that makes one.
 * @param kept what they know is saved, and must be given to the next run
 * @throws TidemarkError `usage` where it is neither
 */
export async function loadEstimators(
  module: UserFunctions,
  kept: boolean,
): Promise<() => WatermarkEstimator> {
  const exported = await module.load();
  if (typeof exported !== 'function')
    throw usageError(
      `the default export of ${module.name} is neither a class nor a function that makes an estimator`,
      `${PAGE} tells what it is`,
    );
  const isClass = typeof exported.prototype?.observe === 'function';
  return () => {
    const made: unknown = called(module, isClass ? 'its constructor' : 'its default export', () =>
      isClass ? new (exported as new () => unknown)() : exported(),
    );
    return new Estimator(module, checked(module, made, kept));
  };
}

function checked(module: UserFunctions, made: unknown, kept: boolean): UserEstimator {
  const estimator = made as Partial<UserEstimator> | null | undefined;
  for (const name of kept ? ([...FUNCTIONS, 'save', 'restore'] as const) : FUNCTIONS) {
    if (typeof estimator?.[name] === 'function') continue;
    throw usageError(
      `the estimator of ${module.name} has no function ${name}${name === 'save' ? ', which --state wants' : ''}`,
      `${PAGE} tells what it is`,
    );
  }
  return estimator as UserEstimator;
}

class Estimator implements WatermarkEstimator {
  readonly #module: UserFunctions;
  readonly #estimator: UserEstimator;

  constructor(module: UserFunctions, estimator: UserEstimator) {
    this.#module = module;
    this.#estimator = estimator;
  }

  reachedBy(time: number): number {
    let what = 'observe';
    try {
      this.#estimator.observe(time);
      what = 'watermark';
      const given = this.#estimator.watermark();
      if (given === undefined || given === null) return Number.NEGATIVE_INFINITY;
      const reached = Math.floor(Number(given));
      if (reached === Number.NEGATIVE_INFINITY) return reached;
      if (typeof given !== 'string' && reached >= MIN_INSTANT && reached <= MAX_INSTANT) return reached;
      throw new Error(`it gives ${JSON.stringify(given)}, and a watermark is epoch milliseconds or a Date`);
    } catch (error) {
      throw failure(this.#module, what, error);
    }
  }

  save(): unknown {
    const saved = called(this.#module, 'save', () => {
      const given = this.#estimator.save?.();
      const text = JSON.stringify(given);
      if (text === undefined && given !== undefined) throw new Error('it gives what is no JSON');
      return text === undefined ? null : (JSON.parse(text) as unknown);
    });
    return saved;
  }

  restore(saved: unknown): void {
    called(this.#module, 'restore', () => this.#estimator.restore?.(saved));
  }
}

function called<T>(module: UserFunctions, what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw failure(module, what, error);
  }
}

const failure = (module: UserFunctions, what: string, error: unknown): TidemarkError =>
  new TidemarkError('failed', `${module.reason(error)} (in ${what})`, { cause: error });
