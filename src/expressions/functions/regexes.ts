import { usageError } from '../../errors.ts';
import { type FunctionDefinition, FunctionFailure } from '../function.ts';
import type { NumberValue } from '../number-value.ts';
import { compileRegex, groupNumber, literalTest, loadRegexes, type Regex, regexOf } from '../regex.ts';
import { parseReplacement, type Replacement, replacementText } from '../replacement.ts';
import { BOOLEAN, INTEGER_TYPE, listOf, STRING_TYPE } from '../type.ts';
import type { Value } from '../value.ts';

type Literals = readonly (Value | undefined)[];

export const matches: FunctionDefinition = {
  name: 'matches',
  form: 'both',
  usage: 'text.matches(REGEX)',
  summary: 'whether the regular expression matches somewhere in the text; ^ and $ bind it to the ends',
  example: ['"/api/v2/users".matches("^/api/v[0-9]+/")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  load: ([, pattern]: Literals) =>
    typeof pattern === 'string' && literalTest(pattern) !== undefined ? undefined : loadRegexes(),
  prepare([, pattern]) {
    if (typeof pattern !== 'string') return this.call;
    const plain = literalTest(pattern);
    if (plain !== undefined) return (text) => plain(text as string);
    const regex = compileRegex(pattern);
    return (text) => regex.test(text as string);
  },
  call: (text: string, pattern: string) => regexOf(pattern).test(text),
};

/** The group that is taken where none is named: the first, or the whole match where the pattern has none. */
const usualGroup = (regex: Regex): number => Math.min(1, regex.groupCount());

function groupOf(regex: Regex, group: NumberValue | string | undefined): number {
  const number = group === undefined ? usualGroup(regex) : groupNumber(regex, group);
  if (number !== undefined) return number;
  const names = Object.keys(regex.namedGroups());
  throw usageError(
    `the regular expression has no group ${group}`,
    `it has ${regex.groupCount()}${names.length === 0 ? '' : `: ${names.join(', ')}`}; 0 is the whole match`,
  );
}

/** As `groupOf`, of a pattern or a group that was computed. */
function groupFor(regex: Regex, group: NumberValue | string | undefined): number {
  const number = group === undefined ? usualGroup(regex) : groupNumber(regex, group);
  if (number === undefined) throw new FunctionFailure(`the regular expression has no group ${group}`);
  return number;
}

function firstMatch(regex: Regex, group: number, text: string): Value {
  const matcher = regex.matcher(text);
  return matcher.find() ? matcher.group(group) : null;
}

function allMatches(regex: Regex, group: number, text: string): Value {
  const found: Value[] = [];
  for (const matcher = regex.matcher(text); matcher.find(); ) found.push(matcher.group(group));
  return found;
}

const extraction = (
  definition: Pick<FunctionDefinition, 'name' | 'usage' | 'summary' | 'example' | 'result'>,
  group: FunctionDefinition['parameters'],
  take: (regex: Regex, group: number, text: string) => Value,
): FunctionDefinition => ({
  ...definition,
  form: 'both',
  parameters: [STRING_TYPE, STRING_TYPE, ...group],
  load: loadRegexes,
  prepare(literals) {
    const [, pattern, wanted] = literals;
    if (typeof pattern !== 'string' || (literals.length > 2 && wanted === undefined)) return this.call;
    const regex = compileRegex(pattern);
    const number = groupOf(regex, wanted as NumberValue | string | undefined);
    return (text) => take(regex, number, text as string);
  },
  call(text: string, pattern: string, wanted?: NumberValue | string) {
    const regex = regexOf(pattern);
    return take(regex, groupFor(regex, wanted), text);
  },
});

export const extract = extraction(
  {
    name: 'extract',
    usage: 'text.extract(REGEX)',
    summary:
      'take what the first group matches, or the whole where there is no group; null where nothing matches',
    example: ['"/users/42/profile".extract("^/users/([0-9]+)")', '"42"'],
    result: STRING_TYPE,
  },
  [],
  firstMatch,
);

export const extractGroup = extraction(
  {
    name: 'extract',
    usage: 'text.extract(REGEX, NUMBER)',
    summary: 'take what the group of that number matches; 0 is the whole match',
    example: ['"GET /a".extract("([A-Z]+) (.*)", 2)', '"/a"'],
    result: STRING_TYPE,
  },
  [INTEGER_TYPE],
  firstMatch,
);

export const extractNamed = extraction(
  {
    name: 'extract',
    usage: 'text.extract(REGEX, NAME)',
    summary: 'take what the group of that name matches',
    example: ['"GET /a".extract("(?<method>[A-Z]+) (?<path>.*)", "path")', '"/a"'],
    result: STRING_TYPE,
  },
  [STRING_TYPE],
  firstMatch,
);

export const extractAll = extraction(
  {
    name: 'extract_all',
    usage: 'text.extract_all(REGEX)',
    summary: 'list what the first group, or the whole, matches each time',
    example: ['"a=1&b=22".extract_all("=([0-9]+)")', '["1","22"]'],
    result: listOf(STRING_TYPE),
  },
  [],
  allMatches,
);

export const extractAllOfGroup = extraction(
  {
    name: 'extract_all',
    usage: 'text.extract_all(REGEX, NUMBER)',
    summary: 'list what the group of that number matches each time; 0 is the whole match',
    example: ['"a=1&b=22".extract_all("([a-z])=([0-9]+)", 0)', '["a=1","b=22"]'],
    result: listOf(STRING_TYPE),
  },
  [INTEGER_TYPE],
  allMatches,
);

export const replaceRegex: FunctionDefinition = {
  name: 'replace_regex',
  form: 'both',
  usage: 'text.replace_regex(REGEX, NEW)',
  summary: `put NEW in place of each match; $1 and \${name} in it are groups, $0 is the match, $$ a dollar sign`,
  example: ['"/users/42/7".replace_regex("/[0-9]+", "/N")', '"/users/N/N"'],
  parameters: [STRING_TYPE, STRING_TYPE, STRING_TYPE],
  result: STRING_TYPE,
  load: loadRegexes,
  prepare([, pattern, by]) {
    if (typeof pattern !== 'string' || typeof by !== 'string') return this.call;
    const regex = compileRegex(pattern);
    const replacement = parseReplacement(by, regex);
    if (typeof replacement === 'string')
      throw usageError(replacement, `$1 is the first group, \${name} a named one, and $$ a dollar sign`);
    return (text) => replaced(text as string, regex, replacement);
  },
  call(text: string, pattern: string, by: string) {
    const regex = regexOf(pattern);
    const replacement = parseReplacement(by, regex);
    if (typeof replacement === 'string') throw new FunctionFailure(replacement);
    return replaced(text, regex, replacement);
  },
};

function replaced(text: string, regex: Regex, replacement: Replacement): string {
  let result = '';
  let behind = 0;
  for (const matcher = regex.matcher(text); matcher.find(); behind = matcher.end())
    result += text.slice(behind, matcher.start()) + replacementText(replacement, (n) => matcher.group(n));
  return result + text.slice(behind);
}
