// Prints "N passed, N failed" for a run: summary.mjs RESULTS TESTS_EXIT_CODE OTHER_FAILURES
// RESULTS is what vitest's JSON reporter wrote.
import { readFileSync } from 'node:fs';

const [file, testsCode, others] = process.argv.slice(2);

function readResults() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const { numPassedTests, numFailedTests, testResults } = readResults();
/** Files that failed before a test of theirs could. */
const broken = testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
let failed = numFailedTests + broken.length + Number(others);
// An error outside of any test, or no results at all.
if (failed === Number(others) && testsCode !== '0') failed++;
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
