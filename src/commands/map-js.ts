import { functionsPlace, loadMapModule, type UserFunctions, UserModule } from '../connectors/user-module.ts';
import { usageError } from '../errors.ts';
import { finishLoads } from '../expressions/late-language.ts';
import { behindFunction } from '../operators/function-header.ts';
import { MapJs, type MapJsOptions } from '../operators/map-js.ts';
import type { MapModule } from '../operators/map-module.ts';
import { sideNumber } from '../operators/map-names.ts';
import { SideViews } from '../operators/side-views.ts';
import type { World } from '../operators/world.ts';
import { JS_TIMEOUT, MODULE } from './js-options.ts';
import { BY, keyOf, LATE_TO, REJECTED_TO, sideFiles } from './options.ts';
import { GivenSides } from './side-option.ts';
import type { DefaultedOption, Given, OptionSpec } from './spec.ts';
import type { Stage } from './stage.ts';
import { COUNT, choice, option, optionOrDefault, SIZE } from './values.ts';

const js: OptionSpec<string> = {
  name: 'js',
  value: MODULE,
  help: 'call the default export of MODULE for each event: ./fn.mjs, ./fn.mjs?name=value',
};

const sideTo: OptionSpec<readonly [name: string, file: string]> = {
  name: 'side-to',
  value: {
    placeholder: 'NAME=FILE',
    parse(text) {
      const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || file === undefined)
        throw usageError(`'${text}' is no side output`, 'write NAME=FILE');
      return [name, file];
    },
  },
  repeatable: true,
  help: 'put what the function gives to its side output NAME into FILE',
  details: 'As a stream of its own, which `tm source --format stream` reads. FILE is replaced by each run.',
};

const ttl: OptionSpec<number> = {
  name: 'ttl',
  value: SIZE,
  help: 'forget a key when the watermark has passed its latest event by so much',
  details:
    'In the global window; a timer that is set keeps its key. In other windows a key is forgotten with its window.',
  default: 'never',
};

const onError: DefaultedOption<'reject' | 'fail'> = {
  name: 'on-error',
  value: choice('WHAT', ['reject', 'fail']),
  help: 'what becomes of an event for which the function throws, or whose key cannot be computed: reject leaves it out, fail ends the run',
  default: 'reject',
};

const concurrency: DefaultedOption<number> = {
  name: 'concurrency',
  value: COUNT,
  help: 'calls of an async function that are under way at the same time',
  default: '1',
  details:
    'What they give stands in the order of their events all the same. With --by those of one key wait for each other, so that each finds the state as the one before has left it. Calls wait for those before a barrier, before the end of a bundle, and, where the module has onTimer, before a watermark.',
};

const by: OptionSpec<ReturnType<NonNullable<typeof BY.value>['parse']>> = {
  ...BY,
  help: 'fields that make the key, separated by commas: each has a state and timers of its own',
};

export const mapJsOptions: readonly OptionSpec[] = [
  js,
  by,
  ttl,
  sideTo,
  onError,
  concurrency,
  JS_TIMEOUT,
  REJECTED_TO,
  LATE_TO,
];

/** Gives functions whose calls may take so many ms, in the time of a world that is not this machine's. */
export type OpenFunctions = (timeout: number, world: World | undefined) => UserFunctions;

/** @throws TidemarkError `usage` */
export function buildMapJs(given: Given): Stage {
  const place = functionsPlace(option(given, js)!);
  return mapJsStage(given, (timeout, world) => new UserModule(place, timeout, world));
}

/**
 * The stage that calls functions which need not be a module's.
 * @throws TidemarkError `usage`
 */
export function mapJsStage(given: Given, openFunctions: OpenFunctions): Stage {
  const named = namedSides(given);
  const inputs = new GivenSides(given);
  const options: MapJsOptions = {
    by: keyOf(given),
    ttl: option(given, ttl) ?? Number.POSITIVE_INFINITY,
    onError: optionOrDefault(given, onError),
    concurrency: optionOrDefault(given, concurrency),
    sides: new Map([...named.keys()].map((name) => [name, sideNumber(name)])),
  };
  if (options.by.length === 0 && given.options.has(ttl.name))
    throw usageError('--ttl is for what is kept by key', 'give --by FIELDS too');
  const sides = new Map(sideFiles(given));
  for (const [name, file] of named) {
    const number = sideNumber(name);
    if (sides.has(number)) throw usageError(`--side-to: ${name} cannot stand beside the others`, 'rename it');
    sides.set(number, file);
  }
  return {
    role: 'operator',
    sides,
    check: (header) => behindFunction(header, options.by),
    lookOutside: async () => {
      await loadWith(openFunctions(optionOrDefault(given, JS_TIMEOUT), undefined), named.keys());
      return inputs.look();
    },
    create: async (context) => {
      await finishLoads();
      const host = openFunctions(optionOrDefault(given, JS_TIMEOUT), context.world);
      const module = await loadWith(host, named.keys());
      return inputs.aroundCalls(context, (values) => {
        const views = values === undefined ? undefined : new SideViews(values);
        return new MapJs(options, module, host, context, views);
      });
    },
  };
}

/** The module, which has these side outputs. @throws TidemarkError */
async function loadWith(host: UserFunctions, outputs: Iterable<string>): Promise<MapModule> {
  const module = await loadMapModule(host);
  for (const name of outputs) {
    if (module.outputs?.includes(name) !== false) continue;
    const known = module.outputs.length === 0 ? 'none' : module.outputs.join(', ');
    throw usageError(`--side-to: ${host.name} has no side output '${name}'`, `it has ${known}`);
  }
  return module;
}

/** Side outputs by name. @throws TidemarkError `usage` */
function namedSides(given: Given): Map<string, string> {
  const sides = new Map<string, string>();
  for (const [name, file] of (given.options.get(sideTo.name) ?? []) as (readonly [string, string])[]) {
    if (sides.has(name)) throw usageError(`--side-to: ${name} is given two files`, 'give it one');
    sides.set(name, file);
  }
  return sides;
}
