import { machineWorld } from '../connectors/http-client.ts';
import { usageError } from '../errors.ts';
import { finishLoads, loadFor } from '../expressions/late-language.ts';
import { Throttle, type ThrottleOptions } from '../operators/throttle.ts';
import { parseDuration } from '../time/duration.ts';
import { BY, EXCESS_TO, keyOf, REJECTED_TO, sideFiles } from './options.ts';
import type { CommandSpec, Given, OptionSpec } from './spec.ts';
import type { StageContext } from './stage.ts';
import { COUNT, choice, option } from './values.ts';

const burst: OptionSpec<number> = {
  name: 'burst',
  value: COUNT,
  help: 'events that may pass at once after a pause',
  default: '1; with --on-excess drop the number in RATE',
};

const onExcess: OptionSpec<'wait' | 'drop'> = {
  name: 'on-excess',
  value: choice('WHAT', ['wait', 'drop']),
  help: 'what becomes of events over the rate: wait holds up the stream, drop takes them out',
  default: 'wait',
};

/** Ticks of this clock are no whole milliseconds: rates may be high. */
const pace = {
  now: (): number => Number(process.hrtime.bigint() / 1000n) / 1000,
  sleep: machineWorld.sleep,
};

const paceOf = ({ world }: StageContext): typeof pace =>
  world === undefined ? pace : { now: () => world.clock(), sleep: (ms, signal) => world.sleep(ms, signal) };

export const throttleCommand: CommandSpec = {
  name: 'throttle',
  summary: 'let events through at a rate',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Lets events through at RATE, in the time of the clock: 100/s, 5/m, 1/10s. It is a token bucket: it holds --burst tokens and gets one at a time, evenly; each event takes one, and after a pause as many events as it holds may pass at once.',
    'An event for which there is no token waits, and all that stands behind it; what stands before it, watermarks too, never does. With --by each key has a bucket of its own; but a stream has one order, so that with --on-excess wait a key that is over its rate holds up all others, too. An event whose key cannot be computed is left out, counted and told.',
    'With --on-excess drop events over the rate are taken out; how many is told at the end, and --excess-to keeps them. All that comes in one block has come at the same time. --excess-to without --on-excess means drop.',
    'A bucket that has been idle until it is full is forgotten, so that memory follows the keys that are busy. Where the source keeps state buckets are not part of it: each run begins with full ones. What passes depends on the speed of the machine, and on when events come.',
  ],
  arguments: [{ name: 'RATE', help: 'events per time: 100/s, 5/m, 1/10s', required: true, variadic: false }],
  options: [burst, BY, onExcess, EXCESS_TO, REJECTED_TO],
  kinds: [],
  examples: [
    {
      title: 'a log again, at 200 events a second',
      command: 'tm source access.log --format combined | tm throttle 200/s | tm sink',
    },
    {
      title: 'at most ten events a minute of each host; those above it are kept apart',
      command:
        'tm source access.log --format combined | tm throttle 10/m --by host --excess-to excess.stream | tm sink',
    },
  ],
  load: (given) => loadFor(() => keyOf(given)),
  build(given) {
    const options = optionsOf(given);
    return {
      role: 'operator',
      sides: sideFiles(given),
      create: (context) => {
        const create = (): Throttle => new Throttle(options, paceOf(context), context);
        return finishLoads()?.then(create) ?? create();
      },
    };
  },
};

function optionsOf(given: Given): ThrottleOptions {
  const { events, per } = parseRate(given.arguments[0]!);
  const asked = option(given, onExcess);
  const kept = option(given, EXCESS_TO) !== undefined;
  if (kept && asked === 'wait')
    throw usageError('--excess-to is for events that are taken out, and --on-excess wait takes out none');
  const does = asked ?? (kept ? 'drop' : 'wait');
  return {
    interval: per / events,
    burst: option(given, burst) ?? (does === 'drop' ? Math.max(1, Math.floor(events)) : 1),
    by: keyOf(given),
    onExcess: does,
  };
}

/**
 * `100/s`, `0.5/s`, `5/m`, `1/10s`; `per` in ms.
 * @throws TidemarkError `usage`
 */
function parseRate(text: string): { events: number; per: number } {
  const [, number = '', time = ''] = /^(\d+(?:\.\d+)?)\/(.+)$/.exec(text) ?? [];
  const events = Number(number);
  if (!(events > 0) || !Number.isFinite(events))
    throw usageError(`'${text}' is no rate`, 'a rate is events per time: 100/s, 5/m, 1/10s');
  const per = parseDuration(/^[a-z]/.test(time) ? `1${time}` : time);
  if (per === 0) throw usageError(`'${text}' is no rate`, 'its time must be longer than 0');
  return { events, per };
}
