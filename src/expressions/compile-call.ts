import { atPlace, type Compiling, type Compute } from './compiling.ts';
import { type FunctionDefinition, parameterAt } from './function.ts';
import type { CallNode } from './node.ts';
import { EvaluationError, type Value } from './value.ts';
import { isOfType } from './value-type.ts';
import { inWords, shown } from './wording.ts';

/** Makes a closure that calls the function of the name that takes the values; null in, null out, unless it takes null. */
export function compileCall(node: CallNode, over: Compiling): Compute {
  const args = node.args.map((each) => over.value(each));
  const places = node.args.map(({ start }) => start);
  const { definitions, prepared, name } = node;
  const at = node.start;
  const nulls = definitions.some(({ takesNull }) => takesNull === true);
  const values: Value[] = new Array(args.length);
  return (row) => {
    // Computed before any is called: an argument may call the same function, but of another node, so never into these.
    let some = false;
    for (let i = 0; i < args.length; i++) {
      const value = args[i]!(row);
      values[i] = value;
      some ||= value === null;
    }
    if (some && !nulls) return null;
    for (let i = 0; i < definitions.length; i++) {
      const definition = definitions[i]!;
      if (some && definition.takesNull !== true) continue;
      const call = prepared[i];
      if (call === undefined || !takes(definition, values)) continue;
      try {
        return call(...values);
      } catch (error) {
        throw atPlace(error, at);
      }
    }
    if (some) return null;
    throw mismatch(name, definitions, values, places);
  };
}

function takes(definition: FunctionDefinition, values: readonly Value[]): boolean {
  for (let i = 0; i < values.length; i++)
    if (values[i] !== null && !isOfType(values[i]!, parameterAt(definition, i))) return false;
  return true;
}

function mismatch(
  name: string,
  definitions: readonly FunctionDefinition[],
  values: readonly Value[],
  places: readonly number[],
): EvaluationError {
  const wrong = values.findIndex(
    (value, i) =>
      value !== null && definitions.every((definition) => !isOfType(value, parameterAt(definition, i))),
  );
  if (wrong < 0)
    return new EvaluationError(`${name} does not take ${values.map(shown).join(' and ')}`, places[0] ?? 0);
  const wanted = [...new Set(definitions.map((definition) => inWords(parameterAt(definition, wrong))))];
  return new EvaluationError(
    `${name} wants ${wanted.join(' or ')}, not ${shown(values[wrong]!)}`,
    places[wrong]!,
  );
}
