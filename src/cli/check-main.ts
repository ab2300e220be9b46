import { resolve } from 'node:path';
import { AGAINST, CHECKED_TEXT } from '../commands/check.ts';
import { STATE } from '../commands/source-keeping.ts';
import type { Given } from '../commands/spec.ts';
import { JSON_OUTPUT } from '../commands/state.ts';
import { flag, option } from '../commands/values.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import type { Plan } from '../runtime/plan.ts';
import { checkAgainst } from '../runtime/state-check.ts';
import { openStateDirectory } from '../runtime/state-look.ts';
import { checkJson, checkText } from './check-text.ts';
import type { CommonOptions } from './common-options.ts';
import { givenPipeline } from './given-pipeline.ts';
import { checkWords } from './messages.ts';
import { readPlan } from './pipeline-plan.ts';
import { createReporter, toStderr } from './reporter.ts';
import { print, type Style } from './terminal.ts';

/**
 * Tells what of its state a changed pipeline would keep: the work of `tm check`.
 * @returns the exit code
 * @throws TidemarkError
 */
export async function executeCheck(given: Given, common: CommonOptions, style: Style): Promise<number> {
  const name = option(given, AGAINST);
  if (name === undefined) throw usageError(checkWords.noDirectory, checkWords.noDirectoryHint);
  const { text, surroundings } = givenPipeline('check', option(given, CHECKED_TEXT), given.arguments);
  const plan = await readPlan(text, surroundings, common, { style, write: toStderr });
  tellOther(plan, name, (message) => createReporter(common, style, toStderr).notice('check', message));
  const check = await checkAgainst(plan, await openStateDirectory(name));
  print(1, flag(given, JSON_OUTPUT) ? checkJson(check) : checkText(check));
  return check.goesOn ? EXIT.done : EXIT.failed;
}

/** The text may keep its state elsewhere. */
function tellOther([first]: Plan, name: string, notice: (message: string) => void): void {
  const own = first === undefined ? undefined : option(first.given, STATE);
  if (own !== undefined && resolve(own) !== resolve(name)) notice(checkWords.otherDirectory(own, name));
}
