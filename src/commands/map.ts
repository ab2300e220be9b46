import { usageError } from '../errors.ts';
import { buildMapJs, mapJsOptions } from './map-js.ts';
import type { CommandSpec } from './spec.ts';

export const mapCommand: CommandSpec = {
  name: 'map',
  summary: 'compute events from events',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Calls a function of JavaScript for each event, in their order, and writes what it gives: nothing, an event, or several. Members that the function leaves as they are keep their bytes, and integers of any size are exact: past 2^53 they are bigints. A result has the time, the window and the pane of its event.',
    'The default export of MODULE is a function of the event and a context, sync or async, or an object (or a class) with setup, startBundle, process, endBundle, onTimer and teardown. tm-functions(7) tells what the context is: side outputs, state by key, timers in event time, counters, and what is called when an epoch is committed.',
    'An event for which the function throws is left out, told with the line of the module, and goes to --rejected-to; what it has given for that event, and what it has changed in its state, does not count then. What setup, startBundle, endBundle, onTimer and teardown throw ends the run.',
  ],
  arguments: [],
  options: mapJsOptions,
  kinds: [],
  examples: [
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
  seeAlso: ['tm-functions.7'],
  build(given) {
    if (!given.options.has('js'))
      throw usageError('--js MODULE is missing: what is to be done with each event', '--js ./fn.mjs');
    return buildMapJs(given);
  },
};
