import { usageError } from '../errors.ts';
import { parseAssignment } from '../expressions/assignment.ts';
import { parseMemberName } from '../expressions/member-name.ts';
import { Explode } from '../operators/explode.ts';
import { REJECTED_TO, sideFiles } from './options.ts';
import type { CommandSpec, OptionSpec } from './spec.ts';
import { flag, option, TEXT } from './values.ts';

const split: OptionSpec<string | true> = {
  name: 'split',
  value: { ...TEXT, placeholder: 'SEPARATOR' },
  optionalValue: true,
  help: 'make a list of a text: of its words, or of what stands between SEPARATORs',
  details:
    "Words are runs of letters, digits and marks of any script (Unicode), with apostrophes inside: `isn't` is one. With SEPARATOR what stands between two of them counts, also when it is empty.",
};

const position: OptionSpec<string> = {
  name: 'position',
  value: { placeholder: 'NAME', parse: parseMemberName },
  help: "put the element's number, from 1 on, into the member NAME",
};

const keepEmpty: OptionSpec = {
  name: 'keep-empty',
  help: 'let an event whose list is empty or null go on, with null',
};

/** Unicode's letters, numbers and marks; an apostrophe counts between two of them. */
const WORD = /[\p{L}\p{N}\p{M}_]+(?:['’][\p{L}\p{N}\p{M}_]+)*/gu;

export const explodeCommand: CommandSpec = {
  name: 'explode',
  summary: 'write an event for each element of a list',
  input: 'stream',
  output: 'stream',
  description: [
    'Writes for each element of a list an event that has it in place of the list, with the other members, the time and the window of its event. NAME=EXPR puts the elements of any expression (tm-expressions(7)) into the member NAME, and leaves what they were taken from. An event whose list is empty, null or missing gives none.',
    'An event where EXPR is no list is left out, counted and told; a text is one with --split.',
  ],
  arguments: [
    {
      name: '[NAME=]EXPR',
      help: "a field that is a list, or 'NAME = EXPR'",
      required: true,
      variadic: false,
    },
  ],
  options: [split, position, keepEmpty, REJECTED_TO],
  kinds: [],
  seeAlso: ['tm-expressions.7'],
  examples: [
    {
      title: 'the parts of paths that occur most',
      command:
        'tm source access.log --format combined | tm explode \'part = path.split("/")\' | tm filter \'part != ""\' | tm combine --by part n=count --order -n --limit 5 | tm sink',
    },
    {
      title: 'the words of a text',
      command:
        'tm source access.log --format text --time none | tm explode text --split | tm combine --by text n=count --order -n --limit 5 | tm sink',
    },
  ],
  build(given) {
    const [argument] = given.arguments;
    if (argument === undefined) throw usageError('no list is given', 'tm explode tags');
    const list = parseAssignment(argument);
    if (list.name === '@t') throw usageError('@t cannot be a list', 'give the elements another name');
    const separator = option(given, split);
    if (separator === '') throw usageError('--split: the separator is empty', '--split alone makes words');
    const name = option(given, position);
    if (name === list.name) throw usageError(`--position: ${name} is the element itself`);
    const options = {
      list,
      split: separator === undefined ? undefined : splitter(separator),
      position: name,
      keepEmpty: flag(given, keepEmpty),
    };
    return {
      role: 'operator',
      sides: sideFiles(given),
      stateless: true,
      create: async (context) => {
        await list.expression.load?.();
        return new Explode(options, context);
      },
    };
  },
};

const splitter =
  (separator: string | true) =>
  (text: string): readonly string[] =>
    separator === true ? (text.match(WORD) ?? []) : text.split(separator);
