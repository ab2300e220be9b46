import type { Path } from '../json/path.ts';
import type { Schema } from '../stream/schema.ts';
import type { Type } from './type.ts';

/** Names that mean something else than a member of the event, with their types: side inputs, results of `combine`. */
export type Bindings = ReadonlyMap<string, Type>;

/** A text in the syntax of CEL, parsed; names of functions and their number of arguments are checked. */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** What it reads of an event, in the order of its text. */
  readonly fields: readonly Path[];
  /** The field that it is, where it is nothing but one: then no value needs to be computed. */
  readonly field: Path | undefined;
  /** Whether it reads `event_time()`, `window_start()` or `window_end()`. */
  readonly readsMetadata: boolean;
  /**
   * Its type. Fields that a closed schema does not have, and operators or functions that do not take the types they are
   * given, are refused with the place in the text and what was meant.
   * @param schema of the event; undefined: nothing is known
   * @throws TidemarkError `usage`
   */
  check(schema: Schema | undefined): Type;
}

/**
 * Parses an expression.
 * @param bindings names that are no members
 * @throws TidemarkError `usage` that quotes the text and says at which character (from 1) what is wrong
 */
export declare function parseExpression(text: string, bindings?: Bindings): Expression;
