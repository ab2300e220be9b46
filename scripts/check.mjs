// `npm run check`: all that CI checks but the tests, a line each. `npm run check -- types man` runs some only.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Where a missing program is a failure instead of a check left out. */
const strict = process.env.CI === 'true' || process.env.TM_REQUIRE_SERVICES === '1';

const pages = readdirSync(`${root}/man`).map((name) => `man/${name}`);
const scripts = ['.ci/run', 'examples/traffic.sh'];

const checks = [
  { name: 'build', command: ['node', 'scripts/build.mjs'] },
  { name: 'format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'layers', command: ['node', 'scripts/layers.mjs'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'unused', command: ['knip'] },
  { name: 'package', command: ['publint', '--strict'] },
  { name: 'man', command: ['node', 'scripts/man.mjs', '--check'] },
  { name: 'library', command: ['node', 'scripts/library.mjs', '--check'] },
  { name: 'api', command: ['node', 'scripts/api.mjs', '--check'] },
  { name: 'man-lint', command: ['mandoc', '-T', 'lint', '-W', 'warning', ...pages], installed: true },
  { name: 'shell', command: ['shellcheck', ...scripts], installed: true },
];

/** What a run printed, and its exit code; undefined: there is no such program. */
function run([program, ...words]) {
  return new Promise((resolve) => {
    const path = `${root}/node_modules/.bin:${process.env.PATH}`;
    const child = spawn(program, words, { cwd: root, env: { ...process.env, PATH: path } });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', () => resolve({ output, code: undefined }));
    child.on('close', (code) => resolve({ output, code }));
  });
}

async function check({ name, command, installed }) {
  const started = performance.now();
  const { output, code } = await run(command);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (code === 0) {
    console.log(`ok       ${name.padEnd(10)}${seconds}`);
    return true;
  }
  if (code === undefined && installed && !strict) {
    console.log(`skipped  ${name.padEnd(10)}${command[0]} is not installed`);
    return true;
  }
  console.log(`FAILED   ${name.padEnd(10)}${seconds}`);
  console.log(code === undefined ? `${command[0]} is not installed` : output.trimEnd());
  return false;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !checks.some(({ name }) => name === word));
if (unknown.length > 0) {
  console.error(`no check ${unknown.join(', ')}: there are ${checks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const each of checks) {
  if (wanted.length > 0 && !wanted.includes(each.name)) continue;
  if (!(await check(each))) process.exitCode = 1;
}
