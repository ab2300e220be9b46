import { commands } from '../commands/registry.ts';
import { type CommandSpec, type Given, isStageCommand } from '../commands/spec.ts';
import { TidemarkError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import { expandStage, type StageWord, type Surroundings } from '../pipelines/expansion.ts';
import { parsePipeline } from '../pipelines/syntax.ts';
import { errorAt, type PipelineText } from '../pipelines/text-place.ts';
import type { CommonOptions } from './common-options.ts';
import { pipelineText, programName } from './messages.ts';
import { parseCommandLine } from './parse.ts';
import { placeMeant } from './place-meant.ts';

/** A stage of the text, parsed as its command line would be. */
export interface StageLine {
  readonly spec: CommandSpec;
  /** Behind the command's name. */
  readonly words: readonly string[];
  readonly given: Given;
  readonly common: CommonOptions;
  /** An error of this stage, told with its place in the text. */
  errorOf(error: TidemarkError): TidemarkError;
}

/** What became of the words of a stage. */
export type ReadStage =
  | { readonly line: StageLine; readonly error?: undefined }
  /** `name`: as the text has it. */
  | { readonly line?: undefined; readonly name: string; readonly error: TidemarkError };

/**
 * The stages of a pipeline's text, with parameters and patterns replaced.
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
export function readEachStage(text: PipelineText, surroundings: Surroundings): Promise<ReadStage[]> {
  const stages = parsePipeline(text);
  return Promise.all(
    stages.map(async (stage, index): Promise<ReadStage> => {
      let name = '';
      try {
        const words = expandStage(stage, text, surroundings);
        if (words.length === 0)
          throw errorAt(text, stage[0]!.offset, pipelineText.emptyStage, pipelineText.emptyStageHint);
        [name] = splitName(words);
        const line = await lineOf(text, words);
        checkPlace(line, index === 0, index === stages.length - 1);
        return { line };
      } catch (error) {
        if (error instanceof TidemarkError) return { name, error };
        throw error;
      }
    }),
  );
}

function checkPlace({ spec, errorOf }: StageLine, first: boolean, last: boolean): void {
  if (spec.input === 'records' && !first)
    throw errorOf(new TidemarkError('usage', pipelineText.notFirst, { hint: pipelineText.notFirstHint }));
  if (spec.output === 'none' && !last)
    throw errorOf(new TidemarkError('usage', pipelineText.notLast, { hint: pipelineText.notLastHint }));
}

async function lineOf(text: PipelineText, all: readonly StageWord[]): Promise<StageLine> {
  const [name, words] = splitName(all);
  const entry = commands.find((command) => command.name === name);
  const spec = await entry?.load();
  if (spec === undefined || !isStageCommand(spec)) throw notAStage(text, all[0]!, name, spec !== undefined);
  const errorOf = (error: TidemarkError): TidemarkError => {
    const message = error.where === undefined ? error.message : `${error.where}: ${error.message}`;
    // A file that is wrong is a word of the stage.
    const file = words.find((word) => word.text === error.where);
    const offset = file?.offset ?? placeMeant(text.text, words, error.message) ?? all[0]!.offset;
    return errorAt(text, offset, `${programName(name)}: ${message}`, error.hint);
  };
  const texts = words.map((word) => word.text);
  try {
    const line = parseCommandLine(spec, texts);
    if (line.action === 'run') return { spec, words: texts, given: line.given, common: line.common, errorOf };
    throw new TidemarkError('usage', pipelineText.asksForHelp(line.action), {
      hint: `${programName(name)} --${line.action}`,
    });
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

/** `tm window fixed 5m`, `tm-window fixed 5m`, `window fixed 5m` */
function splitName(words: readonly StageWord[]): [name: string, words: readonly StageWord[]] {
  const [first, ...rest] = words;
  const { text } = first!;
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
  return errorAt(text, first.offset, pipelineText.unknownStage(name, meant), pipelineText.unknownStageHint);
}
