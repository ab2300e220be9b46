import { realpathSync } from 'node:fs';
import { commands } from '../commands/registry.ts';
import { CLOCK, DRY_RUN, PIPELINE_TEXT, STATE_PREFIX, UNFUSED, WORKERS } from '../commands/run.ts';
import { type CommandSpec, type CommandSyntax, type Given, isStageCommand } from '../commands/spec.ts';
import { option } from '../commands/values.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { expandStage, type StageWord, type Surroundings } from '../pipelines/expansion.ts';
import { parsePipeline } from '../pipelines/syntax.ts';
import { errorAt, type PipelineText } from '../pipelines/text-place.ts';
import type { StageText } from '../pipelines/word.ts';
import { type CommonOptions, withinPipeline } from './common-options.ts';
import { type GivenPipeline, givenPipeline } from './given-pipeline.ts';
import { pipelineText, programName } from './messages.ts';
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
  /** An error of this stage, told with its place in the text. */
  errorOf(error: TidemarkError): TidemarkError;
}

/** What became of the words of a stage. */
export type ReadStage =
  | { readonly line: StageLine; readonly error?: undefined }
  /** `name`: as the text has it. */
  | { readonly line?: undefined; readonly name: string; readonly error: TidemarkError };

/**
 * The stages of a pipeline's text, with parameters and patterns replaced. What is a text itself has its stages there.
 * @throws TidemarkError `usage` with line, column and stage
 */
export async function readStages(text: PipelineText, surroundings: Surroundings): Promise<StageLine[]> {
  return (await readEachStage(text, surroundings)).map(({ line, error }) => {
    if (line === undefined) throw error;
    return line;
  });
}

/**
 * The same, where a stage that is wrong does not keep the others from being read.
 * @throws TidemarkError `usage` for a text that cannot be cut into stages
 */
export async function readEachStage(text: PipelineText, surroundings: Surroundings): Promise<ReadStage[]> {
  const stages = await Promise.all(
    parsePipeline(text).map(async (stage): Promise<ReadStage[]> => {
      let name = '';
      try {
        const words = expandedStage(stage, text, surroundings);
        [name] = splitName(words);
        return (await linesOfStage(text, words, surroundings)).map((line) => ({ line }));
      } catch (error) {
        if (error instanceof TidemarkError) return [{ name, error }];
        throw error;
      }
    }),
  );
  const all = stages.flat();
  return all.map((read, index) => inPlace(read, index === 0, index === all.length - 1));
}

/** A stage where it may not stand is wrong. */
function inPlace(read: ReadStage, first: boolean, last: boolean): ReadStage {
  if (read.line === undefined) return read;
  const { spec, given, errorOf } = read.line;
  if (spec.readsSeveral === true && !first && !given.arguments.includes('-'))
    return {
      name: spec.name,
      error: errorOf(usageError(pipelineText.notBefore, pipelineText.notBeforeHint)),
    };
  if (spec.input === 'records' && !first)
    return { name: spec.name, error: errorOf(usageError(pipelineText.notFirst, pipelineText.notFirstHint)) };
  if (spec.output === 'none' && !last)
    return { name: spec.name, error: errorOf(usageError(pipelineText.notLast, pipelineText.notLastHint)) };
  return read;
}

/** @throws TidemarkError `usage` where no word is left */
function expandedStage(
  stage: StageText,
  text: PipelineText,
  surroundings: Surroundings,
): readonly StageWord[] {
  const words = expandStage(stage, text, surroundings);
  if (words.length > 0) return words;
  throw errorAt(text, stage[0]!.offset, pipelineText.emptyStage, pipelineText.emptyStageHint);
}

/** The stages of a text that is a stage itself, or of a part of one. @throws TidemarkError `usage` */
async function linesOf(
  text: PipelineText,
  pipeline: readonly StageText[],
  surroundings: Surroundings,
): Promise<StageLine[]> {
  const stages = pipeline.map((stage) => expandedStage(stage, text, surroundings));
  return (await Promise.all(stages.map((words) => linesOfStage(text, words, surroundings)))).flat();
}

/** The pipelines of `<(…)` among the arguments of a stage. @throws TidemarkError `usage` */
async function feedsOf(
  text: PipelineText,
  words: readonly StageWord[],
  { name, readsSeveral }: CommandSyntax,
  given: Given,
  surroundings: Surroundings,
): Promise<StageLine['feeds']> {
  const feeds = new Map<number, readonly StageLine[]>();
  const waiting = words.filter(({ pipeline }) => pipeline !== undefined);
  for (const [number, argument] of given.arguments.entries()) {
    const [stream] = waiting;
    if (readsSeveral !== true || stream?.text !== argument) continue;
    waiting.shift();
    feeds.set(number, inFeed(await linesOf(text, stream.pipeline!, surroundings)));
  }
  if (waiting.length === 0) return feeds;
  throw errorAt(text, waiting[0]!.offset, pipelineText.noInput(name), pipelineText.noInputHint);
}

/** The stages of `<(…)`, each where it may stand there. @throws TidemarkError `usage` */
function inFeed(lines: readonly StageLine[]): readonly StageLine[] {
  const [first] = lines;
  const { spec, given, errorOf } = first!;
  if (spec.input !== 'records' && spec.readsSeveral !== true)
    throw errorOf(usageError(pipelineText.inputWithoutSource, pipelineText.inputWithoutSourceHint));
  if (spec.readsSeveral === true && given.arguments.includes('-'))
    throw errorOf(usageError(pipelineText.inputOfStdin, pipelineText.inputOfStdinHint));
  return lines.map((line, index) => {
    const { error } = inPlace({ line }, index === 0, false);
    if (error !== undefined) throw error;
    return line;
  });
}

async function linesOfStage(
  text: PipelineText,
  all: readonly StageWord[],
  surroundings: Surroundings,
): Promise<StageLine[]> {
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
  if (isStageCommand(spec)) {
    const texts = words.map((word) => word.text);
    const feeds = await feedsOf(text, words, spec, given, surroundings);
    return [{ spec, words: texts, given, own: common, common, feeds, errorOf }];
  }
  await feedsOf(text, words, spec, given, surroundings);
  const nested = placed(errorOf, () => nestedText(text, all[0]!, given));
  const pipeline = parsePipeline(nested.text);
  const lines = await linesOf(nested.text, pipeline, { ...surroundings, ...nested.parameters });
  return placed(errorOf, () => withinRun(lines, given, common));
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

/** A text that is a stage of another, and its own `$0`, `$1` … */
interface NestedText {
  readonly text: PipelineText;
  readonly parameters: Pick<Surroundings, 'name' | 'arguments'>;
}

/** @throws TidemarkError for a text that cannot be read, and for one that would run itself */
function nestedText(source: PipelineText, { text: word, offset }: StageWord, given: Given): NestedText {
  for (const { name } of [UNFUSED, WORKERS, DRY_RUN, CLOCK]) {
    if (given.options.has(name))
      throw usageError(pipelineText.ofWholeRun(`--${name}`), pipelineText.ofWholeRunHint(`--${name}`));
  }
  const { text, surroundings }: GivenPipeline = givenPipeline(
    'run',
    option(given, PIPELINE_TEXT),
    given.arguments,
  );
  if (option(given, PIPELINE_TEXT) === undefined) refuseCycle(source, text.name);
  if (isPath(word) && isOtherProgram(text.text))
    throw usageError(pipelineText.otherProgram(text.name), pipelineText.unknownStageHint);
  const { name, arguments: words } = surroundings;
  return { text: { ...text, within: { source, offset } }, parameters: { name, arguments: words } };
}

/** The texts around must not be of the file that is named. */
function refuseCycle(source: PipelineText, file: string): void {
  const path = realPath(file);
  const between: string[] = [];
  for (let outer: PipelineText | undefined = source; outer !== undefined; outer = outer.within?.source) {
    if (path !== undefined && realPath(outer.name) === path)
      throw usageError(
        between.length === 0
          ? pipelineText.runsItself(file)
          : pipelineText.runsItselfBy(file, between.reverse()),
      );
    between.push(outer.name);
  }
}

/** undefined: it has no path of its own (a text of the command line, a pipe). */
function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
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
  const feeds = [...line.feeds].map(
    ([number, feed]) => [number, feed.map((each) => withCommon(each, all, false))] as const,
  );
  return { ...line, common: withinPipeline(line.common, all, first), feeds: new Map(feeds) };
}

/** `tm window fixed 5m`, `tm-window fixed 5m`, `window fixed 5m`; `./sessions.tm 30m` is `tm run ./sessions.tm 30m` */
function splitName(words: readonly StageWord[]): [name: string, words: readonly StageWord[]] {
  const [first, ...rest] = words;
  const { text } = first!;
  if (isPath(text)) return ['run', words];
  if ((text === 'tm' || text === 'tidemark') && rest.length > 0) return [rest[0]!.text, rest.slice(1)];
  return [text.replace(/^tm-/, ''), rest];
}

/** As in the shell: a word with a slash in it names a file. */
const isPath = (word: string): boolean => word.includes('/') && !/^[A-Za-z_]\w*=/.test(word);

const isOtherProgram = (text: string): boolean => /^#!(?!.*\b(?:tm|tidemark)\b)/.test(text);

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
