import { inspect } from 'node:util';
import { NAME } from '../commands/options.ts';
import { SIDE } from '../commands/side-option.ts';
import type { CommandSpec, Given, OptionSpec, ProgramStream } from '../commands/spec.ts';
import type { ProgramPlace, Stage } from '../commands/stage.ts';
import { errorOfStage, TidemarkError, usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { placeOf } from './branch-place.ts';
import { camelCase, toldInOwnWords } from './own-words.ts';
import { type SidePipelines, streamsOf } from './sides.ts';
import type { Part } from './step.ts';

/** Options as the interfaces of `options.generated.ts` have them: long names in camelCase. */
export type OptionValues = object;

type OptionValue = string | number | boolean | readonly (string | number)[];

/** The option that gives side inputs of the program, beside that of stored ones. */
const SIDES = 'sides';

/** A word of a stage; of one that has a place, which may be a branch, how it is written. */
export type Word = string | readonly [place: unknown, write: (place: string) => string];

/**
 * A part of a pipeline, from what its function was given.
 * @param build makes the stage; left out: the command itself does
 * @throws TidemarkError `usage`, with the command as its stage
 */
export function partOf(
  spec: CommandSpec,
  words: readonly Word[],
  options: OptionValues,
  kind?: string,
  build: (given: Given) => Stage = (given) => spec.build(given),
): Part {
  const command = spec.name;
  return ofStage(command, () => {
    const syntax = spec.kinds.find(({ name }) => name === kind);
    const known = [...spec.options, ...(syntax?.options ?? []), ...(spec.keepsState === true ? [NAME] : [])];
    const values = new Map<string, unknown>();
    const places = new Map<string, ProgramPlace>();
    /** Branches as the texts that stand for them. */
    const written = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(written);
      if (value instanceof NamedPlace) return `${value.name}=${written(value.place)}`;
      const place = placeOf(value);
      if (place === undefined) return value;
      if (spec.input === 'records') throw usageError('what a source leaves out is no stream', 'name a file');
      place.give();
      places.set(place.name, place);
      return place.name;
    };
    const texts = words.map((word) => {
      if (typeof word === 'string') return word;
      if (!Array.isArray(word))
        throw usageError(
          `a text is wanted, and not ${inspected(word)}`,
          "'5m', 'status >= 500': as on the command line",
        );
      const place = written(word[0]);
      if (typeof place !== 'string')
        throw usageError(`a place is a text or a branch, and not ${inspected(place)}`, "'errors.stream'");
      return word[1](place);
    });
    let streams: readonly ProgramStream[] | undefined;
    // A program without types may leave out options that are wanted: the command says which.
    for (const [key, value] of Object.entries(options ?? {}) as [string, OptionValue | undefined][]) {
      if (value === undefined || value === false) continue;
      if (key === SIDES && known.some((option) => option.name === SIDE.name)) {
        streams = streamsOf(value as unknown as SidePipelines);
        continue;
      }
      const option = known.find(({ name }) => camelCase(name) === key);
      if (option === undefined) throw unknownOption(key, known);
      values.set(
        option.name,
        valueOf(key, option, written(pairsOf(option, value)) as Exclude<OptionValue, false>),
      );
    }
    const name = values.get(NAME.name) as string | undefined;
    if (spec.keepsState === true) values.delete(NAME.name);
    const given: Given = {
      kind,
      arguments: texts,
      options: values,
      ...(streams === undefined ? {} : { streams }),
    };
    const stage = build(given);
    if (stage.role === 'source' || places.size === 0) return { command, name, given, stage };
    return { command, name, given, stage: { ...stage, places } };
  });
}

/**
 * An error that the call throws is told as this stage's, from the line of the program on that makes the stage.
 * @param within the function at which its stack begins
 */
function ofStage<T>(stage: string, call: () => T, within: (...words: never) => unknown = partOf): T {
  try {
    return call();
  } catch (error) {
    const told = toldInOwnWords(errorOfStage(stage, error));
    if (told instanceof TidemarkError) Error.captureStackTrace(told, within);
    throw told;
  }
}

/**
 * Refuses what a program without types may give in place of what a function takes.
 * @throws TidemarkError `usage`, with the command as its stage
 */
export function refuseUnless(
  fits: boolean,
  spec: CommandSpec,
  wanted: string,
  given: unknown,
  hint: string,
): void {
  if (fits) return;
  ofStage(
    spec.name,
    () => {
      throw usageError(`${wanted} is wanted, and not ${inspected(given)}`, hint);
    },
    refuseUnless,
  );
}

/** What a program without types may give in place of a text, in one short line. */
const inspected = (value: unknown): string =>
  inspect(value, { depth: 0, breakLength: Infinity }).slice(0, 40);

/** A place by name, of an option that takes NAME=FILE. */
class NamedPlace {
  readonly name: string;
  readonly place: unknown;

  constructor(name: string, place: unknown) {
    this.name = name;
    this.place = place;
  }
}

/** An object of places by name as the list that it means. */
const pairsOf = ({ value: type }: OptionSpec, value: OptionValue): unknown =>
  type?.placeholder === 'NAME=FILE' && typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).map(([name, place]) => new NamedPlace(name, place))
    : value;

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
