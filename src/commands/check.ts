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
  help: 'the state directory that the pipeline would go on with',
};

export const checkCommand: CommandSyntax = {
  name: 'check',
  summary: 'tell what of its state a changed pipeline would keep',
  input: 'none',
  output: 'none',
  description: [
    'Reads the text of a pipeline as `tm run` does, and compares its stages with what DIR has kept of them. Nothing is run, no input and no target is opened, and DIR stays as it is.',
    'A line for each stage tells what would become of its state. kept: it goes on as it was. converted: it goes on, and what was added begins empty, what was taken away is given up. begins empty: nothing was kept for it. keeps nothing: it needs no state. refused: its arguments no longer fit; what has changed is told. lost: DIR has state of a stage that the pipeline has no more.',
    'The exit code is 0 where the pipeline would go on, and 1 where it would be refused: because a stage is refused, or because one is lost. `--reset-state` of `tm source` begins anew then; a stage that was only renamed keeps its state by its old --name.',
    'With --json it is one object: directory, epoch (null: none is committed), goes_on, drained, and stages, a list of objects with id, command, fate, and the lists begins_empty, given_up, changed and refused.',
  ],
  arguments: [
    { name: 'FILE', help: 'the text of the pipeline', required: false, variadic: false },
    { name: 'ARGUMENT', help: '$1, $2, … of the text', required: false, variadic: true },
  ],
  options: [AGAINST, CHECKED_TEXT, JSON_OUTPUT],
  kinds: [],
  seeAlso: ['tm-run.1', 'tm-state.1'],
  examples: [
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
