import { toldAt } from '../errors.ts';
import { type Operand, type OperandText, operandOf, parseOperandTexts } from '../expressions/operand.ts';
import { DEAD_LETTER, EXCESS, LATE, REJECTED } from '../operators/operator.ts';
import type { Given, OptionSpec } from './spec.ts';
import type { SideFiles } from './stage.ts';
import { FIELDS, FILE, option, STAGE_NAME } from './values.ts';

/** Options that mean the same wherever they stand. */

export const BY: OptionSpec<OperandText[]> = {
  name: 'by',
  value: { placeholder: FIELDS.placeholder, parse: parseOperandTexts },
  help: "what makes the key: fields and what is computed of them, by commas: method, 'class = int(status / 100)'",
  details:
    'A field is a path: `status`, `user.id`, `peers[0].id`, `["user-id"]`. Keys are equal as JSON values; a missing member is null. What is computed of fields is one too: `class = int(status / 100)`, or without the name; tm-expressions(7) tells how.',
};

/**
 * What makes the key; empty where it is not given. What computes must have been loaded (`CommandSpec.load`).
 * @throws TidemarkError `usage`
 */
export const keyOf = (given: Given): Operand[] =>
  toldAt(`--${BY.name}`, () => (option(given, BY) ?? []).map(operandOf));
/** Of every command that keeps state. */
export const NAME: OptionSpec<string> = {
  name: 'name',
  value: STAGE_NAME,
  help: 'name under which the command keeps its state',
  default: "the command's; numbered where it stands in the line twice",
};

export const LATE_TO: OptionSpec<string> = {
  name: 'late-to',
  value: FILE,
  help: 'put events that came too late into FILE',
  details:
    'They are written as they came, with @w reduced to the windows that they missed, as a stream that `tm source --format stream` reads: tm-time(7), LATE EVENTS, tells how they are dealt with then. FILE is replaced by each run; where the source keeps state, it goes on with each.',
};

export const REJECTED_TO: OptionSpec<string> = {
  name: 'rejected-to',
  value: FILE,
  help: 'put events that cannot be computed with into FILE',
};

export const DEAD_LETTER_TO: OptionSpec<string> = {
  name: 'dead-letter-to',
  value: FILE,
  help: 'put events that were given up on into FILE',
  details: 'They are written as they came, as a stream that `tm source --format stream` reads.',
};

export const EXCESS_TO: OptionSpec<string> = {
  name: 'excess-to',
  value: FILE,
  help: 'put events over the rate into FILE',
  details: 'They are written as they came, as a stream that `tm source --format stream` reads.',
};

/** The side outputs that were given a file. */
export function sideFiles(given: Given): SideFiles {
  const sides = new Map<number, string>();
  const late = option(given, LATE_TO);
  const rejected = option(given, REJECTED_TO);
  const dead = option(given, DEAD_LETTER_TO);
  const excess = option(given, EXCESS_TO);
  if (late !== undefined) sides.set(LATE, late);
  if (rejected !== undefined) sides.set(REJECTED, rejected);
  if (dead !== undefined) sides.set(DEAD_LETTER, dead);
  if (excess !== undefined) sides.set(EXCESS, excess);
  return sides;
}
