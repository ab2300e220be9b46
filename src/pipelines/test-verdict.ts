import { parsePlain, plainText } from '../json/plain-value.ts';
import { type DiffLine, diffLines } from './line-diff.ts';
import {
  fileOf,
  isJson,
  type Section,
  type TestCase,
  type TestText,
  withoutBlankEnd,
  writtenLine,
} from './test-text.ts';

/** What a case has come to. */
export interface TestOutcome {
  /** The exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The files that have an `--- output FILE`; undefined: it was not written. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** Something that is otherwise than the case says. */
export type Difference =
  | { readonly kind: 'code'; readonly expected: number | undefined; readonly found: number }
  | { readonly kind: 'missing'; readonly file: string }
  /**
   * @property of a file, standard output (`output`), or what was said (`messages`).
   * @property asJson whether nothing were otherwise if values of JSON were compared
   */
  | {
      readonly kind: 'lines';
      readonly of: string;
      readonly lines: readonly DiffLine[];
      readonly asJson: boolean;
    };

const sectionOf = (test: TestCase, kind: Section['kind']): Section | undefined =>
  test.sections.find((section) => section.kind === kind && fileOf(section) === undefined);

const outputsOf = (test: TestCase): Section[] =>
  test.sections.filter((section) => section.kind === 'output' && fileOf(section) !== undefined);

const saidOf = (test: TestCase): Section | undefined =>
  test.sections.find(({ kind }) => kind === 'messages' || kind === 'error');

/** What is otherwise than expected. Blank lines at the end do not count; what nothing was said of is to be empty. */
export function differences(test: TestCase, outcome: TestOutcome): Difference[] {
  const found: Difference[] = [];
  const said = saidOf(test);
  const expected = said?.kind === 'error' ? said.words[0] : '0';
  if (expected === undefined ? outcome.code === 0 : outcome.code !== Number(expected))
    found.push({
      kind: 'code',
      expected: expected === undefined ? undefined : Number(expected),
      found: outcome.code,
    });
  addLines(found, 'messages', said, outcome.stderr);
  addLines(found, 'output', sectionOf(test, 'output'), outcome.stdout);
  for (const section of outputsOf(test)) {
    const file = fileOf(section)!;
    const text = outcome.files.get(file);
    if (text === undefined) found.push({ kind: 'missing', file });
    else addLines(found, file, section, text);
  }
  return found;
}

function addLines(found: Difference[], of: string, section: Section | undefined, text: string): void {
  const json = section !== undefined && section.kind === 'output' && isJson(section);
  const [expected, written] = [section?.lines ?? [], linesOf(text)];
  const lines = diffLines(expected, written, json ? valueKey : undefined);
  if (lines.every(isSame)) return;
  const asJson = section?.kind === 'output' && diffLines(expected, written, valueKey).every(isSame);
  found.push({ kind: 'lines', of, lines, asJson });
}

const isSame = ({ kind }: DiffLine): boolean => kind === 'same';

const linesOf = (text: string): readonly string[] => withoutBlankEnd(text.split('\n'));

/** Equal for lines that are equal as JSON values: members in any order, 1.0 as 1. What is no JSON is its own text. */
function valueKey(line: string): string {
  try {
    return plainText(inOrder(parsePlain(line)));
  } catch {
    return line;
  }
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([name, member]) => [name, inOrder(member)] as const);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The text of the file, with what its cases have come to in place of what was expected. */
export function updatedText(
  { lines, cases }: TestText,
  outcomeOf: (test: TestCase) => TestOutcome | undefined,
): string {
  const edits = cases.flatMap((test) => {
    const outcome = outcomeOf(test);
    return outcome === undefined ? [] : editsOf(test, outcome);
  });
  const changed = [...lines];
  // From the end, so that the places of the others stay what they are.
  for (const { from, to, lines: content } of edits.sort((a, b) => b.from - a.from || b.to - a.to))
    changed.splice(from, to - from, ...content);
  return changed.join('\n');
}

/** Lines that take the place of those from index `from` up to `to`. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

function editsOf(test: TestCase, outcome: TestOutcome): Edit[] {
  const edits: Edit[] = [];
  const added: string[] = [];
  const found = differences(test, outcome);
  const differs = (of: string): boolean => found.some((each) => each.kind === 'lines' && each.of === of);
  const written = (text: string): string[] => linesOf(text).map(writtenLine);
  for (const section of test.sections) {
    const file = fileOf(section);
    if (section.kind !== 'output' || !differs(file ?? 'output')) continue;
    const text = file === undefined ? outcome.stdout : (outcome.files.get(file) ?? '');
    edits.push({ from: section.from, to: section.to, lines: written(text) });
  }
  if (differs('output') && sectionOf(test, 'output') === undefined)
    added.push('--- output', ...written(outcome.stdout));
  if (differs('messages') || found.some(({ kind }) => kind === 'code')) {
    const header = outcome.code === 0 ? '--- messages' : `--- error ${outcome.code}`;
    const said = written(outcome.stderr);
    const lines = outcome.code === 0 && said.length === 0 ? [] : [header, ...said];
    const section = saidOf(test);
    if (section === undefined) added.push(...lines);
    else edits.push({ from: section.from - 1, to: section.to, lines });
  }
  // First: what is written into an empty section at the end stands before it.
  return added.length === 0 ? edits : [{ from: test.end, to: test.end, lines: added }, ...edits];
}
