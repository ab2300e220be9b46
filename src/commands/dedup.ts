import { usageError } from '../errors.ts';
import { finishLoads, loadFor } from '../expressions/late-language.ts';
import { Dedup, type DedupOptions } from '../operators/dedup.ts';
import { byteSize } from './byte-size.ts';
import { DEDUP_FOREIGN } from './foreign-options.ts';
import { BY, keyOf, LATE_TO, REJECTED_TO, sideFiles } from './options.ts';
import type { CommandSpec, DefaultedOption, Given, OptionSpec } from './spec.ts';
import { option, optionOrDefault, SIZE } from './values.ts';

const within: OptionSpec<number> = {
  name: 'within',
  value: SIZE,
  help: 'an event less than this away from a kept one is a duplicate, whatever the windows',
  details:
    'Distances are in event time, and count in both directions. A key is forgotten when the watermark has passed its event by twice the duration.',
};

const memory: DefaultedOption<number> = {
  name: 'memory',
  value: byteSize(1024),
  help: 'memory that keys may take before they go to disk',
  details:
    'More keys are written to $TMPDIR, with --state into its directory, and looked up there when events come that may have them: slower, with the same results. About 2 bytes of each key on disk stay in memory, up to half of SIZE. It is an estimate, and the process takes up to 200 MiB more.',
  default: '1GiB',
};

export const dedupCommand: CommandSpec = {
  name: 'dedup',
  summary: 'pass the first event of each key',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Passes an event when it is the first of its key in its window; with --within, when no event of its key less than that far away in event time was passed before it. First is meant in the order of the stream.',
    'Keys are held until their window closes, with --lateness of tm window as much longer, so memory follows the watermark. Accumulated panes of a combine before are refused: each replaces the one before. Without windows and without --within every key is held to the end.',
  ],
  arguments: [],
  options: [BY, within, memory, LATE_TO, REJECTED_TO],
  kinds: [],
  foreignOptions: DEDUP_FOREIGN,
  lineMeant: keyMeant,
  examples: [
    {
      title: 'one request per host and hour',
      command:
        'tm source access.log --format combined --delay 1m | tm window fixed 1h | tm dedup --by host | tm sink',
    },
    {
      title: 'drop what is sent twice within 10 minutes',
      command: 'tm source events.ndjson --time ts --delay 1m | tm dedup --by id --within 10m | tm sink',
    },
  ],
  load: (given) => loadFor(() => dedupOptions(given)),
  build(given) {
    const options = dedupOptions(given);
    return {
      role: 'operator',
      sides: sideFiles(given),
      create: (context) => {
        const create = (): Dedup => new Dedup(options, context);
        return finishLoads()?.then(create) ?? create();
      },
    };
  },
};

/** The key, from fields that stand without `--by`, or behind the one that has it. */
function keyMeant(words: readonly string[]): string | undefined {
  const rest = words.filter((word) => word !== '--by');
  if (rest.some((word) => !/^[\w.,]+$/.test(word))) return undefined;
  return `--by ${rest.map((word) => word.replace(/,$/, '')).join(',')}`;
}

/** @throws TidemarkError `usage` */
function dedupOptions(given: Given): DedupOptions {
  const by = keyOf(given);
  if (by.length === 0)
    throw usageError('--by is missing: the fields that make two events the same', '--by id');
  return { by, within: option(given, within), memory: optionOrDefault(given, memory) };
}
