import { compileValue } from './compile.ts';
import { compileDecision } from './compile-condition.ts';
import type { Compiling } from './compiling.ts';
import type { Frame } from './frame.ts';
import type { FieldNode } from './node.ts';

/** What makes closures of the nodes of all expressions over one frame. */
export function compilerOver(frame: Frame, column: (node: FieldNode) => number): Compiling {
  const compiling: Compiling = {
    frame,
    column,
    value: (node) => compileValue(node, compiling),
    decision: (node) => compileDecision(node, compiling),
  };
  return compiling;
}
