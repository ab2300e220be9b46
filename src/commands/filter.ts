import { mapTogether, usageError } from '../errors.ts';
import { checkConditions, parseExpression } from '../expressions/expression.ts';
import { Filter } from '../operators/filter.ts';
import { REJECTED_TO, sideFiles } from './options.ts';
import { GivenSides, SIDE } from './side-option.ts';
import type { CommandSpec } from './spec.ts';

export const filterCommand: CommandSpec = {
  name: 'filter',
  summary: 'pass the events for which a condition is true',
  input: 'stream',
  output: 'stream',
  description: [
    'Passes an event, byte for byte, when CONDITION is true; of several conditions all must be. One that is false, or null because a member is missing, leaves the event out. Watermarks pass as they come.',
    'Conditions are expressions (tm-expressions(7)). An event for which one cannot be computed (a text is compared with a number) is left out, counted and told.',
  ],
  arguments: [
    {
      name: 'CONDITION',
      help: 'an expression that is true or false: \'status >= 500 && path.startsWith("/api")\'; of several all must be true',
      required: true,
      variadic: true,
    },
  ],
  options: [SIDE, REJECTED_TO],
  kinds: [],
  seeAlso: ['tm-expressions.7'],
  examples: [
    {
      title: 'requests that were answered with an error, per 5 minutes',
      command:
        "tm source access.log --format combined | tm filter 'status >= 400' | tm window fixed 5m | tm combine n=count | tm sink",
    },
    {
      title: 'large answers to two kinds of requests',
      command:
        'tm source access.log --format combined | tm filter \'method in ["GET", "HEAD"]\' \'bytes > 4000\' | tm sink',
    },
  ],
  build(given) {
    if (given.arguments.length === 0) throw usageError('no condition is given', "tm filter 'status >= 500'");
    const sides = new GivenSides(given);
    const conditions = mapTogether(given.arguments, (text) => parseExpression(text, sides.bindings));
    checkConditions(conditions);
    return {
      role: 'operator',
      sides: sideFiles(given),
      ...sides.statelessness,
      lookOutside: sides.look,
      create: async (context) => {
        for (const { load } of conditions) await load?.();
        return sides.around(context, (bound) => new Filter(conditions, context, bound));
      },
    };
  },
};
