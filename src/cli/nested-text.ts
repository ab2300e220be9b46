import { realpathSync } from 'node:fs';
import { CLOCK, DRY_RUN, PIPELINE_TEXT, UNFUSED, WORKERS } from '../commands/run.ts';
import type { Given } from '../commands/spec.ts';
import { option } from '../commands/values.ts';
import { usageError } from '../errors.ts';
import type { StageWord, Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import { type GivenPipeline, givenPipeline } from './given-pipeline.ts';
import { pipelineText } from './messages.ts';

/** A text that is a stage of another, and its own `$0`, `$1` … */
export interface NestedText {
  readonly text: PipelineText;
  readonly parameters: Pick<Surroundings, 'name' | 'arguments'>;
}

/**
 * The text that a stage runs.
 * @param word the stage's first
 * @param given what stands behind `tm run`
 * @throws TidemarkError for a text that cannot be read, and for one that would run itself
 */
export function nestedText(
  source: PipelineText,
  { text: word, offset }: StageWord,
  given: Given,
): NestedText {
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

/** As in the shell: a word with a slash in it names a file. */
export const isPath = (word: string): boolean => word.includes('/') && !/^[A-Za-z_]\w*=/.test(word);

const isOtherProgram = (text: string): boolean => /^#!(?!.*\b(?:tm|tidemark)\b)/.test(text);

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
