// `npm run demo:crash`: a pipeline that keeps its state is killed midway and run again by the same line, and a log is
// read by three runs of cron: both leave, byte for byte, what one undisturbed run leaves. In a folder that is removed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'dist', 'cli', 'tm.js'))) {
  console.error('demo: there is no dist/\n  hint: npm ci builds it, and so does npm run build');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-demo-'));
const options = {
  cwd: folder,
  env: {
    ...process.env,
    // The commands of this clone, run by this node.
    PATH: [join(root, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
  },
  stdio: ['ignore', 'inherit', 'inherit'],
};

/** Says a comment. */
const say = (text) => console.log(`\n${text.replaceAll(/^/gm, '# ')}`);

class Failed extends Error {}

/** Runs a line of shell; it must succeed. */
function run(line) {
  console.log(`$ ${line}`);
  const { status, signal, error } = spawnSync('/bin/sh', ['-c', line], options);
  if (status !== 0) throw new Failed(error?.message ?? signal ?? `exit code ${status}`);
}

const sizeOf = (file) => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;

/** Starts a line and kills all of it with kill -9 as soon as `file` has so many bytes. */
async function runAndKill(line, file, bytes) {
  console.log(`$ ${line}`);
  const child = spawn('/bin/sh', ['-c', line], { ...options, detached: true });
  let over = false;
  const ended = new Promise((resolve) => {
    child.on('close', () => {
      over = true;
      resolve();
    });
  });
  const grown = () => sizeOf(file) >= bytes;
  while (!over && !grown()) await sleep(5);
  if (over) throw new Failed('the pipe was over before it could be killed');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
  console.log('^ killed with kill -9, all of its processes at once');
}

const pipe = (input, output, state = '') => `tm source ${input} --time time --delay 20s ${state}-q |
  tm window fixed 1m |
  tm combine --by path n=count 'p95 = quantile(bytes, 0.95)' |
  tm sink ${output}`;

/** A pipeline that is killed in the middle, and goes on. */
async function crash() {
  say('Traffic to read: 200,000 requests, up to 20 s out of order.');
  run(
    "tm source 'generate:count=200000,seed=14,keys=40,start=2026-03-14T10:02:00Z,disorder=20s' | tm sink log.ndjson --meta drop",
  );
  say('What one undisturbed run makes of them.');
  run(pipe('log.ndjson', 'undisturbed.ndjson'));
  say('The same with a state, and a power failure.');
  const line = pipe('log.ndjson', 'crashed.ndjson', '--state state --checkpoint 50ms --drain ');
  await runAndKill(line, 'crashed.ndjson', sizeOf('undisturbed.ndjson') / 2);
  run('wc -l undisturbed.ndjson crashed.ndjson | head -2');
  say('The same line again goes on from the last checkpoint.');
  run(line);
  run("cmp undisturbed.ndjson crashed.ndjson && echo 'identical'");
}

/** A log that is read while it grows. */
function cron() {
  say('Cron reads a log as it grows: windows that are open at its end stay open for the next run.');
  const line = pipe('growing.ndjson', 'cron.ndjson', '--state cron ');
  const pieces = [
    'head -c 20000000 log.ndjson',
    'tail -c +20000001 log.ndjson | head -c 20000000',
    'tail -c +40000001 log.ndjson',
  ];
  pieces.forEach((piece, index) => {
    run(`${piece} >>growing.ndjson`);
    run(index < 2 ? line : line.replace('--state cron', '--state cron --drain'));
  });
  run("cmp undisturbed.ndjson cron.ndjson && echo 'identical'");
}

try {
  await crash();
  cron();
} catch (error) {
  if (!(error instanceof Failed)) throw error;
  console.error(`demo: the line failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
