import type { ByteWriter } from '../json/byte-writer.ts';
import { ABSENT } from '../stream/projection.ts';
import type { Compiling } from './compiling.ts';
import { FAILED, IS_NULL, IS_TRUE } from './condition.ts';
import { writeValue } from './json-value.ts';
import type { Node } from './node.ts';

/** Writes the value of a row as JSON. @throws EvaluationError before anything is written */
export type Write = (row: number, out: ByteWriter) => void;

/** Makes a closure that writes a node's value; what is a field, in the end, is copied as it stands. */
export function compileWriting(node: Node, over: Compiling): Write {
  const { frame } = over;
  if (node.kind === 'field') {
    const { type, start, end } = frame.column(over.column(node));
    return (row, out) => {
      if (type[row] === ABSENT) out.ascii('null');
      else out.copy(frame.bytes, start[row]!, end[row]!);
    };
  }
  if (node.kind === 'conditional') {
    const condition = over.decision(node.condition);
    const then = compileWriting(node.consequent, over);
    const otherwise = compileWriting(node.alternative, over);
    return (row, out) => {
      const decided = condition(row);
      if (decided === FAILED) throw frame.failure;
      if (decided === IS_NULL) out.ascii('null');
      else (decided === IS_TRUE ? then : otherwise)(row, out);
    };
  }
  const compute = over.value(node);
  return (row, out) => writeValue(out, compute(row));
}
