import { commands } from '../commands/registry.ts';
import { STATE_PREFIX } from '../commands/run.ts';
import { sidesOf } from '../commands/side-option.ts';
import { type CommandSpec, type CommandSyntax, type Given, isStageCommand } from '../commands/spec.ts';
import { option } from '../commands/values.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { expandStage, type StageWord, type Surroundings } from '../pipelines/expansion.ts';
import { parseStages } from '../pipelines/syntax.ts';
import { errorAt, type PipelineText } from '../pipelines/text-place.ts';
import type { StageText } from '../pipelines/word.ts';
import { type CommonOptions, withinPipeline } from './common-options.ts';
import { pipelineText, programName } from './messages.ts';
import { isPath, nestedText } from './nested-text.ts';
import { parseCommandLine } from './parse.ts';
import { placeMeant } from './place-meant.ts';
import { withStateNames } from './state-names.ts';

/** A stage of the text, parsed as its command line would be. */
export interface StageLine {
  readonly spec: CommandSpec;
  /** Behind the command's name. */
  readonly words: readonly string[];
  readonly given: Given;
  /** What stands in `words`. */
  readonly own: CommonOptions;
  /** With what was given for the pipelines that it stands in. */
  readonly common: CommonOptions;
  /** The stages of `<(…)` among its arguments, by the number of the argument. */
  readonly feeds: ReadonlyMap<number, readonly StageLine[]>;
  /** Those of its side inputs, by their names. */
  readonly sideFeeds: ReadonlyMap<string, readonly StageLine[]>;
  /** An error of this stage, told with its place in the text. */
  errorOf(error: TidemarkError): TidemarkError;
}

/** What became of the words of a stage. */
export interface ReadStage {
  /** As the text has it, where it is no command. */
  readonly name: string;
  /** undefined: it is wrong. It has what feeds it where nothing of that is wrong. */
  readonly line?: StageLine;
  readonly error?: TidemarkError;
  /** The pipelines of `<(…)` among its words, in order. */
  readonly inputs: readonly ReadInput[];
}

/** A pipeline of `<(…)`. */
export interface ReadInput {
  /** The number of the argument, or the name of the side input that it is; undefined: it is none. */
  readonly of: number | string | undefined;
  readonly stages: readonly ReadStage[];
}

/** What became of a text. */
export interface ReadText {
  readonly stages: readonly ReadStage[];
  /** Why the text could not be cut into stages behind those. */
  readonly error?: TidemarkError;
}

/**
 * The stages of a pipeline's text, with parameters and patterns replaced. What is a text itself has its stages there.
 * @throws TidemarkError `usage` with line, column and stage
 */
export async function readStages(text: PipelineText, surroundings: Surroundings): Promise<StageLine[]> {
  const { stages, error } = await readEachStage(text, surroundings);
  const [first] = [...(error === undefined ? [] : [error]), ...stages.flatMap(errorsIn)];
  if (first !== undefined) throw first;
  return stages.map(({ line }) => line!);
}

/** What is wrong with a stage, and with those that feed it. */
const errorsIn = ({ error, inputs }: ReadStage): TidemarkError[] => [
  ...(error === undefined ? [] : [error]),
  ...inputs.flatMap(({ stages }) => stages.flatMap(errorsIn)),
];

/** The same, where a stage that is wrong does not keep the others from being read. */
export async function readEachStage(text: PipelineText, surroundings: Surroundings): Promise<ReadText> {
  const { stages, error } = parseStages(text);
  const all = await readAll(text, stages, surroundings);
  const read = all.map((each, index) => inPlace(each, index === 0, index === all.length - 1));
  return { stages: read, ...(error === undefined ? {} : { error }) };
}

async function readAll(
  text: PipelineText,
  stages: readonly StageText[],
  surroundings: Surroundings,
): Promise<ReadStage[]> {
  return (await Promise.all(stages.map((stage) => readStage(text, stage, surroundings)))).flat();
}

async function readStage(
  text: PipelineText,
  stage: StageText,
  surroundings: Surroundings,
): Promise<ReadStage[]> {
  let name = '';
  let inputs: readonly ReadInput[] = [];
  try {
    const words = expandStage(stage, text, surroundings);
    if (words.length === 0)
      throw errorAt(text, stage[0]!.offset, pipelineText.emptyStage, pipelineText.emptyStageHint);
    [name] = splitName(words);
    const pipelines = await inputsOf(text, words, surroundings);
    inputs = pipelines;
    return await stagesOf(text, words, pipelines, surroundings);
  } catch (error) {
    if (error instanceof TidemarkError) return [{ name, error, inputs }];
    throw error;
  }
}

/** A stage where it may not stand is wrong. */
function inPlace(read: ReadStage, first: boolean, last: boolean): ReadStage {
  if (read.line === undefined) return read;
  const { spec, given } = read.line;
  if (spec.readsSeveral === true && !first && !given.arguments.includes('-'))
    return refused(read, pipelineText.notBefore, pipelineText.notBeforeHint);
  if (spec.input === 'records' && !first)
    return refused(read, pipelineText.notFirst, pipelineText.notFirstHint);
  if (spec.output === 'none' && !last) return refused(read, pipelineText.notLast, pipelineText.notLastHint);
  return read;
}

/** The stage, which is wrong. */
function refused({ name, line, inputs }: ReadStage, message: string, hint: string): ReadStage {
  return { name, error: line!.errorOf(usageError(message, hint)), inputs };
}

/** A `<(…)` among the words of a stage, with its stages. */
interface PipelineWord extends ReadInput {
  readonly word: StageWord;
}

/** The pipelines among the words of a stage. */
function inputsOf(
  text: PipelineText,
  words: readonly StageWord[],
  surroundings: Surroundings,
): Promise<PipelineWord[]> {
  const all = words.filter(({ pipeline }) => pipeline !== undefined);
  return Promise.all(
    all.map(async (word) => {
      const stages = inFeed(await readAll(text, word.pipeline!, surroundings));
      return { word, of: undefined, stages };
    }),
  );
}

/** Which input of the stage each of the pipelines is. @throws TidemarkError `usage` for one that is none */
function inputsNamed(
  text: PipelineText,
  { name, readsSeveral }: CommandSyntax,
  given: Given,
  pipelines: readonly PipelineWord[],
): ReadInput[] {
  const waiting = [...pipelines];
  const found: ReadInput[] = [];
  const take = (of: number | string, written: (word: string) => boolean): void => {
    const index = waiting.findIndex(({ word }) => written(word.text));
    if (index >= 0) found.push({ of, stages: waiting.splice(index, 1)[0]!.stages });
  };
  if (readsSeveral === true)
    for (const [number, argument] of given.arguments.entries()) take(number, (word) => word === argument);
  for (const side of sidesOf(given)) take(side.name, (word) => word.endsWith(`=${side.location}`));
  if (waiting.length === 0) return found;
  throw errorAt(text, waiting[0]!.word.offset, pipelineText.noInput(name), pipelineText.noInputHint);
}

/** The stages of `<(…)`, each where it may stand there. */
function inFeed(all: readonly ReadStage[]): readonly ReadStage[] {
  return all.map((read, index) => {
    if (index > 0 || read.line === undefined) return inPlace(read, index === 0, false);
    const { spec, given } = read.line;
    if (spec.input !== 'records' && spec.readsSeveral !== true)
      return refused(read, pipelineText.inputWithoutSource, pipelineText.inputWithoutSourceHint);
    if (spec.readsSeveral === true && given.arguments.includes('-'))
      return refused(read, pipelineText.inputOfStdin, pipelineText.inputOfStdinHint);
    return inPlace(read, true, false);
  });
}

/** @throws TidemarkError `usage` for what is wrong with the words */
async function stagesOf(
  text: PipelineText,
  all: readonly StageWord[],
  pipelines: readonly PipelineWord[],
  surroundings: Surroundings,
): Promise<ReadStage[]> {
  const [name, words] = splitName(all);
  const entry = commands.find((command) => command.name === name);
  const spec = await entry?.load();
  if (spec === undefined || !(isStageCommand(spec) || name === 'run'))
    throw notAStage(text, all[0]!, name, spec !== undefined);
  const errorOf = (error: TidemarkError): TidemarkError => {
    const message = error.where === undefined ? error.message : `${error.where}: ${error.message}`;
    // A file that is wrong is a word of the stage.
    const file = words.find((word) => word.text === error.where && !word.text.startsWith('--'));
    const offset = file?.offset ?? placeMeant(text.text, words, error.message) ?? all[0]!.offset;
    const told = errorAt(text, offset, `${programName(name)}: ${message}`, error.hint);
    told.others.push(...error.others.map(errorOf));
    return told;
  };
  const { given, common } = placed(errorOf, () => parsedLine(spec, words));
  const inputs = inputsNamed(text, spec, given, pipelines);
  if (isStageCommand(spec)) {
    const texts = words.map((word) => word.text);
    const line = { spec, words: texts, given, own: common, common, ...fedBy(inputs), errorOf };
    return [{ name: spec.name, line, inputs }];
  }
  const nested = placed(errorOf, () => nestedText(text, all[0]!, given));
  const { stages, error } = parseStages(nested.text);
  const read = await readAll(nested.text, stages, { ...surroundings, ...nested.parameters });
  if (error !== undefined) return [...read, { name, error, inputs: [] }];
  if (read.some((each) => errorsIn(each).length > 0)) return read;
  const lines = placed(errorOf, () =>
    withinRun(
      read.map(({ line }) => line!),
      given,
      common,
    ),
  );
  return read.map((each, index) => ({ ...each, line: lines[index]! }));
}

/** The lines of stages that feed one, without those of which something is wrong. */
function fedBy(inputs: readonly ReadInput[]): Pick<StageLine, 'feeds' | 'sideFeeds'> {
  const feeds = new Map<number, readonly StageLine[]>();
  const sideFeeds = new Map<string, readonly StageLine[]>();
  for (const { of, stages } of inputs) {
    if (stages.some((stage) => errorsIn(stage).length > 0)) continue;
    const lines = stages.map(({ line }) => line!);
    if (typeof of === 'number') feeds.set(of, lines);
    else if (of !== undefined) sideFeeds.set(of, lines);
  }
  return { feeds, sideFeeds };
}

/** What the call gives; what it throws is told with its place. */
function placed<T>(errorOf: StageLine['errorOf'], call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

function parsedLine(
  spec: CommandSyntax,
  words: readonly StageWord[],
): { given: Given; common: CommonOptions } {
  const line = parseCommandLine(
    spec,
    words.map((word) => word.text),
  );
  if (line.action === 'run') return line;
  throw usageError(pipelineText.asksForHelp(line.action), `${programName(spec.name)} --${line.action}`);
}

/** The stages of a text with what was given to the `tm run` that has it as a stage. */
function withinRun(lines: readonly StageLine[], given: Given, all: CommonOptions): StageLine[] {
  if (all.eof === 'drain' && lines[0]!.spec.input === 'records')
    throw usageError(pipelineText.eofOfSource, pipelineText.eofOfSourceHint);
  const inside = lines.map((line, index) => withCommon(line, all, index === 0));
  return withStateNames(inside, option(given, STATE_PREFIX));
}

/** A stage and those that feed it, with what was given for the pipeline that it stands in. */
function withCommon(line: StageLine, all: CommonOptions, first: boolean): StageLine {
  const within = <K>(fed: ReadonlyMap<K, readonly StageLine[]>): ReadonlyMap<K, readonly StageLine[]> =>
    new Map([...fed].map(([key, feed]) => [key, feed.map((each) => withCommon(each, all, false))]));
  const common = withinPipeline(line.common, all, first);
  return { ...line, common, feeds: within(line.feeds), sideFeeds: within(line.sideFeeds) };
}

/** `tm window fixed 5m`, `tm-window fixed 5m`, `window fixed 5m`; `./sessions.tm 30m` is `tm run ./sessions.tm 30m` */
function splitName(words: readonly StageWord[]): [name: string, words: readonly StageWord[]] {
  const [first, ...rest] = words;
  const { text } = first!;
  if (isPath(text)) return ['run', words];
  if ((text === 'tm' || text === 'tidemark') && rest.length > 0) return [rest[0]!.text, rest.slice(1)];
  return [text.replace(/^tm-/, ''), rest];
}

function notAStage(text: PipelineText, first: StageWord, name: string, isCommand: boolean): TidemarkError {
  if (isCommand) return errorAt(text, first.offset, pipelineText.noStage(name), pipelineText.noStageHint);
  const [variable] = /^[A-Za-z_]\w*(?==)/.exec(name) ?? [];
  if (variable !== undefined)
    return errorAt(text, first.offset, pipelineText.assignment(variable), pipelineText.assignmentHint(name));
  const meant = nearestWord(
    name,
    commands.map((command) => command.name),
  );
  const hint = name.endsWith('.tm') ? pipelineText.fileOfFolder(name) : pipelineText.unknownStageHint;
  return errorAt(text, first.offset, pipelineText.unknownStage(name, meant), hint);
}
