import { atPlace, type Compiling, type Compute, type Decide } from './compiling.ts';
import { FAILED, IS_FALSE, IS_NULL, IS_TRUE } from './condition.ts';
import { elementsOf, isList, isObject, membersOf } from './json-value.ts';
import type { MacroNode } from './node.ts';
import { EvaluationError, type Value } from './value.ts';
import { shown } from './wording.ts';

/** The elements of the macro's list, or the names of its object; null: there is none. @throws EvaluationError */
function compileItems(
  { collection, macro }: MacroNode,
  over: Compiling,
): (row: number) => readonly Value[] | null {
  const compute = over.value(collection);
  const at = collection.start;
  return (row) => {
    const value = compute(row);
    if (value === null) return null;
    try {
      if (isList(value)) return elementsOf(value);
      if (isObject(value)) return [...membersOf(value).keys()];
    } catch (error) {
      throw atPlace(error, at);
    }
    throw new EvaluationError(`${macro} wants a list or an object, not ${shown(value)}`, at);
  };
}

/** `map` and `filter`: a list of what is computed of each item, or of those for which the condition is true. */
export function compileMacro(node: MacroNode, over: Compiling): Compute {
  const { frame } = over;
  const items = compileItems(node, over);
  const condition = node.condition === undefined ? undefined : over.decision(node.condition);
  const result = node.result === undefined ? undefined : over.value(node.result);
  const { variables } = frame;
  const { slot } = node;
  return (row) => {
    const all = items(row);
    if (all === null) return null;
    const results: Value[] = [];
    for (const item of all) {
      variables[slot] = item;
      if (condition !== undefined) {
        const decided = condition(row);
        if (decided === FAILED) throw frame.failure;
        if (decided !== IS_TRUE) continue;
      }
      variables[slot] = item;
      results.push(result === undefined ? item : result(row));
    }
    return results;
  };
}

/** `exists`, `all`: as `||` and `&&` over the items. `exists_one`: whether the condition is true for just one. */
export function compileQuantifier(node: MacroNode, over: Compiling): Decide {
  const { frame } = over;
  const items = compileItems(node, over);
  const condition = over.decision(node.condition!);
  const { variables } = frame;
  const { slot, macro } = node;
  const itemsOf = (row: number): readonly Value[] | null | undefined => {
    try {
      return items(row);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      frame.failure = error;
      return undefined;
    }
  };
  if (macro === 'exists_one')
    return (row) => {
      const all = itemsOf(row);
      if (all === undefined) return FAILED;
      if (all === null) return IS_NULL;
      let count = 0;
      for (const item of all) {
        variables[slot] = item;
        const decided = condition(row);
        if (decided === FAILED) return FAILED;
        if (decided === IS_TRUE) count++;
      }
      return count === 1 ? IS_TRUE : IS_FALSE;
    };
  const [deciding, otherwise] = macro === 'exists' ? [IS_TRUE, IS_FALSE] : [IS_FALSE, IS_TRUE];
  return (row) => {
    const all = itemsOf(row);
    if (all === undefined) return FAILED;
    if (all === null) return IS_NULL;
    let result = otherwise;
    let failure: EvaluationError | undefined;
    for (const item of all) {
      variables[slot] = item;
      const decided = condition(row);
      if (decided === deciding) return deciding;
      if (decided === FAILED) failure ??= frame.failure;
      else if (decided === IS_NULL) result = IS_NULL;
    }
    if (failure === undefined) return result;
    frame.failure = failure;
    return FAILED;
  };
}
