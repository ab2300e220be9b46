import { usageError } from '../errors.ts';
import { namedText, splitPieces } from '../expressions/call.ts';
import { computes, type OperandText, parseOperandText } from '../expressions/operand.ts';
import { type Path, parsePath } from '../json/path.ts';
import { fieldPairs } from './field-pairs.ts';
import type { ValueType } from './spec.ts';

/** What is looked up, and the column of the table that it is looked up in. */
export interface KeyPair {
  readonly operand: OperandText;
  readonly column: Path;
}

/** What separates pairs, and what a pair has in its middle; not `==` and its like. */
const SEPARATORS = /,|(?<![=!<>])=(?!=)/g;

/** A comma-separated list of `FIELD`, `FIELD=COLUMN` and `EXPRESSION=COLUMN`. */
export function keyPairs(placeholder: string): ValueType<KeyPair[]> {
  const fields = fieldPairs(placeholder);
  return {
    placeholder,
    parse(text) {
      if (computes(text.replace(SEPARATORS, ' '))) return splitPieces(text).map(({ text }) => keyPair(text));
      return fields
        .parse(text)
        .map(({ left, right }) => ({ operand: parseOperandText(left), column: right }));
    },
  };
}

/** @throws TidemarkError `usage` */
function keyPair(text: string): KeyPair {
  const { name, body } = namedText(text, { text, at: 0 });
  if (name !== undefined) {
    if (name.text === '') throw usageError(`'${text}' has nothing before its =`);
    return { operand: parseOperandText(name.text), column: parsePath(body.text) };
  }
  const operand = parseOperandText(text);
  if (operand.computed === undefined) return { operand, column: parsePath(text) };
  throw usageError(`'${text}' is computed, and names no column of the table`, `write '${text}=COLUMN'`);
}
