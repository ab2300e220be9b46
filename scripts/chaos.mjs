// `npm run chaos`: pipelines with a state are killed with kill -9 at random instants, 500 times, and run again by the
// same line; what they leave must be, byte for byte, what an undisturbed run leaves.
// `npm run chaos -- --kills N --seed N --only NAME`: a seed repeats the choices, though not what the machine makes of them.
import { existsSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    only: { type: 'string' },
  },
});

function numberOf(name) {
  if (/^\d{1,9}$/.test(values[name])) return Number(values[name]);
  console.error(`--${name} wants a whole number: ${values[name]}`);
  return process.exit(2);
}
const kills = numberOf('kills');
const seed = numberOf('seed');

if (!existsSync(join(root, 'dist', 'cli', 'tm.js'))) {
  console.error('chaos: there is no dist/\n  hint: npm ci builds it, and so does npm run build');
  process.exit(1);
}

const bundle = `${root}/node_modules/.cache/tidemark-chaos.mjs`;
await esbuild.build({
  entryPoints: [`${root}/test/chaos/main.ts`],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
const { Chance, chaos, cronDay, SCENARIOS } = await import(bundle);
/** Not killed, but as long: 288 runs over a growing log. */
const CRON_DAY = 'cron-day';

const scenarios = SCENARIOS.filter(({ name }) => values.only === undefined || name === values.only);
const withDay = values.only === undefined || values.only === CRON_DAY;
if (scenarios.length === 0 && !withDay) {
  const names = [...SCENARIOS.map(({ name }) => name), CRON_DAY];
  console.error(`no scenario ${values.only}: there are ${names.join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tidemark-chaos-'));
console.log(`seed ${seed}`);
const tallies = [];
if (scenarios.length > 0) {
  const onLife = ({ wrong }) => {
    if (wrong.length > 0) console.log(wrong.at(-1));
  };
  const bin = join(root, 'bin');
  const modules = join(root, 'test', 'outside', 'modules');
  const life = { killsOfALife: 12, size: 1, folder, bin, modules, onLife };
  tallies.push(...(await chaos({ scenarios, seed, kills, ...life })));
}
if (withDay) tallies.push(await aDayOfCron());

async function aDayOfCron() {
  const runs = 288;
  const started = performance.now();
  const place = join(folder, CRON_DAY);
  const wrong = await cronDay({
    folder: place,
    bin: join(root, 'bin'),
    chance: new Chance(seed),
    runs,
    lines: 100_000,
  });
  if (wrong === undefined) rmSync(place, { recursive: true, force: true });
  else console.log(`${CRON_DAY}: ${wrong}\n  see ${place}`);
  const seconds = (performance.now() - started) / 1000;
  return {
    name: CRON_DAY,
    lives: 1,
    kills: 0,
    runs: runs + 1,
    restores: runs,
    seconds,
    wrong: wrong === undefined ? [] : [wrong],
  };
}

const rows = tallies.map(({ name, lives, kills, runs, restores, seconds, wrong }) => [
  name,
  ...[lives, kills, runs, restores, Math.round(seconds)].map(String),
  wrong.length === 0 ? 'yes' : 'NO',
]);
const sum = (pick) => String(Math.round(tallies.reduce((total, tally) => total + pick(tally), 0)));
rows.push([
  'in all',
  sum(({ lives }) => lives),
  sum(({ kills }) => kills),
  sum(({ runs }) => runs),
  sum(({ restores }) => restores),
  sum(({ seconds }) => seconds),
  rows.every((row) => row.at(-1) === 'yes') ? 'yes' : 'NO',
]);
const header = ['scenario', 'lives', 'kills', 'runs', 'restores', 'seconds', 'identical'];
for (const [name, ...figures] of [header, ...rows])
  console.log(name.padEnd(18) + figures.map((figure) => figure.padStart(11)).join(''));

if (tallies.some(({ wrong }) => wrong.length > 0)) {
  console.log(`what was wrong is in ${folder}`);
  process.exitCode = 1;
} else {
  rmdirSync(folder);
}
