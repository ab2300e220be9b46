import type { Literal } from './aggregate.ts';

/** The `check` of aggregates without literal arguments: how many there are is checked by whoever parses. */
export function noLiterals(_literals: readonly Literal[]): void {}
