import { NAME } from '../commands/options.ts';
import type { CommandSpec, Given, OptionSpec } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import type { Part } from './step.ts';

/** Options as the interfaces of `options.generated.ts` have them: long names in camelCase. */
export type OptionValues = object;

type OptionValue = string | number | boolean | readonly (string | number)[];

/**
 * A part of a pipeline, from what its function was given.
 * @param build makes the stage; left out: the command itself does
 * @throws TidemarkError `usage`, with the command as its stage
 */
export function partOf(
  spec: CommandSpec,
  words: readonly string[],
  options: OptionValues,
  kind?: string,
  build: (given: Given) => Stage = (given) => spec.build(given),
): Part {
  const command = spec.name;
  return ofStage(command, () => {
    const syntax = spec.kinds.find(({ name }) => name === kind);
    const known = [...spec.options, ...(syntax?.options ?? []), ...(spec.keepsState === true ? [NAME] : [])];
    const values = new Map<string, unknown>();
    for (const [key, value] of Object.entries(options) as [string, OptionValue | undefined][]) {
      if (value === undefined || value === false) continue;
      const option = known.find(({ name }) => camelCase(name) === key);
      if (option === undefined) throw unknownOption(key, known);
      values.set(option.name, valueOf(key, option, value));
    }
    const name = values.get(NAME.name) as string | undefined;
    if (spec.keepsState === true) values.delete(NAME.name);
    const given: Given = { kind, arguments: words, options: values };
    return { command, name, given, stage: build(given) };
  });
}

/** An error that the call throws is told as this stage's. */
function ofStage<T>(stage: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw errorOfStage(stage, error);
  }
}

/** The error as it is told of a stage; what is no TidemarkError is a bug, and stays what it is. */
export function errorOfStage(stage: string, error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.stage !== undefined) return error;
  const { hint, where, line, column, cause } = error;
  const told = new TidemarkError(error.code, error.message, {
    stage,
    ...(hint === undefined ? {} : { hint }),
    ...(where === undefined ? {} : { where }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(cause === undefined ? {} : { cause }),
  });
  if (error.stack !== undefined) told.stack = error.stack;
  told.others.push(...error.others.map((each) => errorOfStage(stage, each) as TidemarkError));
  return told;
}

const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function unknownOption(key: string, known: readonly OptionSpec[]): TidemarkError {
  const names = known.map(({ name }) => camelCase(name));
  const meant = nearestWord(key, names);
  const hint =
    meant !== undefined
      ? `${meant} is one`
      : names.length === 0
        ? 'it has none'
        : `it has ${names.join(', ')}`;
  return usageError(`there is no option ${key}`, hint);
}

function valueOf(key: string, option: OptionSpec, value: Exclude<OptionValue, false>): unknown {
  const { value: type } = option;
  if (type === undefined || (value === true && option.optionalValue === true)) {
    if (value === true) return true;
    throw usageError(`${key} is true or false`);
  }
  try {
    if (option.repeatable === true) return [value].flat().map((each) => type.parse(String(each)));
    return type.parse(Array.isArray(value) ? value.join(',') : String(value));
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    throw usageError(`${key}: ${error.message}`, error.hint);
  }
}
