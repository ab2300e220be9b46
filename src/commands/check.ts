import { PIPELINE_TEXT } from './run.ts';
import type { CommandSyntax, OptionSpec } from './spec.ts';
import { JSON_OUTPUT } from './state.ts';
import { FOLDER } from './values.ts';

export const CHECKED_TEXT: OptionSpec<string> = {
  ...PIPELINE_TEXT,
  help: 'look at this text instead of a FILE',
};

export const AGAINST: OptionSpec<string> = {
  name: 'against',
  value: FOLDER,
  help: 'tell what of its state in this directory the pipeline would keep',
};

export const checkCommand: CommandSyntax = {
  name: 'check',
  summary: 'look at a pipeline without running it',
  input: 'none',
  output: 'none',
  description: [
    'Reads the text of a pipeline as `tm run` does, and tells for each stage what is known of the events behind it: the name and the types of each member, with ? where an event may lack it, and … where there may be others. What is known comes from the format of the records, from `tm source --schema`, and from the commands before. No input is read and no target is opened; of a table (`tm enrich table`) the columns are looked at. Below a stage with inputs `<(…)` (tm merge, --side) stand the stages of each, indented.',
    'What the run would refuse before the first event is told with its place in the text: a field that no event has, a value of a type that a function does not take, a wrong option; of a stage with several mistakes each. One run tells the mistakes of all stages, in the order of the text: behind one that is wrong nothing is claimed of the events, but what is wrong whatever they are is told. The exit code is 2 where there is any.',
    'Told as well is what a run would load and is not there, or is not what it should be: modules (--js, js(), --watermark, of tm source, tm enrich and tm sink), schema files, tables, files of --side. Modules are loaded for that: what stands at their top is run, and no function of them is called. Of an input that is not there (tm source, tm merge) a notice tells, and it is no mistake: logs come later.',
    'With --json it is one object: runs, and stages, a list of objects with command, windowing, schema (null: nothing is known) and, where it is wrong, error: message, hint, line, column, and others, a list of such, where more is wrong in it; missing, a list of such, names inputs that are not there; inputs is a list of objects with input (a number) or side (a name), and stages. What is wrong with the text as a whole is an error beside runs.',
    'With --against it compares the stages with what DIR has kept of them instead. A line for each stage tells what would become of its state. kept: it goes on as it was. converted: it goes on, and what was added begins empty, what was taken away is given up. begins empty: nothing was kept for it. keeps nothing: it needs no state. refused: its arguments no longer fit; what has changed is told. lost: DIR has state of a stage that the pipeline has no more. DIR stays as it is.',
    'The exit code is 0 then where the pipeline would go on, and 1 where it would be refused: because a stage is refused, or because one is lost. `--reset-state` of `tm source` begins anew then; a stage that was only renamed keeps its state by its old --name. With --json it is one object: directory, epoch (null: none is committed), goes_on, drained, and stages, a list of objects with id, command, fate, and the lists begins_empty, given_up, changed and refused.',
  ],
  arguments: [
    { name: 'FILE', help: 'the text of the pipeline', required: false, variadic: false },
    { name: 'ARGUMENT', help: '$1, $2, … of the text', required: false, variadic: true },
  ],
  options: [AGAINST, CHECKED_TEXT, JSON_OUTPUT],
  kinds: [],
  seeAlso: ['tm-run.1', 'tm-schema.1', 'tm-state.1', 'tm-stream.5'],
  examples: [
    {
      title: 'what each stage of a pipeline makes of the events',
      command:
        "tm check -e 'source access.log --format combined | window fixed 5m | combine --by status n=count | sink counts.csv'",
    },
    {
      title: 'whether the pipeline of a file would go on',
      command: 'tm check job.tm --against job',
    },
    {
      title: 'what becomes of an aggregate more',
      command:
        'tm check --against job -e \'source access.log --format combined --delay 1m | window fixed 5m | combine n=count "volume = sum(bytes)" | sink counts.ndjson\'',
    },
  ],
};
