import { combineCommand } from '../commands/combine.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { combinerOf, ProgramFunctions } from '../connectors/user-module.ts';
import { partOf, refuseUnless, type Word } from './given.ts';
import type { AggregateResults, CombineOptions } from './options.generated.ts';
import type { Becomes, Change, Members, Shown, Step } from './step.ts';

/** What a call of an aggregate gives: `quantile(bytes, 0.95)`. */
type ResultOf<Call extends string> =
  Trimmed<Call extends `${infer Name}(${string}` ? Name : Call> extends infer Name
    ? Name extends keyof AggregateResults
      ? AggregateResults[Name]
      : unknown
    : never;

type Trimmed<Text extends string> = Text extends ` ${infer Rest}` | `${infer Rest} ` ? Trimmed<Rest> : Text;

/** Fields of a key as they are given: a list, or a text with commas. */
type Fields = string | readonly string[];

/** The member that a field of the key becomes: of `class = int(status / 100)` it is `class`. */
type KeyName<Field extends string> = Trimmed<Field extends `${infer Name}=${string}` ? Name : Field>;

/** A text with commas is divided, unless there are calls in it. */
type KeyNames<By extends Fields> = By extends readonly string[]
  ? KeyName<By[number]>
  : By extends `${string}(${string}`
    ? string
    : By extends `${infer Field},${infer Rest}`
      ? KeyName<Field> | KeyNames<Rest>
      : By extends string
        ? KeyName<By>
        : never;

/** A missing member of a key is null. */
type KeyMember<T, Name> = Name extends keyof T
  ? undefined extends T[Name]
    ? Exclude<T[Name], undefined> | null
    : T[Name]
  : unknown;

/**
 * A combiner of the program: a function of two values that gives one, or create, add, merge and result, as a module of
 * `js(…)` has them (`Combiner`). Merging must be associative and commutative.
 */
export type ProgramCombiner = ((a: never, b: never) => unknown) | CombinerFunctions;

/** A `Combiner` whose accumulators and values have types. */
export interface CombinerFunctions {
  create(): unknown;
  add(accumulator: never, value: never): unknown;
  merge(accumulator: never, other: never): unknown;
  result?(accumulator: never): unknown;
  save?(accumulator: never): unknown;
  load?(saved: never): unknown;
}

/** An aggregate: a call as on the command line; a combiner, which is given events; or one behind the fields that it is given. */
export type GivenAggregate =
  | string
  | ProgramCombiner
  | readonly [field: string, ...rest: readonly [...fields: string[], combiner: ProgramCombiner]];

/** What a combiner gives; a function of two values gives null where there were none. */
type CombinedBy<C> = C extends { result(accumulator: never): infer R }
  ? R
  : C extends { create(): infer A }
    ? A
    : C extends (a: never, b: never) => infer R
      ? R | null
      : unknown;

type AggregateResult<A> = A extends string
  ? ResultOf<A>
  : A extends readonly [...string[], infer C]
    ? CombinedBy<C>
    : CombinedBy<A>;

interface Combined<A, By extends Fields> extends Change {
  readonly out: Shown<
    { readonly [Name in KeyNames<By>]: KeyMember<this['in'], Name> } & {
      readonly [Name in keyof A]: AggregateResult<A[Name]>;
    }
  >;
}

/**
 * Groups by window and key, and aggregates.
 * @example combine({ n: 'count', p95: 'quantile(bytes, 0.95)' }, { by: ['status'] })
 * @example combine({ longest: ['path', (a: string, b: string) => (a.length < b.length ? b : a)] })
 * @throws TidemarkError `usage`
 */
export function combine<
  const A extends Readonly<Record<string, GivenAggregate>>,
  const By extends Fields = readonly [],
>(
  aggregates: A,
  options?: Omit<CombineOptions, 'by'> & { readonly by?: By | undefined },
): Step<Combined<A, By>, unknown>;
/**
 * The same with texts, as on the command line: `combine(['n = count', 'mean(bytes)'])`.
 * @throws TidemarkError `usage`
 */
export function combine<Out extends object = Members>(
  aggregates: string | readonly string[],
  options?: CombineOptions,
): Step<Becomes<NoInfer<Out>>, unknown>;
export function combine(
  aggregates: string | readonly string[] | Readonly<Record<string, GivenAggregate>>,
  options: CombineOptions = {},
): Step {
  const fits = typeof aggregates === 'string' || (typeof aggregates === 'object' && aggregates !== null);
  refuseUnless(fits, combineCommand, 'an object of aggregates', aggregates, "combine({ n: 'count' })");
  const combiners = new Map<string, ProgramFunctions>();
  const build = (given: Given): Stage => combineCommand.build(given, combiners);
  const words: Word[] = wordsOf(aggregates).map((word): Word => {
    if (typeof word === 'string') return word;
    const { name, fields, combiner } = word;
    // What stands for it among files of JavaScript.
    const place = JSON.stringify(`the combiner ${name}.js`);
    return [
      '',
      () => {
        const functions = new ProgramFunctions(`the combiner ${name}`, combiner, Number.POSITIVE_INFINITY);
        combinerOf(functions, combiner);
        combiners.set(JSON.parse(place) as string, functions);
        return `${name} = js(${[...fields, place].join(', ')})`;
      },
    ];
  });
  return { role: 'step', ...partOf(combineCommand, words, options, undefined, build) };
}

/** A combiner, and what it is told of an event; no fields: all of it. */
interface NamedCombiner {
  readonly name: string;
  readonly fields: readonly string[];
  readonly combiner: unknown;
}

function wordsOf(
  aggregates: string | readonly string[] | Readonly<Record<string, GivenAggregate>>,
): readonly (string | NamedCombiner)[] {
  if (typeof aggregates === 'string') return [aggregates];
  if (Array.isArray(aggregates)) return aggregates;
  return Object.entries(aggregates as Readonly<Record<string, GivenAggregate>>).map(([name, given]) => {
    if (typeof given === 'string') return `${name} = ${given}`;
    if (!Array.isArray(given)) return { name, fields: [], combiner: given };
    return { name, fields: given.slice(0, -1) as string[], combiner: given.at(-1) };
  });
}
