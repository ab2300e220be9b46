// What it costs to keep state: the same line with and without --state, over a folder that holds the same events many
// times; what is written at a barrier; and how long it takes until a run that goes on does so.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { folder, input } from './inputs.mjs';
import { environment } from './measure.mjs';

/** How often the events are in the folder: long enough for a few barriers of 10 s. */
const COPIES = 16;

const lines = [
  { keys: '100 paths by minute', stages: 'window fixed 1m | combine --by path n=count' },
  { keys: '10^6 keys in one window', stages: "combine --by id n=count 's = sum(bytes)'" },
];
/** The command, as the environment finds it. */
const tm = path.resolve(import.meta.dirname, '../bin/tm');

const ways = [
  { name: 'without state', options: '' },
  { name: '--checkpoint 10s', options: '--state "$STATE"' },
  { name: '--checkpoint 1s', options: '--state "$STATE" --checkpoint 1s' },
];

/** @returns {{keys: string, way: string, seconds: number, over: number, epochs: number, megabytes: number}[]} */
export function stateCosts(events) {
  const spool = path.join(folder, `spool-${events}`);
  fs.rmSync(spool, { recursive: true, force: true });
  fs.mkdirSync(spool, { recursive: true });
  // The folder is read by file: copies of their own, for a file is taken once.
  for (let i = 0; i < COPIES; i++)
    fs.copyFileSync(input('events', events), path.join(spool, `${String(i).padStart(2, '0')}.ndjson`));
  const found = [];
  for (const { keys, stages } of lines) {
    let least = 0;
    for (const { name, options } of ways) {
      const { seconds, state } = run(`source "$SPOOL" --time ts --delay 5m ${options} | ${stages}`, spool);
      if (options === '') least = seconds;
      const { epochs, megabytes } = written(state);
      found.push({ keys, way: name, seconds, over: seconds / least - 1, epochs, megabytes });
    }
    const state = path.join(folder, 'state');
    const { seconds } = run(
      `source "$SPOOL" --time ts --delay 5m --state "$STATE" | ${stages}`,
      spool,
      fs.existsSync(state) ? state : undefined,
    );
    found.push({
      keys,
      way: 'again: nothing new, all restored',
      seconds,
      over: Number.NaN,
      epochs: 1,
      megabytes: Number.NaN,
    });
  }
  fs.rmSync(spool, { recursive: true, force: true });
  return found;
}

/** Runs a line in one process; with a `state` that is there it goes on. */
function run(line, spool, kept) {
  const state = path.join(folder, 'state');
  const target = path.join(folder, 'kept.ndjson');
  if (kept === undefined)
    for (const each of [state, target]) fs.rmSync(each, { recursive: true, force: true });
  const started = performance.now();
  const { status, stderr } = spawnSync(tm, ['run', '-e', `${line} | sink "${target}"`], {
    env: { ...environment, SPOOL: spool, STATE: state },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
  return { seconds, state };
}

/** Epochs that were committed, and the bytes of the snapshots that are there at the end. */
function written(state) {
  if (!fs.existsSync(state)) return { epochs: 0, megabytes: 0 };
  const { epoch } = JSON.parse(fs.readFileSync(path.join(state, 'COMMIT'), 'utf8').split('\n')[0]);
  let bytes = 0;
  for (const name of fs.readdirSync(state, { recursive: true }))
    if (name.endsWith('.snapshot')) bytes += fs.statSync(path.join(state, name)).size;
  return { epochs: epoch, megabytes: bytes / 1e6 };
}
