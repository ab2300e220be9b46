import { usageError } from '../errors.ts';
import { type Path, parsePath } from '../json/path.ts';
import type { ValueType } from './spec.ts';

/** `LEFT=RIGHT`, or one field that stands for both. */
export interface FieldPair {
  /** What stands before the `=`, as it was written. */
  readonly left: string;
  readonly right: Path;
}

/** A comma-separated list of `LEFT=RIGHT`; commas and equals signs in brackets and quotes do not count. */
export const fieldPairs = (placeholder: string): ValueType<FieldPair[]> => ({
  placeholder,
  parse: (text) => splitOutside(text, ',').map(parsePair),
});

function parsePair(text: string): FieldPair {
  const [left = '', ...right] = splitOutside(text, '=');
  if (right.length === 0) return { left: left.trim(), right: parsePath(left) };
  if (left.trim() === '') throw usageError(`'${text.trim()}' has nothing before its =`);
  return { left: left.trim(), right: parsePath(right.join('=')) };
}

/** Splits at each `separator` that stands in no quotes and brackets. */
function splitOutside(text: string, separator: ',' | '='): string[] {
  const parts: string[] = [''];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]"']*\]|./gs)) {
    if (token === separator) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
