import type { PassThrough } from 'node:stream';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';

/** Members of an event by name; integers past 2^53 are bigints. */
export type Members = Record<string, unknown>;

/**
 * How the type of events changes in a stage, for the compiler alone: `out` is told by `this['in']`. (Lightweight
 * higher-kinded types, after Yallop and White, FLOPS 2014.)
 */
export interface Change {
  readonly in: unknown;
  readonly out: unknown;
}

/** Events are what they were. */
export interface Unchanged extends Change {
  readonly out: this['in'];
}

/** Events are these from here on. */
export interface Becomes<T> extends Change {
  readonly out: T;
}

type Changed<C extends Change, In> = (C & { readonly in: In })['out'];

/** A type as it is shown: members in one place. */
export type Shown<T> = { readonly [Name in keyof T]: T[Name] };

/** What every part of a pipeline has; made by the functions of this library. */
export interface Part {
  /** Its command: `combine`. */
  readonly command: string;
  /** The name under which it keeps its state; undefined: that of its command. */
  readonly name: string | undefined;
  readonly given: Given;
  readonly stage: Stage;
}

/** The first part of a pipeline: its events have members of type `T`. */
export interface Source<T = Members> extends Part {
  readonly role: 'source';
  readonly events?: T;
  /** It reads what is written to the pipeline: `duplex()`, `toWeb()`. */
  readonly input: PassThrough | undefined;
  /** It without state, to see the header of its stream; undefined: only its input tells that. */
  readonly looked: Stage | undefined;
}

/** A part behind the source: it takes events of type `A`, and changes their type by `C`. */
export interface Step<C extends Change = Change, A = never> extends Part {
  readonly role: 'step';
  readonly change?: C;
  readonly takes?: (value: A) => void;
}

/** The last part of a pipeline that is run. */
export interface Sink<A = never> extends Part {
  readonly role: 'sink';
  readonly takes?: (value: A) => void;
}

/** Any part of a pipeline. */
export type AnyPart = Source<unknown> | Step | Sink;

/** The type of the events that the last of these parts gives; `Members` where the compiler does not see them one by one. */
export type EventsOf<Parts extends readonly AnyPart[]> = Parts extends readonly [
  Source<infer T>,
  ...infer Rest,
]
  ? Through<T, Rest>
  : Members;

type Through<T, Rest> = Rest extends readonly [infer First, ...infer Others]
  ? First extends Step<infer C, infer _>
    ? Through<Changed<C, T>, Others>
    : T
  : T;

/** What the compiler shows where a part takes other events than it gets. */
export interface TakesOtherEvents<Gets, Takes> {
  readonly thisPartGets: Gets;
  readonly butTakes: Takes;
}

/** Nothing where each part takes what the one before gives. */
export type Fitting<Parts extends readonly AnyPart[]> = Parts extends readonly [
  Source<infer T>,
  ...infer Rest,
]
  ? FittingBehind<T, Rest>
  : unknown;

type FittingBehind<T, Rest> = Rest extends readonly [infer First, ...infer Others]
  ? First extends Step<infer C, infer A>
    ? [T] extends [A]
      ? FittingBehind<Changed<C, T>, Others>
      : TakesOtherEvents<T, A>
    : First extends Sink<infer A>
      ? [T] extends [A]
        ? unknown
        : TakesOtherEvents<T, A>
      : unknown
  : unknown;
