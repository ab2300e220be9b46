import { usageError } from '../errors.ts';
import { loadFor } from '../expressions/late-language.ts';
import { ASSIGNMENT, buildMapExpressions, mapExpressionOptions } from './map-expressions.ts';
import { buildMapJs, mapJsOptions } from './map-js.ts';
import { keyOf, REJECTED_TO } from './options.ts';
import { SIDE } from './side-option.ts';
import type { CommandSpec, Given, OptionSpec } from './spec.ts';

const side: OptionSpec = {
  ...SIDE,
  details: `${SIDE.details} With --js the function finds it at context.side.NAME: tm-functions(7).`,
};

/** For both of the things that map does. */
const COMMON: readonly string[] = [side.name, REJECTED_TO.name];

export const mapCommand: CommandSpec = {
  name: 'map',
  summary: 'compute members of events, or events from events by a function',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Gives each event members that are computed: NAME=EXPR, an expression (tm-expressions(7)) of its members. A member that is there gets the new value where it stands, a new one stands behind the others. Members that are not named pass byte for byte. Each expression sees the members that those before it have given.',
    'With --only just the members that are named are left, in that order: a FIELD alone is kept as it is, and is null where an event has none. --drop leaves members out. --rename gives them other names, where they stand; what stood under a new name gives way, and two names can be swapped (a=b,b=a). Both are done last: expressions see the names that an event came with, and "level = level / 100" --rename cm=level keeps both values. A name that is no word is written ["user-id"].',
    "'@t = EXPR' sets the event time, a timestamp or epoch milliseconds: before tm window only, and never to before it was, for the watermark has passed on what it was. An event for which an expression cannot be computed is left out, counted and told.",
    'With --js calls a function of JavaScript for each event, in their order, and writes what it gives: nothing, an event, or several. Members that the function leaves as they are keep their bytes, and integers of any size are exact: past 2^53 they are bigints. A result has the time, the window and the pane of its event.',
    'The default export of MODULE is a function of the event and a context, sync or async, or an object (or a class) with setup, startBundle, process, endBundle, onTimer and teardown. tm-functions(7) tells what the context is: side outputs, state by key, timers in event time, counters, and what is called when an epoch is committed.',
    'An event for which the function throws is left out, told with the line of the module, and goes to --rejected-to; what it has given for that event, and what it has changed in its state, does not count then. What setup, startBundle, endBundle, onTimer and teardown throw ends the run.',
  ],
  arguments: [ASSIGNMENT],
  options: [...mapExpressionOptions, side, ...mapJsOptions],
  kinds: [],
  seeAlso: ['tm-expressions.7', 'tm-functions.7'],
  examples: [
    {
      title: 'answers in kilobytes, and the first part of the path',
      command:
        "tm source access.log --format combined | tm map --only status 'kb = round(bytes / 1024)' 'area = path.split(\"/\")[1]' | tm sink",
    },
    {
      title: 'without the agent, and with another name for the host',
      command:
        'tm source access.log --format combined | tm map --drop agent,referer --rename client=host | tm sink',
    },
    {
      title: 'the requests that failed, each with the first part of its path',
      command: 'tm source access.log --format combined | tm map --js ./failed.mjs | tm sink',
    },
    {
      title: 'the time between two orders of a user',
      command:
        'tm source events.ndjson --time ts --delay 1m | tm map --js ./pauses.mjs --by user.id | tm sink',
    },
  ],
  load: (given) => loadFor(() => keyOf(given)),
  build(given) {
    const byFunction = given.options.has('js');
    if (byFunction && given.arguments.length > 0)
      throw usageError('--js and NAME=EXPR exclude each other', 'make them two stages: tm map … | tm map …');
    refuseOptionsOf(byFunction ? 'expressions' : 'functions', given);
    return byFunction ? buildMapJs(given) : buildMapExpressions(given);
  },
};

/**
 * Options of the other of the two things that map does.
 * @throws TidemarkError `usage`
 */
export function refuseOptionsOf(other: 'expressions' | 'functions', given: Given): void {
  const byFunction = other === 'expressions';
  const others = byFunction ? mapExpressionOptions : mapJsOptions;
  const wrong = others.find(({ name }) => !COMMON.includes(name) && given.options.has(name));
  if (wrong !== undefined)
    throw usageError(
      `--${wrong.name} is ${byFunction ? 'not for' : 'for'} --js`,
      'tm help map tells of both',
    );
}
