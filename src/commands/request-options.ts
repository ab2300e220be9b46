import { usageError } from '../errors.ts';
import type { EnrichRequestsOptions } from '../operators/enrich-requests.ts';
import type { OnFailure } from '../operators/http-tally.ts';
import { DEAD_LETTER_TO } from './options.ts';
import type { DefaultedOption, Given, OptionSpec } from './spec.ts';
import { COUNT, choice, NUMBER_OR_NONE, option, optionOrDefault, SIZE, TEXT } from './values.ts';

/** Options of the kinds of `enrich` that ask somebody outside for each event. */

export const RETRY: DefaultedOption<number> = {
  name: 'retry',
  value: NUMBER_OR_NONE,
  help: 'attempts behind the first, for what may work later',
  default: '5',
  details:
    'The waits grow exponentially from at most 500ms to at most 30s, with full jitter, unless it is told how long to wait.',
};

export const CONCURRENCY: DefaultedOption<number> = {
  name: 'concurrency',
  value: COUNT,
  help: 'requests that are under way at once',
  default: '8',
  details:
    'One that waits for its next attempt counts. Events that need the same at the same time share a request.',
};

export const UNTIL: OptionSpec<number> = {
  name: 'until',
  value: { ...SIZE, placeholder: 'AGE' },
  help: 'give up on an event once it is older than AGE',
  details:
    'The age of an event is the processing time minus its event time, looked at before each attempt, the first included: events of yesterday with --until 1h are never asked for.',
};

export const ON_FAILURE: OptionSpec<'fail' | 'drop' | 'pass'> = {
  name: 'on-failure',
  value: choice('WHAT', ['fail', 'drop', 'pass']),
  help: 'what becomes of an event without an answer: fail ends the run, drop leaves it out, pass adds null',
  default: 'fail',
};

export const AS: DefaultedOption<string> = {
  name: 'as',
  value: { ...TEXT, placeholder: 'NAME' },
  help: 'name of the member that is added',
  default: 'enriched',
};

/** What these options say. @throws TidemarkError `usage` */
export function requestOptions(given: Given): EnrichRequestsOptions {
  const as = optionOrDefault(given, AS);
  if (as === '') throw usageError('--as: the name is empty');
  return {
    as,
    concurrency: optionOrDefault(given, CONCURRENCY),
    retry: optionOrDefault(given, RETRY),
    until: option(given, UNTIL),
    onFailure: failureOf(given),
  };
}

function failureOf(given: Given): OnFailure {
  const asked = option(given, ON_FAILURE);
  if (option(given, DEAD_LETTER_TO) === undefined) return asked ?? 'fail';
  if (asked !== undefined) throw usageError('--on-failure and --dead-letter-to exclude each other');
  return 'letter';
}
