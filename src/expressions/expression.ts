import { errorAt, throwTogether } from '../errors.ts';
import { type Path, parsePath } from '../json/path.ts';
import { parseCel } from './cel.ts';
import { Checker, conditionHint, told } from './check.ts';
import { type KnownEvents, NOTHING_KNOWN, refuseWithoutPanes } from './known-events.ts';
import { refuseMetadata } from './metadata-field.ts';
import { type Node, walk } from './node.ts';
import { typeOfMembers } from './schema-type.ts';
import { TreeBuilder } from './tree.ts';
import { ANY, type Type } from './type.ts';
import { isOpen } from './type-relations.ts';

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
  /** Whether it reads what stands beside the members: time, window, pane. */
  readonly readsMetadata: boolean;
  /**
   * Loads what its functions need that is not there yet (regular expressions, time zones), to be awaited before an event is
   * computed; undefined: nothing is missing.
   * @throws TidemarkError `usage` for an argument that only then can be read
   */
  readonly load: (() => Promise<void>) | undefined;
  /** What the Evaluator compiles. */
  readonly root: Node;
  /**
   * Its type. Fields that a closed schema does not have, operators or functions that do not take the types they are given, and
   * what is asked of panes that there are not, are refused with the place in the text and what was meant.
   * @throws TidemarkError `usage`
   */
  check(known: KnownEvents): Type;
}

/** What is a path and still no field. */
const WORDS = new Set(['true', 'false', 'null']);

/** The field that a text names; undefined: it is something else. */
function fieldOf(text: string, bindings: Bindings): Path | undefined {
  let path: Path;
  try {
    path = parsePath(text);
  } catch {
    return undefined;
  }
  const [first] = path.steps;
  const quoted = text.trimStart().startsWith('[');
  if (!quoted && (bindings.has(String(first)) || (path.steps.length === 1 && WORDS.has(String(first)))))
    return undefined;
  refuseMetadata(path);
  return path;
}

/**
 * Parses an expression. A text that is a path is a field (`["user-id"]`); in what computes, a name that is no word is
 * written `member("user-id")`.
 * @param bindings names that are no members
 * @throws TidemarkError `usage` that quotes the text and says at which character (from 1) what is wrong
 */
export function parseExpression(text: string, bindings: Bindings = NO_BINDINGS): Expression {
  const field = fieldOf(text, bindings);
  if (field !== undefined) return fieldExpression(field);
  if (text.trim() === '') throw errorAt(text, 0, 'an expression is missing');
  return treeExpression(text, new TreeBuilder(text, bindings), bindings);
}

/** The expression that is nothing but the field. */
export const fieldExpression = (path: Path): Expression =>
  expressionOf(path.text, { kind: 'field', path, start: 0, end: path.text.length }, [], NO_BINDINGS);

/** Parses a text that is no path into the tree that the builder makes. @throws TidemarkError `usage` */
export const treeExpression = (text: string, builder: TreeBuilder, bindings: Bindings): Expression =>
  expressionOf(text, builder.build(parseCel(text)), builder.loads, bindings);

function expressionOf(
  text: string,
  root: Node,
  loads: readonly (() => Promise<void>)[],
  bindings: Bindings,
): Expression {
  // What is wrong whatever the events are is told at once.
  new Checker(text, ANY, bindings).check(root);
  const nodes = [...walk(root)];
  return {
    text,
    fields: nodes.flatMap((node) => (node.kind === 'field' ? [node.path] : [])),
    field: root.kind === 'field' ? root.path : undefined,
    readsMetadata: nodes.some(({ kind }) => kind === 'metadata'),
    load: loads.length === 0 ? undefined : async () => void (await Promise.all(loads.map((load) => load()))),
    root,
    check(known) {
      const { schema } = known;
      refuseWithoutPanes(text, nodes, known);
      return new Checker(text, schema === undefined ? ANY : typeOfMembers(schema), bindings).check(root);
    },
  };
}

const NO_BINDINGS: Bindings = new Map();

/**
 * Checks an expression that is a condition.
 * @throws TidemarkError `usage` where it is neither true nor false, or as `check` does
 */
export function checkCondition(expression: Expression, known: KnownEvents = NOTHING_KNOWN): void {
  const type = expression.check(known);
  if (isOpen(type) || type.kind === 'boolean') return;
  const { text, root } = expression;
  const hint = conditionHint(text.trim(), type);
  throw errorAt(text, root.start, `a condition is true or false, and ${told(text, root, type)}`, hint);
}

/** As `checkCondition`, of all of them. @throws TidemarkError `usage` with all that is wrong */
export function checkConditions(
  expressions: readonly Expression[],
  known: KnownEvents = NOTHING_KNOWN,
): void {
  throwTogether(expressions.map((expression) => () => checkCondition(expression, known)));
}
