// How long commands take that do nothing: what a user waits for at every prompt, and each stage of each pipe.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { folder, input } from './inputs.mjs';
import { environment } from './measure.mjs';

const ROUNDS = 41;

/** The first is what the others are held against. */
const commands = [
  { name: '`node -e 0`', words: ['node', '-e', '0'] },
  { name: '`tm-source --help`', words: ['tm-source', '--help'] },
  { name: '`tm-window --version`', words: ['tm-window', '--version'] },
  { name: '`tm-source`, one event', words: ['tm-source', input('events', 1), '--time', 'ts'] },
  { name: '`tm-window`, one event', words: ['tm-window', 'fixed', '1m'], stream: true },
  { name: '`tm-combine`, one event', words: ['tm-combine', 'n=count'], stream: true },
  { name: '`tm-sink`, one event', words: ['tm-sink'], stream: true },
  { name: '`tm source`, one event', words: ['tm', 'source', input('events', 1), '--time', 'ts'] },
  { name: '`jq -n 0`', words: ['jq', '-n', '0'] },
  { name: '`mlr -n cat`', words: ['mlr', '-n', 'cat'] },
];

/** Medians in milliseconds, all commands in turn. */
export function startUps() {
  const stream = path.join(folder, 'one-event.stream');
  fs.writeFileSync(stream, run(commands.find(({ name }) => name === '`tm-source`, one event')).stdout);
  const times = commands.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, command] of commands.entries()) times[i].push(run(command, stream).milliseconds);
  }
  const medians = times.map((each) => each.sort((a, b) => a - b)[ROUNDS >> 1]);
  return commands.map(({ name }, i) => ({ name, median: medians[i], over: medians[i] - medians[0] }));
}

function run({ words: [program, ...words], stream }, file) {
  const stdin = stream ? fs.openSync(file, 'r') : 'ignore';
  const started = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, words, {
    env: environment,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const milliseconds = performance.now() - started;
  if (stream) fs.closeSync(stdin);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error ?? stderr}`);
  return { milliseconds, stdout };
}
