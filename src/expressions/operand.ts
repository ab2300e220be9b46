import { usageError } from '../errors.ts';
import { type Path, parsePath, parsePaths } from '../json/path.ts';
import { namedText, splitPieces, unquote } from './call.ts';
import type { Expression } from './expression.ts';
import { parseLate } from './late-language.ts';
import { refuseMetadata } from './metadata-field.ts';

/** What an aggregate or a command computes with: a field, or what is computed of fields. */
export interface Operand extends Path {
  /** Undefined: it is the field. Else `steps` is the name that it gives a member. */
  readonly expression?: Expression;
}

/** An operand as the command line gives it, which can be copied to another thread. */
export interface OperandText extends Path {
  /** Text of an expression; undefined: it is a field. */
  readonly computed?: string;
}

/** Letters of a name in quotes and brackets, which mean nothing else. */
const QUOTED = /\[\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*\]/g;

/** What computes in an expression (CEL), or can stand in nothing else. */
const COMPUTES = /[-+*/%<>=!&|?:()"'{},]/;

/** Whether a text that is no path is to be read as an expression; what is no more than a wrong path is told as one. */
const computes = (text: string): boolean => COMPUTES.test(text.replace(QUOTED, ''));

/**
 * Parses an operand.
 * @throws TidemarkError `usage` that says what is wrong with the text
 */
export function parseOperand(text: string): Operand {
  return operandOf(operandText(text));
}

function operandText(text: string): OperandText {
  if (/^\s*\d+\s*$/.test(text))
    throw usageError(`'${text}' is no field`, 'names that begin with a digit are written ["1"]');
  if (computes(text)) return { text, steps: [text.trim()], computed: text };
  const path = parsePath(text);
  refuseMetadata(path);
  return path;
}

/**
 * Reads operands that are separated by commas, each with a name or without: `status, class = int(status / 100)`.
 * @throws TidemarkError `usage`
 */
export function parseOperandTexts(text: string): OperandText[] {
  if (!computes(text.replaceAll(',', ' '))) {
    const paths = parsePaths(text);
    for (const path of paths) refuseMetadata(path);
    return paths;
  }
  return splitPieces(text).map((piece) => {
    const { name, body } = namedText(text, piece);
    if (name === undefined) return operandText(piece.text);
    return { text: piece.text, steps: [unquote(name.text) ?? name.text], computed: body.text };
  });
}

/** @throws TidemarkError `usage` that quotes the expression and says where it is wrong */
export function operandOf({ text, steps, computed }: OperandText): Operand {
  if (computed === undefined) return { text, steps };
  return { text, steps, expression: parseLate(computed) };
}
