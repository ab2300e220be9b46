import { Sort, type SortOptions } from '../operators/sort.ts';
import { byteSize } from './byte-size.ts';
import { SORT_FOREIGN } from './foreign-options.ts';
import { LATE_TO, sideFiles } from './options.ts';
import type { CommandSpec, DefaultedOption, Given } from './spec.ts';
import { optionOrDefault } from './values.ts';

const memory: DefaultedOption<number> = {
  name: 'memory',
  value: byteSize(1024),
  help: 'memory that events may take before they go to disk',
  details:
    'More events are written in order to $TMPDIR, with --state into its directory, and merged when the watermark passes them: the same results. It is an estimate, and the process takes up to 200 MiB more.',
  default: '1GiB',
};

export const sortCommand: CommandSpec = {
  name: 'sort',
  summary: 'put events in the order of their times',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Holds events until the watermark says that none comes before them any more, and then writes them in the order of their times; those of the same time stay in the order in which they came. Events before a watermark stand before its line. Bytes, windows and panes of an event are not changed.',
    'How long an event is held is for --delay at the source. Without it the watermark of a bounded input comes at its end: then all of it is sorted as a whole.',
    'An event that is behind the watermark is late: it would be out of order. It is left out, counted and told, and --late-to keeps it. Other commands take an event as late only when its window is complete, so put sort where order matters, not before windows.',
    'Events that do not fit in --memory are sorted on disk, so that memory stays flat whatever the size of the input.',
  ],
  arguments: [],
  options: [memory, LATE_TO],
  kinds: [],
  foreignOptions: SORT_FOREIGN,
  noMore: 'tm sort goes by the time of events, and takes no fields; tm combine … --order NAME goes by values',
  examples: [
    {
      title: 'a log in the order of its times',
      command: 'tm source access.log --format combined | tm sort | tm sink --meta keep',
    },
    {
      title:
        'events in order as they come, at most a minute behind; those that come later still are kept apart',
      command: 'tm source events.ndjson --time ts --delay 1m | tm sort --late-to late.stream | tm sink',
    },
  ],
  build(given) {
    const options = sortOptions(given);
    return {
      role: 'operator',
      sides: sideFiles(given),
      create: (context) => new Sort(options, context),
    };
  },
};

const sortOptions = (given: Given): SortOptions => ({ memory: optionOrDefault(given, memory) });
