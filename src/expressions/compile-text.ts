import { ABSENT, NULL, NUMBER, STRING } from '../stream/projection.ts';
import type { Compiling, Decide } from './compiling.ts';
import { IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
import type { BinaryNode, CallNode, FieldNode } from './node.ts';
import { containsText, endsWithText, isText, startsWithText, type TextTest } from './text-test.ts';

const TESTS: Readonly<Record<string, (text: string) => TextTest>> = {
  contains: containsText,
  startsWith: startsWithText,
  endsWith: endsWithText,
};

/**
 * `field.contains("…")` and the like over the field's bytes; undefined: it is none of these.
 * @param otherwise decides where the field is no string
 */
export function compileTextTest(
  { name, args }: CallNode,
  over: Compiling,
  otherwise: Decide,
): Decide | undefined {
  const [field, part] = args;
  const makeTest = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (makeTest === undefined || field?.kind !== 'field' || part?.kind !== 'literal') return undefined;
  if (typeof part.value !== 'string') return undefined;
  const test = makeTest(part.value);
  const { frame } = over;
  const { type, start, end } = frame.column(over.column(field));
  return (row) => {
    const kind = type[row]!;
    if (kind === STRING) return test(frame.bytes, start[row]! + 1, end[row]! - 1) ? IS_TRUE : IS_FALSE;
    return kind === ABSENT || kind === NULL ? IS_NULL : otherwise(row);
  };
}

/** `field in ["…", "…"]` over the field's bytes; undefined: it is none of these. */
export function compileMembership({ left, right }: BinaryNode, over: Compiling): Decide | undefined {
  if (left.kind !== 'field' || right.kind !== 'list' || right.elements.length > MOST_COMPARED)
    return undefined;
  const texts: string[] = [];
  for (const each of right.elements) {
    if (each.kind !== 'literal' || typeof each.value !== 'string') return undefined;
    texts.push(each.value);
  }
  return overTexts(left, texts.map(isText), over);
}

/** Lists up to here are gone through; the value is sought in a longer one as in a set. */
const MOST_COMPARED = 8;

function overTexts(field: FieldNode, tests: readonly TextTest[], over: Compiling): Decide {
  const { frame } = over;
  const { type, start, end } = frame.column(over.column(field));
  return (row) => {
    const kind = type[row]!;
    const [from, to] = [start[row]!, end[row]!];
    if (kind === STRING) {
      for (const test of tests) if (test(frame.bytes, from + 1, to - 1)) return IS_TRUE;
      return IS_FALSE;
    }
    if (kind === ABSENT || kind === NULL) return IS_NULL;
    return (kind === NUMBER ? frame.checkNumber(from, to, field.start) : undefined) ?? IS_FALSE;
  };
}
