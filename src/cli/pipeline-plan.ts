import { TidemarkError, usageError } from '../errors.ts';
import type { Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import type { Plan, PlannedStage } from '../runtime/plan.ts';
import { type CommonOptions, withinPipeline } from './common-options.ts';
import { pipelineText } from './messages.ts';
import { createReporter } from './reporter.ts';
import { readStages, type StageLine } from './stage-lines.ts';
import { withoutName, withStateNames } from './state-names.ts';
import type { Style } from './terminal.ts';

/** How the stages tell what they have to say. */
export interface Telling {
  readonly style: Style;
  readonly write: (text: string) => void;
}

/**
 * What is to run for a pipeline's text, all of it checked, nothing opened.
 * @param common what was given for the whole: it holds for every stage, --eof for the first
 * @param prefix of the names under which stages keep their state
 * @throws TidemarkError `usage` with line, column and stage
 */
export async function readPlan(
  text: PipelineText,
  surroundings: Surroundings,
  common: CommonOptions,
  { style, write }: Telling,
  prefix?: string,
): Promise<Plan> {
  const lines = await readStages(text, surroundings);
  if (common.eof === 'drain' && lines[0]!.spec.input === 'records')
    throw usageError(pipelineText.eofOfSource, pipelineText.eofOfSourceHint);
  const named = withStateNames(lines, prefix);
  for (const line of named) await loaded(line);
  return named.map((line, index): PlannedStage => {
    const options = withinPipeline(line.common, common, index === 0);
    return {
      name: line.spec.name,
      spec: line.spec,
      given: line.given,
      words: wordsOf(line, options),
      stage: built(line),
      options: {
        stats: options.stats !== false,
        eof: options.eof,
        maxLine: options.maxLine,
        name: options.name,
        report: createReporter(options, style, write),
      },
    };
  });
}

async function loaded({ spec, given, errorOf }: StageLine): Promise<void> {
  try {
    await spec.load?.(given);
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

function built({ spec, given, errorOf }: StageLine): PlannedStage['stage'] {
  try {
    return spec.build(given);
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

/** A stage's words for a process of its own, with what it has from the lines that run the texts. */
function wordsOf({ own, words }: StageLine, all: CommonOptions): string[] {
  return [
    ...(all.quiet && !own.quiet ? ['--quiet'] : []),
    ...(all.debug && !own.debug ? ['--debug'] : []),
    ...(all.stats !== own.stats ? [`--stats=${all.stats}`] : []),
    ...(all.maxLine !== own.maxLine ? [`--max-line=${all.maxLine}`] : []),
    ...(all.eof !== own.eof ? [`--eof=${all.eof}`] : []),
    ...(all.name === own.name ? words : [`--name=${all.name}`, ...withoutName(words)]),
  ];
}
