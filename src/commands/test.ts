import type { CommandSyntax, DefaultedOption, OptionSpec } from './spec.ts';
import { SIZE, TEXT } from './values.ts';

export const UPDATE: OptionSpec = {
  name: 'update',
  help: 'write what the cases have come to into the files',
  details:
    'Only what differs is written anew, and sections that are missing are added. Look at the difference before you keep it.',
};

export const ONLY: OptionSpec<string> = {
  name: 'only',
  value: TEXT,
  help: 'run only cases whose names have TEXT in them',
};

export const TIME_LIMIT: DefaultedOption<number> = {
  name: 'time-limit',
  value: SIZE,
  help: 'how long a case may take',
  default: '60s',
};

export const testCommand: CommandSyntax = {
  name: 'test',
  summary: 'run pipelines on given input, and compare what they write',
  input: 'none',
  output: 'none',
  description: [
    'Runs the cases of test files, and compares what each pipeline writes with what is expected. A FILE is a test file, or a folder in which, and below which, every *.tmtest is one. What differs is shown as lines: - is expected, + is found. The exit code is 0 where all is as expected, and 1 where something is not.',
    'A test file is made of cases, `=== NAME`, and these of sections, `--- KIND`. Sections before the first case hold for all cases that have none of their kind; a file without `===` is one case. Lines that begin with # above the first section say what it is about. A line of a text that looks like a header stands behind a backslash, and blank lines at the end of a section, and of what is compared with it, do not count.',
    '`--- pipeline` has the text, as `tm run` reads it; a pipeline that has a file of its own is called by `run FILE ARGUMENT…`. `--- input` is its standard input, records or a stream with its watermarks, and `--- input FILE` a file that it finds.',
    '`--- output` is what it writes to standard output, `--- output FILE` what is then in FILE (late events, a side output, a branch). Lines are compared as they are; with `as json` behind it as JSON values, whose members may stand in any order. `--- messages` is what it says on stderr. Where the run is to fail there is `--- error [CODE]` in place of it, with what is said then. A section that is missing expects nothing: a notice that is not told of in the file is a difference.',
    'The run has a temporary folder of its own. What it needs besides inputs is named below `--- files`, separated by blanks or lines, from the folder of the test file on; patterns are replaced. `--- variables` has lines NAME=VALUE; of the variables around it a run has PATH alone, and TZ is UTC. The clock stands at 2000-01-01T00:00:00Z, or where `--- clock INSTANT` says so: --clock in tm-run(1) tells what goes by it.',
  ],
  arguments: [
    {
      name: 'FILE',
      help: 'test files and folders with *.tmtest; . when left out',
      required: false,
      variadic: true,
    },
  ],
  options: [UPDATE, ONLY, TIME_LIMIT],
  kinds: [],
  seeAlso: ['tm-run.1'],
  examples: [
    { title: 'the cases of a file', command: 'tm test sessions.tmtest' },
    { title: 'all cases here and below whose names speak of late events', command: 'tm test --only late' },
  ],
};
