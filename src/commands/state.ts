import type { CommandSyntax, OptionSpec } from './spec.ts';

export const STOP: OptionSpec = {
  name: 'stop',
  help: 'ask the run that has DIR to suspend, and wait until it has',
  details:
    'It does what SIGTERM to the source does, from anywhere: a last epoch is committed, windows stay open, and the same line goes on later. Where nothing is running the exit code is 1.',
};

export const VERIFY: OptionSpec = {
  name: 'verify',
  help: 'read all that the next run needs, and tell what is damaged',
  details:
    'Checksums of all files of the committed epoch are looked at, those of state beyond --memory with them, and whether target files are what was recorded. Where anything is wrong the exit code is 1.',
};

export const JSON_OUTPUT: OptionSpec = {
  name: 'json',
  help: 'write one JSON object instead of text',
};

export const stateCommand: CommandSyntax = {
  name: 'state',
  summary: 'show what a state directory holds',
  input: 'none',
  output: 'none',
  description: [
    'Shows what `tm source --state DIR` has kept: the committed epoch, whether a run is going on, and for each stage how far it is and what waits in it. It only looks: nothing is written but the request of --stop, and a run that is going on is not disturbed.',
    'line and byte tell where the next record begins. The watermark is that of the committed epoch. keys are the groups of combine (a key in a window), or what dedup remembers. held are events that wait for an answer, or for the watermark (sort). A stage that is not part of the committed epoch is of no use to the next run.',
    'With --json it is one object: directory, id, running, attempt, epoch (null: none is committed), committed_at, drained, and stages, a list of objects with id, command, committed, bytes, watermark, keys, windows, held, positions (location, line, byte, size, files) and targets (output, path, bytes). bytes are those of all files of a stage: snapshots, and state beyond --memory. What is not known, or is not there, is null; a watermark of null says in a drained state that the stream is complete. With --verify there is also damaged, a list of objects with stage, problem and hint (what to do).',
  ],
  arguments: [
    { name: 'DIR', help: 'what was given as --state to tm source', required: true, variadic: false },
  ],
  options: [STOP, VERIFY, JSON_OUTPUT],
  kinds: [],
  seeAlso: ['tm-check.1', 'tm-source.1'],
  examples: [
    { title: 'where a job stands', command: 'tm state job' },
    { title: 'whether what is kept can be gone on with', command: 'tm state job --verify' },
    { title: 'the same for a program', command: 'tm state job --json' },
  ],
};
