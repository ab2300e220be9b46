import { usageError } from '../errors.ts';
import { finishLoads, loadFor } from '../expressions/late-language.ts';
import { Partition } from '../operators/partition.ts';
import { BY, keyOf, REJECTED_TO, sideFiles } from './options.ts';
import { branchPlaces, PLACE } from './places.ts';
import type { CommandSpec, Given, OptionSpec } from './spec.ts';
import { COUNT } from './values.ts';

/** What stands for the number of a part in a place. */
const INDEX = '{}';
/** Parts that there may be: systems let a process have a few hundred files open, or a thousand. */
const MOST_PARTS = 1000;

const to: OptionSpec<string> = {
  name: 'to',
  value: PLACE,
  repeatable: true,
  help: 'where the parts go: a PLACE with {} for the number of the part, from 0 on, or one PLACE for each',
};

export const partitionCommand: CommandSpec = {
  name: 'partition',
  summary: 'divide the stream among N places by key',
  input: 'stream',
  output: 'none',
  keepsState: true,
  description: [
    'Divides events among N parts, from 0 to N - 1, so that all events of a key are in the same part and in their order: N processes can group them side by side, and their results together are those of one. Each part is a stream of its own, with the header, all watermarks and the end. Places are files, FIFOs or `>(COMMAND)`, as with `tm tee`.',
    'The part of a key is the hash XXH64 with the seed 0 of its fields as canonical JSON, with a NUL byte between two of them, modulo N: the same in every run and on every machine. Canonical are strings with the escapes that they need only, and whole numbers as their digits (1, 1.0 and 1e0 are `1`); a missing field is null. An event whose key cannot be computed is in no part: it is left out, counted and told.',
    'All parts go at the pace of the slowest. A part whose reader closes before the end is an error: its events would be lost.',
    'Where the source keeps state (tm source --state) parts are files, which have each event exactly once. N and --by must stay as they are then.',
  ],
  arguments: [{ name: 'N', help: 'how many parts there are', required: true, variadic: false }],
  options: [BY, to, REJECTED_TO],
  kinds: [],
  seeAlso: ['tm-tee.1'],
  examples: [
    {
      title: 'four files, each with all events of its hosts',
      command:
        "tm source access.log --format combined --delay 1m | tm window fixed 5m | tm partition 4 --by host --to 'part{}.stream'",
    },
    {
      title: 'two processes that count side by side',
      command:
        'tm source access.log --format combined | tm partition 2 --by host --to >(tm combine --by host n=count | tm sink a.csv) --to >(tm combine --by host n=count | tm sink b.csv)',
    },
  ],
  load: (given) => loadFor(() => keyOf(given)),
  placesIn(words) {
    const parts = Math.max(1, ...words.map(Number).filter((number) => number <= MOST_PARTS));
    const places = words.map((word) => word.replace(/^--to=/, ''));
    return Array.from({ length: parts }, (_, index) =>
      places.map((place) => place.replaceAll(INDEX, String(index))),
    ).flat();
  },
  build(given) {
    const by = keyOf(given);
    if (by.length === 0)
      throw usageError('--by is missing: the fields whose events belong together', '--by host');
    const parts = partsOf(given.arguments[0]!);
    const places = branchPlaces(placesOf(given, parts));
    return {
      role: 'sink',
      sides: sideFiles(given),
      branches: { places, whenClosed: 'fail' },
      create: (context) => {
        const create = (): Partition => new Partition({ parts, by }, context);
        return finishLoads()?.then(create) ?? create();
      },
    };
  },
};

function partsOf(text: string): number {
  const parts = COUNT.parse(text);
  if (parts <= MOST_PARTS) return parts;
  throw usageError(`${text} parts are too many: ${MOST_PARTS} may be open at a time`);
}

function placesOf(given: Given, parts: number): string[] {
  const places = (given.options.get(to.name) ?? []) as readonly string[];
  const [template] = places;
  if (template === undefined)
    throw usageError(
      '--to is missing: where the parts go',
      "--to 'part{}.stream', with {} for the number of the part",
    );
  if (places.length === 1 && (template.includes(INDEX) || parts === 1))
    return Array.from({ length: parts }, (_, index) => template.replaceAll(INDEX, String(index)));
  const templated = places.find((place) => place.includes(INDEX));
  if (templated !== undefined)
    throw usageError(`--to ${templated}: a place with ${INDEX} is for all parts`, 'give it alone');
  if (places.length === parts) return [...places];
  throw usageError(
    `--to names ${places.length === 1 ? 'one place' : `${places.length} places`} for ${parts} parts`,
    "give one for each, or one with {} for the number of the part: --to 'part{}.stream'",
  );
}
