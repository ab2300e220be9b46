import { resolve } from 'node:path';
import { AGAINST, CHECKED_TEXT } from '../commands/check.ts';
import { STATE } from '../commands/source-keeping.ts';
import type { Given } from '../commands/spec.ts';
import { JSON_OUTPUT } from '../commands/state.ts';
import { flag, option } from '../commands/values.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { stagesIn } from '../runtime/inner-pipes.ts';
import type { Plan, PlannedStage } from '../runtime/plan.ts';
import { checkAgainst } from '../runtime/state-check.ts';
import { openStateDirectory } from '../runtime/state-look.ts';
import { checkJson, checkText } from './check-text.ts';
import type { CommonOptions } from './common-options.ts';
import { type GivenPipeline, givenPipeline } from './given-pipeline.ts';
import { checkWords, errorText } from './messages.ts';
import { checkStages, errorsIn, missingIn } from './pipeline-check.ts';
import { readPlan } from './pipeline-plan.ts';
import { createReporter, toStderr } from './reporter.ts';
import { stagesJson, stagesText } from './stages-text.ts';
import { print, type Style } from './terminal.ts';

/**
 * Looks at a pipeline that is not run, or at what of its state it would keep: the work of `tm check`.
 * @returns the exit code
 * @throws TidemarkError
 */
export async function executeCheck(given: Given, common: CommonOptions, style: Style): Promise<number> {
  const name = option(given, AGAINST);
  const pipeline = givenPipeline('check', option(given, CHECKED_TEXT), given.arguments);
  if (name !== undefined) return compare(name, pipeline, given, common, style);
  const { text, surroundings } = pipeline;
  const checked = await checkStages(text, surroundings, common, { style, write: toStderr });
  const { stages, error } = checked;
  if (flag(given, JSON_OUTPUT)) print(1, stagesJson(checked));
  else if (stages.length > 0) print(1, stagesText(stages));
  const errors = [...stages.flatMap(errorsIn), ...(error === undefined ? [] : [error, ...error.others])];
  const report = createReporter(common, style, toStderr);
  for (const each of errors) report.error('check', each);
  for (const each of stages.flatMap(missingIn))
    report.notice('check', errorText(each), checkWords.missingHint);
  return errors.length === 0 ? EXIT.done : EXIT.usage;
}

async function compare(
  name: string,
  { text, surroundings }: GivenPipeline,
  given: Given,
  common: CommonOptions,
  style: Style,
): Promise<number> {
  const plan = await readPlan(text, surroundings, common, { style, write: toStderr });
  tellOther(plan, name, (message) => createReporter(common, style, toStderr).notice('check', message));
  const check = await checkAgainst(plan, await openStateDirectory(name));
  print(1, flag(given, JSON_OUTPUT) ? checkJson(check) : checkText(check));
  return check.goesOn ? EXIT.done : EXIT.failed;
}

/** The text may keep its state elsewhere. */
function tellOther(plan: Plan, name: string, notice: (message: string) => void): void {
  const sources = stagesIn(plan).filter(({ stage }) => stage.role === 'source') as PlannedStage[];
  const own = sources.flatMap(({ given }) => option(given, STATE) ?? []);
  const other = own.find((each) => resolve(each) !== resolve(name));
  if (other !== undefined) notice(checkWords.otherDirectory(other, name));
}
