// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours

import { usageError } from '../errors.ts';
import type { CommandSyntax, OptionSpec } from './spec.ts';
import { INSTANT, STAGE_NAME, TEXT } from './values.ts';

/** The text itself, instead of a FILE that has it. */
export const PIPELINE_TEXT: OptionSpec<string> = {
  name: 'text',
  short: 'e',
  value: TEXT,
  help: 'run this text instead of a FILE',
};

export const UNFUSED: OptionSpec = {
  name: 'unfused',
  help: 'run the stages as processes joined by pipes',
  details: 'The result is the same; top and ps tell then which stage uses the processor and the memory.',
};

/** More threads than a machine has processors for only take memory. */
const MOST_WORKERS = 64;

export const WORKERS: OptionSpec<number> = {
  name: 'workers',
  value: {
    placeholder: 'N',
    parse(text) {
      if (/^[0-9]{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_WORKERS) return Number(text);
      throw usageError(`'${text}' is no whole number from 1 to ${MOST_WORKERS}`);
    },
  },
  help: 'threads that read and combine blocks of files over 64 MiB',
  details:
    'The result is the same. It is for pipelines that begin with a source of regular files and a combine, at most with window fixed, calendar or global between them: blocks of the files are read and combined side by side, and merged in their order. Formats are those whose records are lines: ndjson, combined, common, logfmt, journal, text and regex. The source may not have --follow, --limit, --from, --to or --rejected-to, combine not --late-to or --rejected-to, and approx_topk depends on the order. Where it is not possible one thread does all, and says why. A file under 64 MiB is not worth it, and where the first blocks show that groups are small, or hold their values (a quantile, distinct values), one thread goes on. It pays for records that take time to read (regex) and with more than two processors: threads take more processor time in all, and NDJSON on two is read faster by one thread. A block with a record that is rejected is read again by one thread, which tells it.',
  default: '1',
};

export const DRY_RUN: OptionSpec = {
  name: 'dry-run',
  help: 'show the stages with their arguments, and run nothing',
  details:
    'What is shown is a text of its own, for tm run and for a shell: parameters and patterns are replaced.',
};

export const CLOCK: OptionSpec<number> = {
  name: 'clock',
  value: INSTANT,
  help: 'let the clock stand at INSTANT: for tests',
  details:
    'It is what --time arrival, --complete-to now and the pace of throttle go by. It goes on only for who waits, by as much as they wait, and then at once. Checkpoints, time limits and servers have the time of the machine.',
};

export const STATE_PREFIX: OptionSpec<string> = {
  name: 'name',
  value: STAGE_NAME,
  help: 'let the names of states begin with NAME: NAME.combine',
  details:
    'The stages of FILE are numbered among themselves then, so that their state is found again whatever stands before FILE, and a FILE may be a stage of a pipeline twice.',
};

export const runCommand: CommandSyntax = {
  name: 'run',
  summary: 'run a pipeline file in one process',
  input: 'stream',
  output: 'stream',
  description: [
    'Runs the stages of a pipeline as the shell would, but in one process: events are handed from stage to stage, not printed and read again. Results, side files, messages and exit code are those of the pipe.',
    'The text is that of a shell line: words with quotes and backslashes, comments, stages joined by `|` at the end of a line or at the beginning of the next, and `<(…)` as an input of tm merge or as the stream of a --side. A stage is `tm window fixed 5m`, `tm-window fixed 5m` or `window fixed 5m`. Patterns of file names are replaced by the files that match. Nothing else of the shell is there: what the text cannot do is an error that says what to do instead.',
    'Parameters are `$NAME` and `${NAME}` of the environment, `$1`, `"$@"` and `$#` of the ARGUMENTs, and `$0`, the FILE. `${NAME:-default}` and `${NAME:+words}` are as in the shell, and `${NAME:?message}` ends the run with the message and exit code 2. One that is not set and has no default is an error. A value stays one word, also outside of quotes, and is no pattern; outside of quotes an empty one is no word.',
    'The exit code is that of the first stage that failed. In one process the cause is told once; the processes of a pipe add what it does to the commands behind.',
    'Without a source the pipeline reads a stream from standard input, without a sink it writes a stream to standard output: `tm run` may itself stand in a pipe.',
    'So a text may be a stage of another: `tm run FILE [ARGUMENT…]` as in the shell, or `./FILE [ARGUMENT…]`, a word with a slash in it. Its stages stand there in place of it, with $1 and $0 of their own; its options hold for them. FILE is looked for where any other file is: in the folder in which the run was started. What is wrong in it is told with its own line and column, and with the place at which it is run. Whether it runs as a process of the pipe or as a stage of the text, the results are the same, byte for byte.',
    'The whole text is checked before anything is read or written. --quiet, --stats, --max-line and --debug hold for every stage, --eof for the first.',
  ],
  arguments: [
    { name: 'FILE', help: 'the text of the pipeline', required: false, variadic: false },
    {
      name: 'ARGUMENT',
      help: '$1, $2, … of the text; behind FILE or -- also what looks like an option',
      required: false,
      variadic: true,
    },
  ],
  options: [PIPELINE_TEXT, WORKERS, UNFUSED, DRY_RUN, STATE_PREFIX, CLOCK],
  kinds: [],
  takesRest: true,
  seeAlso: ['tm-check.1', 'tm-test.1'],
  examples: [
    {
      title: 'a text on the command line, with an argument',
      command:
        'tm run -e \'source "$@" --format combined | window fixed 5m | combine n=count | sink\' access.log',
    },
    {
      title: 'a large log, read by two threads',
      command:
        "tm run --workers 2 -e 'source access.log --format combined | window fixed 5m | combine --by path n=count | sink'",
    },
    {
      title: 'what a text comes to, and which stages share a process',
      command: "tm run --dry-run -e 'source *.log --format combined | combine n=count | sink'",
    },
  ],
};
