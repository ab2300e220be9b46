import type { Type } from './type.ts';
import type { Value } from './value.ts';

/**
 * One function of expressions: `lower(s)` or `s.lower()`; which of the two forms are legal is said by `form`. Total,
 * without side effects, no clock, no random.
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
  readonly result: Type;
  /** Whether null arguments are handed over; by default a null argument makes the result null. */
  readonly takesNull?: true;
  /** The function of SQL (DuckDB's dialect) that does the same with the same arguments; undefined: none does. */
  readonly sql?: string;
  /**
   * Arguments that are literals are handed here once, when the expression is compiled: a regular expression is parsed, a
   * network is read. What it throws (a TidemarkError `usage`) points at the argument. Gives the function over all arguments.
   */
  prepare?(literals: readonly (Value | undefined)[]): (...values: Value[]) => Value;
  /** @throws FunctionFailure what is wrong with the values: the event is rejected */
  call(...values: Value[]): Value;
}

/** Thrown by a function: the evaluator adds where it stands. */
export class FunctionFailure {
  /** Lower case, no full stop. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
