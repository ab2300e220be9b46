import type { Type } from './type.ts';
import type { Value } from './value.ts';

/**
 * One function of expressions: `lower(s)` or `s.lower()`; which of the two forms are legal is said by `form`. Total,
 * without side effects, no clock, no random. `call` is handed values of its parameters' types only (value-type.ts); a list
 * or an object may be a JsonSpan.
 */
export interface FunctionDefinition {
  readonly name: string;
  /** `method`: `text.split('/')`, the receiver is the first parameter; `call`: `div(a, b)`; `both`. */
  readonly form: 'call' | 'method' | 'both';
  /** As it is written in help: `text.split(SEPARATOR)`. */
  readonly usage: string;
  /** One line of help: imperative, lower case, no full stop. */
  readonly summary: string;
  /** An expression and the JSON of its value: run by a test, shown in tm-expressions(7). */
  readonly example: readonly [expression: string, value: string];
  /** Types of the parameters, the receiver first. Several definitions of one name differ in these. */
  readonly parameters: readonly Type[];
  /** How many of the last parameters may be left out; 0 by default. */
  readonly optional?: number;
  /** Whether the last parameter may be given any number of times more. */
  readonly variadic?: true;
  readonly result: Type;
  /** The type of the result where more is known of the arguments than `parameters` say; `result` by default. */
  resultOf?(types: readonly Type[]): Type;
  /** Whether null arguments are handed over; by default a null argument makes the result null. */
  readonly takesNull?: true;
  /** The function of SQL (DuckDB's dialect) that does the same with the same arguments; undefined: none does. */
  readonly sql?: string;
  /**
   * What the function needs that is only loaded where it is used, by its literals (undefined: no literal): the library of
   * regular expressions, the rules of time zones. Awaited before `prepare` and `call`; undefined: nothing is missing.
   */
  load?(literals: readonly (Value | undefined)[]): Promise<void> | undefined;
  /**
   * Arguments that are literals are handed here once, when the expression is compiled: a regular expression is parsed, a
   * network is read. What it throws (a TidemarkError `usage`) points at the argument. Gives the function over all arguments.
   */
  prepare?(literals: readonly (Value | undefined)[]): FunctionCall;
  /**
   * What was left out is undefined.
   * @throws FunctionFailure what is wrong with the values: the event is rejected
   */
  call(...values: (Value | undefined)[]): Value;
}

/** A function over all arguments; a method's type, so that one of narrower parameters is a FunctionCall as well. */
export type FunctionCall = FunctionDefinition['call'];

/** The type of the argument at an index. */
export const parameterAt = ({ parameters, variadic }: FunctionDefinition, index: number): Type =>
  parameters[variadic === true ? Math.min(index, parameters.length - 1) : index]!;

/** Thrown by a function: the evaluator adds where it stands. */
export class FunctionFailure {
  /** Lower case, no full stop. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
