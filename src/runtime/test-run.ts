import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { pathsMatching } from '../connectors/path-pattern.ts';
import { TidemarkError } from '../errors.ts';
import { fileOf, type Section, type TestCase, variablesOf, wrongAt } from '../pipelines/test-text.ts';
import type { TestOutcome } from '../pipelines/test-verdict.ts';

export interface TestRunOptions {
  /** The launcher of `tm run`. */
  readonly program: string;
  /** How long a case may take, ms. */
  readonly timeLimit: number;
  /** Ends the run with all that it has started. */
  readonly signal: AbortSignal;
}

/** Where the clock stands when a case does not say so. */
const CLOCK = '2000-01-01T00:00:00Z';

/**
 * Runs a case as `tm run` would, in a temporary folder that has its files and nothing else, by a clock that stands.
 * @param file the test file, beside which the case's files are
 * @returns undefined: it took too long
 * @throws TidemarkError `usage` with file and line where a file is not there, `failed` where it cannot be run
 */
export async function runTestCase(
  file: string,
  test: TestCase,
  options: TestRunOptions,
): Promise<TestOutcome | undefined> {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'tidemark-test-')));
  try {
    for (const section of test.sections) prepare(section, file, folder);
    const ended = await run(file, test, folder, options);
    if (ended === undefined) return undefined;
    const outputs = test.sections.filter(({ kind }) => kind === 'output').map(fileOf);
    const files = outputs.flatMap((name): [string, string | undefined][] =>
      name === undefined ? [] : [[name, textOf(join(folder, name))]],
    );
    return { ...ended, files: new Map(files) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts into the folder what a section says. */
function prepare(section: Section, file: string, folder: string): void {
  const { kind, lines, from } = section;
  const name = fileOf(section);
  if (kind === 'input' && name !== undefined) {
    fs.mkdirSync(dirname(join(folder, name)), { recursive: true });
    fs.writeFileSync(join(folder, name), contentOf(section));
  }
  if (kind !== 'files') return;
  const beside = dirname(file);
  lines.forEach((line, index) => {
    for (const pattern of line.split(/ +/).filter((word) => word !== '')) {
      const paths = pathsMatching(join(beside.replaceAll(/[\\*?[\]]/g, '\\$&'), pattern));
      if (paths.length === 0)
        throw wrongAt(file, from + index + 1, `there is no ${pattern} beside the test`, NAMED_FROM_THERE);
      for (const path of paths) {
        const inside = relative(beside, path);
        const target = join(folder, inside.startsWith('..') ? basename(path) : inside);
        fs.cpSync(path, target, { recursive: true });
      }
    }
  });
}

const NAMED_FROM_THERE = 'files are named from the folder of the test file on';

const contentOf = ({ lines }: Section): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);

/** undefined: there is no such file. */
function textOf(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function run(
  file: string,
  test: TestCase,
  folder: string,
  { program, timeLimit, signal }: TestRunOptions,
): Promise<Omit<TestOutcome, 'files'> | undefined> {
  const find = (kind: Section['kind']): Section | undefined =>
    test.sections.find((section) => section.kind === kind && fileOf(section) === undefined);
  const clock = find('clock')?.words[0] ?? CLOCK;
  const words = ['--clock', clock, `--text=${find('pipeline')!.lines.join('\n')}`];
  // A group of its own, so that what it has started ends with it.
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, TZ: 'UTC', LC_ALL: 'C', ...variablesOf(file, test) },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let late = false;
  const kill = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It is over, or was never there.
    }
  };
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeLimit);
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const input = find('input');
  // A pipeline that does not read it closes it.
  child.stdin.on('error', () => {}).end(input === undefined ? '' : contentOf(input));
  return new Promise<Omit<TestOutcome, 'files'> | undefined>((resolve, reject) => {
    child.once('error', (error) =>
      reject(new TidemarkError('failed', `a case cannot be run: ${error.message}`, { cause: error })),
    );
    child.once('close', (code, by) =>
      resolve(late ? undefined : { code: code ?? 128 + constants.signals[by!], ...said }),
    );
  }).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  });
}
