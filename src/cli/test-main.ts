import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Given } from '../commands/spec.ts';
import { ONLY, TIME_LIMIT, UPDATE } from '../commands/test.ts';
import { flag, option, optionOrDefault } from '../commands/values.ts';
import { cannotWrite } from '../connectors/system-error.ts';
import { usageError } from '../errors.ts';
import { parseTestText, type TestCase, type TestText } from '../pipelines/test-text.ts';
import { differences, type TestOutcome, updatedText } from '../pipelines/test-verdict.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { Interrupts } from '../runtime/interrupts.ts';
import type { TestRunOptions } from '../runtime/test-run.ts';
import type { CommonOptions } from './common-options.ts';
import { utf8Text } from './given-pipeline.ts';
import { testWords } from './messages.ts';
import { print, type Style } from './terminal.ts';
import { testFiles } from './test-files.ts';
import { differenceText, hintText } from './test-report.ts';

/** A case that was run. */
interface Ran {
  readonly text: TestText;
  readonly test: TestCase;
  /** undefined: it took too long. */
  readonly outcome: TestOutcome | undefined;
}

/** Each case is a process; more at once than this only take memory. */
const MOST_AT_ONCE = 4;

/**
 * Runs test files: the work of `tm test`.
 * @returns the exit code
 * @throws TidemarkError `usage` for what is wrong with a file, before any case is run
 */
export async function executeTest(given: Given, { quiet }: CommonOptions, style: Style): Promise<number> {
  const only = option(given, ONLY) ?? '';
  const files = await testFiles(given.arguments);
  const texts = files.map((file) => parseTestText(file, utf8Text(file)));
  const chosen = texts.flatMap((text) =>
    text.cases.filter(({ name }) => (name ?? '').includes(only)).map((test) => ({ text, test })),
  );
  if (chosen.length === 0) throw usageError(testWords.noCase(only), testWords.noCaseHint);
  const interrupts = new Interrupts(process, async () => {});
  const ran = await runAll(chosen, {
    // bin/ is two folders up from src/cli, dist/cli and dist/chunks alike.
    program: fileURLToPath(new URL('../../bin/tm-run', import.meta.url)),
    timeLimit: optionOrDefault(given, TIME_LIMIT),
    signal: interrupts.signal,
  });
  if (interrupts.exitCode !== 0) return interrupts.exitCode;
  const update = flag(given, UPDATE);
  if (update) for (const text of texts) writeUpdated(text, ran);
  const failed = ran.filter(
    ({ test, outcome }) => outcome === undefined || (!update && differences(test, outcome).length > 0),
  );
  for (const each of failed) print(1, failureText(each, style));
  if (!quiet || failed.length > 0)
    print(1, `${testWords.summary({ cases: ran.length, files: texts.length, failed: failed.length })}\n`);
  return failed.length === 0 ? EXIT.done : EXIT.failed;
}

/** Some at once; given in their order. */
async function runAll(
  cases: readonly Omit<Ran, 'outcome'>[],
  options: TestRunOptions,
): Promise<readonly Ran[]> {
  // What starts processes is loaded when there is one to start.
  const { runTestCase } = await import('../runtime/test-run.ts');
  const ran: Ran[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < cases.length && !options.signal.aborted) {
      const index = next++;
      const { text, test } = cases[index]!;
      ran[index] = { text, test, outcome: await runTestCase(text.name, test, options) };
    }
  };
  await Promise.all(Array.from({ length: Math.min(MOST_AT_ONCE, availableParallelism()) }, work));
  return ran;
}

function writeUpdated(text: TestText, ran: readonly Ran[]): void {
  const found = new Map(ran.map(({ test, outcome }) => [test, outcome]));
  const updated = updatedText(text, (test) => found.get(test));
  if (updated === text.lines.join('\n')) return;
  try {
    writeFileSync(text.name, updated);
  } catch (error) {
    throw cannotWrite(text.name, error);
  }
  print(1, `${testWords.updated(text.name)}\n`);
}

/** What is told of a case that has failed: where it stands, and all that is otherwise. */
function failureText({ text, test, outcome }: Ran, style: Style): string {
  const where = testWords.caseAt(text.name, test.line, test.name);
  if (outcome === undefined) return `${style.heading(`${where}: ${testWords.tookTooLong}`)}\n`;
  const told = differences(test, outcome).map((difference) => differenceText(where, difference, style));
  const beside = missedBeside(text.name, outcome.stderr);
  return [...told, ...beside.map((file) => hintText(testWords.beside(file), style))].join('');
}

/** Files that a run has missed in its folder, and that are beside the test file. */
function missedBeside(file: string, said: string): string[] {
  const missed = [...said.matchAll(/no such file: (\S+)$|cannot read (\S+): no such file/gm)];
  const names = new Set(missed.map(([, source, other]) => (source ?? other)!));
  return [...names].filter((name) => !isAbsolute(name) && existsSync(join(dirname(file), name)));
}
