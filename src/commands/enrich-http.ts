import { machineWorld, openHttpClient } from '../connectors/http-client.ts';
import { toldAt, usageError } from '../errors.ts';
import { finishLoads } from '../expressions/late-language.ts';
import { EnrichHttp, type EnrichHttpOptions } from '../operators/enrich-http.ts';
import { answeredHeader } from '../operators/enrich-requests.ts';
import { parseUrlTemplate, type UrlTemplate } from '../operators/url-template.ts';
import { DEAD_LETTER_TO, sideFiles } from './options.ts';
import { AS, CONCURRENCY, ON_FAILURE, RETRY, requestOptions, UNTIL } from './request-options.ts';
import type { DefaultedOption, Given, OptionSpec, Syntax } from './spec.ts';
import type { Stage } from './stage.ts';
import { optionOrDefault, SIZE } from './values.ts';

/** Bytes that an answer may have: 16 MiB, like a line. */
const MAX_BODY = 16 * 1024 * 1024;

const timeout: DefaultedOption<number> = {
  name: 'timeout',
  value: SIZE,
  help: 'how long one attempt may take, body included',
  default: '10s',
};

const retry: DefaultedOption<number> = {
  ...RETRY,
  details:
    'Tried again are connections that fail or break, timeouts, and the statuses 408, 429 and 5xx. The waits grow exponentially from at most 500ms to at most 30s, with full jitter. A Retry-After of the server is waited for, however long.',
};

const header: OptionSpec<readonly [string, string]> = {
  name: 'header',
  value: { placeholder: "'NAME: VALUE'", parse: parseHeader },
  repeatable: true,
  help: 'send this header with each request',
};

export const httpSyntax: Syntax = {
  name: 'http',
  summary: 'add what a server answers',
  description: [
    'Asks a server for each event (GET) and adds the JSON of its answer as one member. Fields in braces stand for values of the event, and so does what is computed of them (tm-expressions(7)): https://api.example.com/users/{user.id}, {lower(host)}. They are percent-encoded, and may stand behind the host only.',
    'Events leave in the order in which they came, and watermarks and markers keep their places, however long single answers take. An event is written as soon as its answer and those of the events before it are there.',
    'The status 404 and an empty answer add null. Any other status but 2xx, an answer that is no JSON or larger than 16 MiB, and a value that cannot be computed, is missing, null, a list or an object, or that would change the path (empty, . or ..), are failures; --retry says which are tried again, and --on-failure and --dead-letter-to what becomes of the event.',
    'Where the source keeps a state, a checkpoint waits for answers for a second at most: events that have none by then are a part of it, and a run that goes on from there asks for them again, in their order. Behind the last watermark it waits for all.',
    'This command deals with the world: what it writes depends on what the server answers, and on its speed.',
  ],
  arguments: [
    {
      name: 'URL',
      help: 'what to ask, with {FIELD} for values of the event',
      required: true,
      variadic: false,
    },
  ],
  options: [timeout, retry, CONCURRENCY, UNTIL, DEAD_LETTER_TO, ON_FAILURE, AS, header],
  examples: [
    {
      title: 'what a service knows of each host; events that it gives no answer for are kept apart',
      command:
        'tm source access.log --format combined --limit 3 | tm enrich http http://127.0.0.1:8080/hosts/{host} --as details --dead-letter-to unanswered.ndjson | tm sink',
    },
  ],
};

/** @throws TidemarkError `usage` */
export function buildEnrichHttp(given: Given): Stage {
  const options: EnrichHttpOptions = {
    url: urlOf(given),
    ...requestOptions(given),
  };
  const clientOptions = {
    headers: (given.options.get(header.name) ?? []) as readonly (readonly [string, string])[],
    timeout: optionOrDefault(given, timeout),
    connections: options.concurrency,
    maxBody: MAX_BODY,
  };
  return {
    role: 'operator',
    sides: sideFiles(given),
    check: (header) => answeredHeader(header, 'the URL', options.url.operands, options.as),
    create: async (context) => {
      await finishLoads();
      const client = await openHttpClient(clientOptions);
      return new EnrichHttp(options, client, context.world ?? machineWorld, context);
    },
  };
}

/** @throws TidemarkError `usage` */
export const urlOf = (given: Given): UrlTemplate =>
  toldAt('URL', () => parseUrlTemplate(given.arguments[0] ?? ''));

/** A header field, RFC 9110, section 5. */
function parseHeader(text: string): readonly [string, string] {
  const [, name, value] =
    /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw usageError(`'${text}' is no header`, "a header is written 'Name: value'");
  return [name, value];
}
