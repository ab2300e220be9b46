import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { readInstant } from '../time/instant.ts';

/** A part of a test file: `--- input access.log`, and the lines below it. */
export interface Section {
  readonly kind: SectionKind;
  /** The words behind the kind. */
  readonly words: readonly string[];
  /** Of its header, from 1 on. */
  readonly line: number;
  /** Its lines as they stand in the file: indexes from 0, without blank ones at the end. */
  readonly from: number;
  readonly to: number;
  /** Its lines as they are meant. */
  readonly lines: readonly string[];
}

export type SectionKind = (typeof SECTIONS)[number];

/** A case: a pipeline, what it is given, and what it is to write. */
export interface TestCase {
  /** undefined: the file has one case, without a header of its own. */
  readonly name: string | undefined;
  /** Of its header, from 1 on. */
  readonly line: number;
  /** With those that stand before the first case. */
  readonly sections: readonly Section[];
  /** Index of the line behind its last one that is not blank: where a section is added. */
  readonly end: number;
}

/** A test file, read. */
export interface TestText {
  readonly name: string;
  readonly lines: readonly string[];
  readonly cases: readonly TestCase[];
}

const SECTIONS = ['pipeline', 'files', 'variables', 'clock', 'input', 'output', 'messages', 'error'] as const;
/** Those that hold for one case. */
const OF_CASE: readonly SectionKind[] = ['output', 'messages', 'error'];
/** Those that have a NAME, and stand once for each. */
const NAMED: readonly SectionKind[] = ['input', 'output'];
/** The words that a header may have. */
const MOST_WORDS: Readonly<Record<SectionKind, number>> = {
  pipeline: 0,
  files: 0,
  variables: 0,
  clock: 1,
  input: 1,
  output: 3,
  messages: 0,
  error: 1,
};

const CASE = /^=== *(.*?) *$/;
const SECTION = /^--- *(.*?) *$/;
const isHeader = (line: string): boolean => /^(?:---|===) /.test(line);

/** A line of a section that looks like a header stands behind a backslash, and one that begins so behind another. */
const meant = (line: string): string => line.replace(/^\\(?=\\*(?:---|===) )/, '');
export const writtenLine = (line: string): string => line.replace(/^(?=\\*(?:---|===) )/, '\\');

/** Lines without blank ones at the end. */
export function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}

/**
 * Reads a test file: cases below `=== NAME`, of sections below `--- KIND`. What stands before the first case holds for
 * all of them; a file without `===` is one case.
 * @throws TidemarkError `usage` with file and line
 */
export function parseTestText(name: string, text: string): TestText {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (/^=== /.test(line) ? [index] : []));
  const shared = sectionsOf(name, lines, 0, starts[0] ?? lines.length);
  if (starts.length === 0) {
    const end = withoutBlankEnd(lines).length;
    return { name, lines, cases: [checkedCase(name, { name: undefined, line: 1, sections: shared, end })] };
  }
  const wrong = shared.find(({ kind }) => OF_CASE.includes(kind));
  if (wrong !== undefined)
    throw wrongAt(name, wrong.line, `${wrong.kind} is of one case`, 'put it behind its === NAME');
  const names = new Set<string>();
  const cases = starts.map((start, index) => {
    const [, title = ''] = CASE.exec(lines[start]!) ?? [];
    if (title === '') throw wrongAt(name, start + 1, 'the case has no name', '=== what it shows');
    if (names.has(title)) throw wrongAt(name, start + 1, `a second case '${title}'`, 'name it otherwise');
    names.add(title);
    const stop = starts[index + 1] ?? lines.length;
    const own = sectionsOf(name, lines, start + 1, stop);
    const end = withoutBlankEnd(lines.slice(0, stop)).length;
    const inherited = shared.filter((section) => !own.some((each) => isSame(each, section)));
    return checkedCase(name, { name: title, line: start + 1, sections: [...inherited, ...own], end });
  });
  return { name, lines, cases };
}

const isSame = (a: Section, b: Section): boolean =>
  a.kind === b.kind && (!NAMED.includes(a.kind) || fileOf(a) === fileOf(b));

/** The file that an input or output is of; undefined: standard input or output. */
export const fileOf = ({ kind, words }: Section): string | undefined =>
  NAMED.includes(kind) && words[0] !== 'as' ? words[0] : undefined;

/** Whether an output is compared as JSON values. */
export const isJson = ({ words }: Section): boolean => words.length > 1;

function sectionsOf(name: string, lines: readonly string[], start: number, stop: number): Section[] {
  const sections: Section[] = [];
  for (let at = start; at < stop; ) {
    const line = lines[at]!;
    if (!isHeader(line)) {
      // Above the first section of a case there is room for what it is about.
      if (line.trim() !== '' && !line.startsWith('#'))
        throw wrongAt(
          name,
          at + 1,
          'this line is of no section',
          'sections begin with --- pipeline, --- input, --- output and the like, comments with #',
        );
      at++;
      continue;
    }
    let to = at + 1;
    while (to < stop && !isHeader(lines[to]!)) to++;
    sections.push(sectionOf(name, lines, at, to, sections));
    at = to;
  }
  return sections;
}

function sectionOf(
  name: string,
  lines: readonly string[],
  at: number,
  stop: number,
  before: readonly Section[],
): Section {
  const [word = '', ...words] = (SECTION.exec(lines[at]!)?.[1] ?? '').split(/ +/);
  const kind = SECTIONS.find((each) => each === word);
  if (kind === undefined)
    throw wrongAt(
      name,
      at + 1,
      `there is no section '${word}'`,
      OTHER_NAMES.get(word) ??
        `there are ${SECTIONS.join(', ')}; a line of a text that looks like one stands behind a backslash`,
    );
  const content = withoutBlankEnd(lines.slice(at + 1, stop));
  const section: Section = {
    kind,
    words,
    line: at + 1,
    from: at + 1,
    to: at + 1 + content.length,
    lines: content.map(meant),
  };
  const format = kind === 'output' ? words.slice(fileOf(section) === undefined ? 0 : 1).join(' ') : '';
  if (words.length > MOST_WORDS[kind] || (format !== '' && format !== 'as json'))
    throw wrongAt(name, at + 1, `'${words.join(' ')}' does not belong to ${kind}`, HINTS[kind]);
  const file = fileOf(section);
  if (file !== undefined && !/^(?!\.{0,2}\/)(?!.*(?:^|\/)\.\.(?:\/|$))/.test(file))
    throw wrongAt(
      name,
      at + 1,
      `${file} is not in the folder of the test`,
      'name it without .. and without / at the start',
    );
  if (before.some((each) => isSame(each, section)))
    throw wrongAt(
      name,
      at + 1,
      `a second ${[kind, ...(file === undefined ? [] : [file])].join(' ')}`,
      'leave one of them out',
    );
  return section;
}

/** What sections may be called by who has not read it: what to write instead. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ...['expect', 'expected', 'stdout', 'result', 'results'].map((name) => [name, 'write --- output'] as const),
  ...['stderr', 'warnings', 'notices'].map((name) => [name, 'write --- messages'] as const),
  ...['errors', 'fails', 'exit'].map((name) => [name, 'write --- error'] as const),
  ['stdin', 'write --- input'],
  ['file', 'write --- files'],
  ['env', 'write --- variables'],
  ['time', 'write --- clock INSTANT'],
]);

const HINTS: Readonly<Record<SectionKind, string>> = {
  pipeline: 'arguments stand in the text: run FILE ARGUMENT…',
  files: 'the names stand below it',
  variables: 'NAME=VALUE stands below it',
  clock: '--- clock 2026-03-14T10:00:00Z',
  input: '--- input, or --- input FILE',
  output: '--- output [FILE] [as json]',
  messages: 'they stand below it',
  error: '--- error, or --- error 2: the exit code',
};

function checkedCase(name: string, test: TestCase): TestCase {
  if (!test.sections.some(({ kind }) => kind === 'pipeline'))
    throw wrongAt(name, test.line, 'the case has no pipeline', 'its text stands below --- pipeline');
  const [messages, error] = (['messages', 'error'] as const).map((kind) =>
    test.sections.find((section) => section.kind === kind),
  );
  if (messages !== undefined && error !== undefined)
    throw wrongAt(
      name,
      error.line,
      'messages of a run that succeeds, and the error of one that fails',
      'error has all that is said',
    );
  const code = error?.words[0];
  if (code !== undefined && !/^[1-9][0-9]{0,2}$/.test(code))
    throw wrongAt(name, error!.line, `'${code}' is no exit code of a failure`, HINTS.error);
  const clock = test.sections.find(({ kind }) => kind === 'clock');
  if (clock !== undefined && !isInstant(clock.words[0] ?? ''))
    throw wrongAt(name, clock.line, 'the clock stands at an instant', HINTS.clock);
  variablesOf(name, test);
  return test;
}

function isInstant(text: string): boolean {
  const bytes = Buffer.from(text);
  return !Number.isNaN(readInstant(bytes, 0, bytes.length));
}

/**
 * The variables that a case sets.
 * @throws TidemarkError `usage` with file and line
 */
export function variablesOf(name: string, test: TestCase): Record<string, string> {
  const section = test.sections.find(({ kind }) => kind === 'variables');
  const pairs = (section?.lines ?? []).flatMap((line, index): [string, string][] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, variable, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (variable === undefined)
      throw wrongAt(name, section!.from + index + 1, 'a variable is set as NAME=VALUE', 'without quotes');
    return [[variable, value!]];
  });
  return Object.fromEntries(pairs);
}

/** @param line from 1 on */
export const wrongAt = (where: string, line: number, message: string, hint: string): TidemarkError =>
  new TidemarkError('usage', message, { where, line, hint });
