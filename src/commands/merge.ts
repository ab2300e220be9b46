import { usageError } from '../errors.ts';
import { Merge } from '../operators/merge.ts';
import { mergedHeader } from '../stream/merged-header.ts';
import { MERGE_FOREIGN } from './foreign-options.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { choice, option } from './values.ts';

const order: OptionSpec<'watermark' | 'arrival'> = {
  name: 'order',
  value: choice('ORDER', ['watermark', 'arrival']),
  help: 'which line is next: that of the input furthest behind (watermark), the first that comes (arrival)',
  default: 'watermark where all inputs end by themselves, else arrival',
  details:
    'By watermark each line is taken from the input whose watermark is lowest, of equal ones from the first: the same inputs give the same output, however fast each is read. An input that is quiet is waited for. By arrival nothing waits, and another run may write the lines in another order; the watermarks are true in both.',
};

export const mergeCommand: CommandSpec = {
  name: 'merge',
  summary: 'make one stream of several',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  readsSeveral: true,
  description: [
    'Reads the streams of all INPUTs, and writes their events, untouched, as one stream. An INPUT is a stored stream, a FIFO, `<(COMMAND)` of bash where COMMAND writes a stream, or - for standard input.',
    'In a text of tm run `<(…)` holds stages, which run in the same process; - is what stands before, and a place that a stage before writes (tm tee, tm route) is that branch, without a FIFO: `source a.ndjson | route errors="level > 3" | merge - <(merge errors | map "failed = true")`.',
    'The watermark is the lowest of those of all inputs that are neither idle nor drained; a suspended input keeps its own. It never goes back. The tick is the lowest too, of inputs that have ticks: what stands behind it was read at that time or later. The stream is idle when all inputs are, drained when all are drained, and suspended when one of them is.',
    'All inputs are read at all times. What comes of one whose turn it is not waits in memory, up to 1 MiB for each, and then in a temporary file ($TMPDIR): so two branches of one stream (tm tee, tm route) can be merged again, however different their speeds are. While the reader of the merged stream is slow, as much is read as has room in memory.',
    'The windows of all inputs must be the same, and so must be when they fire: otherwise nothing is merged, and the exit code is 2. What is known of the members of events (tm-stream(5), SCHEMA) is what holds for all of them: a member that is a number in one input and a string in another may be either.',
    'An input that stops without its end was cut off: nothing more is written, the message names it, and the exit code is 3.',
    'Where sources keep state (tm source --state DIR) they are stages of one text of tm run, all of the same DIR: `merge <(source a.log --state DIR --delay 1m) <(source b.ndjson --state DIR --delay 1m --time ts) | …`; so are branches that are merged again. A barrier goes on when all inputs have had it, and an epoch counts when all sources have come to it. An input that is at its end for now keeps its turn: what the others have behind that is read by the next run. In a pipe of the shell only copies of one source can be merged with state: `tm source … --state DIR | tee f > g`.',
  ],
  arguments: [
    {
      name: 'INPUT',
      help: 'a stored stream, a FIFO, <(COMMAND), or - for standard input',
      required: true,
      variadic: true,
    },
  ],
  options: [order],
  kinds: [],
  foreignOptions: MERGE_FOREIGN,
  seeAlso: ['tm-tee.1', 'tm-route.1'],
  examples: [
    {
      title: 'two logs of different formats, counted together',
      command:
        "tm merge <(tm source access.log --format combined --delay 1m | tm map --only 'who = host') <(tm source events.ndjson --time ts --delay 1m | tm map --only 'who = gauge') | tm window fixed 1h | tm combine --by who n=count | tm sink",
    },
    {
      title: 'a branch of a stream, and the rest of it, brought together again',
      command:
        "mkfifo errors; tm source access.log --format combined --delay 1m | tm route errors='status >= 400' | tm merge - <(tm map 'failed = true' < errors) | tm combine --by failed n=count | tm sink",
    },
  ],
  build(given) {
    const places = given.arguments;
    if (places.length === 0)
      throw usageError('no input is given', 'tm merge one.stream two.stream; - is standard input');
    if (places.includes('')) throw usageError('an input is empty', 'give - for standard input');
    if (places.filter((place) => place === '-').length > 1)
      throw usageError('standard input can be read only once', 'give - once');
    return {
      role: 'operator',
      sides: new Map(),
      inputs: { places, order: option(given, order), mixed: true, header: mergedHeader },
      create: (context) => new Merge(context),
    };
  },
};
