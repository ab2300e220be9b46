import { combineCommand } from '../commands/combine.ts';
import { partOf } from './given.ts';
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

interface Combined<A, By extends Fields> extends Change {
  readonly out: Shown<
    { readonly [Name in KeyNames<By>]: KeyMember<this['in'], Name> } & {
      readonly [Name in keyof A]: A[Name] extends string ? ResultOf<A[Name]> : unknown;
    }
  >;
}

/**
 * Groups by window and key, and aggregates.
 * @example combine({ n: 'count', p95: 'quantile(bytes, 0.95)' }, { by: ['status'] })
 * @throws TidemarkError `usage`
 */
export function combine<
  const A extends Readonly<Record<string, string>>,
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
  aggregates: string | readonly string[] | Readonly<Record<string, string>>,
  options: CombineOptions = {},
): Step {
  return { role: 'step', ...partOf(combineCommand, wordsOf(aggregates), options) };
}

function wordsOf(
  aggregates: string | readonly string[] | Readonly<Record<string, string>>,
): readonly string[] {
  if (typeof aggregates === 'string') return [aggregates];
  if (Array.isArray(aggregates)) return aggregates;
  return Object.entries(aggregates).map(([name, call]) => `${name} = ${call}`);
}
