import { machineWorld } from '../connectors/http-client.ts';
import { functionsPlace, loadLookupModule, UserModule } from '../connectors/user-module.ts';
import { finishLoads } from '../expressions/late-language.ts';
import { EnrichJs, type EnrichJsOptions } from '../operators/enrich-js.ts';
import { answeredHeader } from '../operators/enrich-requests.ts';
import type { OpenFunctions } from './map-js.ts';
import { BY, DEAD_LETTER_TO, keyOf, sideFiles } from './options.ts';
import { AS, CONCURRENCY, ON_FAILURE, RETRY, requestOptions, UNTIL } from './request-options.ts';
import type { DefaultedOption, Given, Syntax } from './spec.ts';
import type { Stage } from './stage.ts';
import { optionOrDefault, SIZE } from './values.ts';

const timeout: DefaultedOption<number> = {
  name: 'timeout',
  value: SIZE,
  help: 'how long one call may take to settle',
  default: '10s',
};

const retry: DefaultedOption<number> = {
  ...RETRY,
  details:
    'Called again is what throws or takes too long, unless the error has retry: false, or is a mistake in the program (a ReferenceError, a RangeError, a SyntaxError, a TypeError without a cause). The waits grow exponentially from at most 500ms to at most 30s, with full jitter; an error with retryAfter says how many milliseconds to wait.',
};

export const enrichJsSyntax: Syntax = {
  name: 'js',
  summary: 'add what a function of yours gives',
  description: [
    'Calls the default export of MODULE, sync or async, for each event, and adds what it gives, as JSON, as one member; nothing is null. It is told the event, or with --by an object of these fields: then events that have the same at the same time share a call. Its second argument has parameters (what stands behind the ? of MODULE) and signal, which is aborted when nobody waits for the answer any more. It may also be an object, or a class, with setup, lookup and teardown: tm-functions(7).',
    'Events leave in the order in which they came, and watermarks and markers keep their places, however long single calls take: all as with enrich http.',
  ],
  arguments: [
    {
      name: 'MODULE',
      help: 'a file of JavaScript: ./lookup.mjs, ./lookup.mjs?name=value',
      required: true,
      variadic: false,
    },
  ],
  options: [
    { ...BY, help: 'fields that the function is told, separated by commas' },
    timeout,
    retry,
    CONCURRENCY,
    UNTIL,
    DEAD_LETTER_TO,
    ON_FAILURE,
    AS,
  ],
  examples: [
    {
      title: 'where a host is, asked for once for all events of a host that come together',
      command:
        'tm source access.log --format combined | tm enrich js ./country.mjs --by host --as country | tm sink',
    },
  ],
  seeAlso: ['tm-functions.7'],
};

/** @throws TidemarkError `usage` */
export function buildEnrichJs(given: Given): Stage {
  const place = functionsPlace(given.arguments[0] ?? '');
  return enrichJsStage(given, (limit, world) => new UserModule(place, limit, world));
}

/**
 * The stage that calls functions which need not be a module's.
 * @throws TidemarkError `usage`
 */
export function enrichJsStage(given: Given, openFunctions: OpenFunctions): Stage {
  const options: EnrichJsOptions = { by: keyOf(given), ...requestOptions(given) };
  return {
    role: 'operator',
    sides: sideFiles(given),
    check: (header) => answeredHeader(header, '--by', options.by, options.as),
    lookOutside: async () => {
      await loadLookupModule(openFunctions(optionOrDefault(given, timeout), undefined));
      return [];
    },
    create: async (context) => {
      await finishLoads();
      const host = openFunctions(optionOrDefault(given, timeout), context.world);
      const world = context.world ?? machineWorld;
      return new EnrichJs(options, await loadLookupModule(host), host, world, context);
    },
  };
}
