import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packagePath, shell } from './built.ts';

/** The last line of .ci/run. */

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tm-summary-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failed = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] };
const broken = { status: 'failed', assertionResults: [] };

test.each([
  ['everything passed', [passed], 0, 0, '1 passed, 0 failed', 0],
  ['a test failed', [passed, failed], 1, 0, '2 passed, 1 failed', 1],
  ['a file failed before its tests', [passed, broken], 1, 0, '1 passed, 1 failed', 1],
  ['an error arose outside of the tests', [passed], 1, 0, '1 passed, 1 failed', 1],
  ['a check failed', [passed], 0, 1, '1 passed, 1 failed', 1],
  ['the tests left no results', undefined, 1, 1, '0 passed, 2 failed', 1],
] as const)('%s', async (_, testResults, testsCode, others, line, code) => {
  const file = join(folder, 'results.json');
  const count = (status: string): number =>
    (testResults ?? []).flatMap((file) => file.assertionResults).filter((one) => one.status === status)
      .length;
  const results = { numPassedTests: count('passed'), numFailedTests: count('failed'), testResults };
  writeFileSync(file, testResults === undefined ? '' : JSON.stringify(results));
  const summary = packagePath('.ci/summary.mjs');
  expect(await shell(`node '${summary}' '${file}' ${testsCode} ${others}`)).toEqual({
    code,
    stdout: `${line}\n`,
    stderr: '',
  });
});
