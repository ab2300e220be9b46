import { mapTogether, usageError } from '../errors.ts';
import { checkConditions, parseExpression } from '../expressions/expression.ts';
import { Route } from '../operators/route.ts';
import { REJECTED_TO, sideFiles } from './options.ts';
import { branchPlaces, PLACE } from './places.ts';
import { GivenSides, SIDE } from './side-option.ts';
import type { CommandSpec } from './spec.ts';

export const routeCommand: CommandSpec = {
  name: 'route',
  summary: 'send events to files and other pipes by condition, and pass the rest on',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Sends each event to the PLACE of the first CONDITION that is true, and passes the others on. Each place is a stream of its own, with the header, all watermarks and the end: a file, a FIFO or `>(COMMAND)`, as with `tm tee`. `true` as the last condition takes what is left.',
    'Conditions are expressions (tm-expressions(7)). An event for which one cannot be computed, and none before it is true, is left out, counted and told.',
  ],
  arguments: [
    {
      name: 'PLACE=CONDITION',
      help: "where events go, and which: errors.stream='status >= 500'",
      required: true,
      variadic: true,
    },
  ],
  options: [SIDE, REJECTED_TO],
  kinds: [],
  seeAlso: ['tm-tee.1', 'tm-filter.1', 'tm-expressions.7'],
  examples: [
    {
      title: 'answers that are errors aside, the rest counted',
      command:
        "tm source access.log --format combined | tm route errors.stream='status >= 400' | tm combine n=count | tm sink",
    },
    {
      title: 'two kinds of requests, each counted by a pipe of its own',
      command:
        'tm source access.log --format combined | tm route >(tm combine n=count | tm sink api.csv)=\'path.startsWith("/api")\' | tm combine n=count | tm sink',
    },
  ],
  placesIn: (words) => words.map((word) => word.split('=', 1)[0]!),
  build(given) {
    if (given.arguments.length === 0)
      throw usageError('no place is given', "tm route errors.stream='status >= 500'");
    const routes = mapTogether(given.arguments, routeOf);
    const sides = new GivenSides(given);
    const conditions = mapTogether(routes, ({ condition }) => parseExpression(condition, sides.bindings));
    checkConditions(conditions);
    return {
      role: 'operator',
      sides: sideFiles(given),
      lookOutside: sides.look,
      branches: { places: branchPlaces(routes.map(({ place }) => place)), whenClosed: 'fail' },
      create: async (context) => {
        for (const { load } of conditions) await load?.();
        return sides.around(context, (bound) => new Route(conditions, context, bound));
      },
    };
  },
};

function routeOf(argument: string): { place: string; condition: string } {
  const equals = argument.indexOf('=');
  if (equals < 0)
    throw usageError(
      `'${argument}' has no condition`,
      "write PLACE=CONDITION: errors.stream='status >= 500'",
    );
  const place = argument.slice(0, equals);
  if (/[<>!]$/.test(place) || argument[equals + 1] === '=')
    throw usageError(`'${argument}' has no place`, `write PLACE=CONDITION: errors.stream='${argument}'`);
  return { place: PLACE.parse(place), condition: argument.slice(equals + 1) };
}
