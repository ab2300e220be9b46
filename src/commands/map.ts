import { ASSIGNMENT, buildMapExpressions, mapExpressionOptions } from './map-expressions.ts';
import type { CommandSpec } from './spec.ts';

export const mapCommand: CommandSpec = {
  name: 'map',
  summary: 'compute members of events',
  input: 'stream',
  output: 'stream',
  description: [
    'Gives each event members that are computed: NAME=EXPR, an expression (tm-expressions(7)) of its members. A member that is there gets the new value where it stands, a new one stands behind the others. Members that are not named pass byte for byte. Each expression sees the members that those before it have given.',
    'With --only just the members that are named are left, in that order: a FIELD alone is kept as it is, and is null where an event has none. --drop leaves members out. --rename gives them other names, where they stand; what stood under a new name gives way, and two names can be swapped (a=b,b=a). Both are done last: expressions see the names that an event came with, and "level = level / 100" --rename cm=level keeps both values. A name that is no word is written ["user-id"].',
    "'@t = EXPR' sets the event time, a timestamp or epoch milliseconds: before tm window only, and never to before it was, for the watermark has passed on what it was. An event for which an expression cannot be computed is left out, counted and told.",
  ],
  arguments: [ASSIGNMENT],
  options: mapExpressionOptions,
  kinds: [],
  seeAlso: ['tm-expressions.7'],
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
  ],
  build: buildMapExpressions,
};
