import type { CommandSpec, Given, OptionSpec, Syntax } from '../../src/commands/spec.ts';
import { choice, DURATION } from '../../src/commands/values.ts';

/** A command that is only parsed: with every shape that options and arguments have. */

const every: OptionSpec<number> = {
  name: 'every',
  value: DURATION,
  help: 'how often to look',
  default: '1m',
};
const follow: OptionSpec = { name: 'follow', short: 'f', help: 'go on when the moon has set' };
const at: OptionSpec<string> = {
  name: 'at',
  short: 'a',
  value: { placeholder: 'PLACE', parse: (text) => text },
  repeatable: true,
  help: 'where to look',
};
const unit: OptionSpec<string> = {
  name: 'unit',
  value: choice('UNIT', ['metre', 'foot']),
  help: 'what is counted: metre, foot',
};

const examples = [
  { title: 'the tide at a place', command: 'tm tide --at Husum 5' },
  { title: 'a pipe too long for one line', command: `tm tide 'a | b' | ${'tm tide 12345 | '.repeat(6)}cat` },
  { title: 'a third one', command: 'tm tide 7' },
];

export const tide: CommandSpec = {
  name: 'tide',
  summary: 'tell the tide',
  input: 'stream',
  output: 'stream',
  description: ['Tells how high the water stands.', 'A second paragraph, of `--at` and --every.'],
  arguments: [
    { name: 'HEIGHT', help: 'how high it stood', required: true, variadic: false },
    { name: 'MORE', help: 'heights before', required: false, variadic: true },
  ],
  options: [every, follow, at, unit],
  kinds: [],
  examples,
  build: notBuilt,
};

const ebb: Syntax = {
  name: 'ebb',
  summary: 'falling water',
  description: ['It falls for six hours.'],
  arguments: [{ name: 'DEPTH', help: 'how deep it falls', required: true, variadic: false }],
  options: [every],
  examples: examples.slice(0, 1),
};

/** The same with kinds; it reads records, as a source does. */
export const tides: CommandSpec = {
  ...tide,
  name: 'tides',
  input: 'records',
  arguments: [],
  options: [],
  kinds: [ebb, { ...ebb, name: 'flood', summary: 'rising water', arguments: [], options: [follow] }],
};

function notBuilt(given: Given): never {
  throw new Error(`not meant to run: ${given.arguments.join(' ')}`);
}
