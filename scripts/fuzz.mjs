// `npm run fuzz`: 1,000,000 lines to every reader and 10,000 command lines to the parser, each made by a seed.
// `npm run fuzz -- --seed N` does the same again; `--lines N` and `--commands N` say how many.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import esbuild from 'esbuild';

/** Milliseconds that a case may take before it is taken for a hang. */
const PATIENCE = 30_000;
/** Megabytes of objects, in which every case has room many times over. */
const MEMORY = 512;
/** Seeds are below this: the rest of a number tells the case. */
const SEEDS = 2 ** 20;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * SEEDS)) },
    lines: { type: 'string', default: '1000000' },
    commands: { type: 'string', default: '10000' },
  },
});
const seed = numberOf('seed', SEEDS);
const lines = numberOf('lines', 2 ** 31);
const commands = numberOf('commands', 2 ** 31);

function numberOf(name, limit) {
  const value = /^\d+$/.test(values[name]) ? Number(values[name]) : Number.NaN;
  if (value < limit) return value;
  console.error(`--${name} wants a whole number below ${limit}: ${values[name]}`);
  return process.exit(2);
}

const bundle = `${root}/node_modules/.cache/tidemark-fuzz.mjs`;
await esbuild.build({
  entryPoints: [`${root}/test/fuzz/worker.ts`],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});

console.log(`seed ${seed}`);
const progress = new Int32Array(new SharedArrayBuffer(8));
const worker = new Worker(bundle, {
  workerData: { seed, lines, commands, progress },
  execArgv: ['--enable-source-maps'],
  resourceLimits: { maxOldGenerationSizeMb: MEMORY },
});
const place = () => `${progress[0] === 0 ? 'text' : 'command line'} ${Atomics.load(progress, 1)}`;

let before = '';
const watch = setInterval(() => {
  const now = place();
  if (now === before) fail(`${now} of seed ${seed} takes longer than ${PATIENCE / 1000} s`);
  before = now;
}, PATIENCE);

worker.on('message', ({ told, findings }) => {
  console.log(`${told}: ${findings.length === 0 ? 'nothing found' : `${findings.length} found`}`);
  for (const { index, what, input } of findings) {
    process.exitCode = 1;
    console.log(
      `\n${place().split(' ').slice(0, -1).join(' ')} ${index} of seed ${seed}\n${what}\n${JSON.stringify(input)}`,
    );
  }
});
worker.on('error', (error) => fail(`${place()} of seed ${seed}: ${error.stack ?? error}`));
worker.on('exit', () => {
  clearInterval(watch);
  console.log(`${Math.round(process.resourceUsage().maxRSS / 1024)} MB of memory at most`);
});

function fail(message) {
  console.error(message);
  process.exit(1);
}
