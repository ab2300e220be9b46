// Compares tidemark with DuckDB, mawk, Miller and jq, in one run. What counts are ratios. Writes the tables to
// stdout, with --write into bench/RESULTS.md too; see there for scope and method.
//   npm run bench -- [--only ROW,…] [--events 2000000] [--rounds 3] [--seconds 20] [--write]
// The rows are those of rows.mjs, and: start, latency, state, scale.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.mjs';
import { latencies } from './latency.mjs';
import { runs } from './measure.mjs';
import { rows } from './rows.mjs';
import { scaleCosts } from './scale.mjs';
import { startUps } from './start-up.mjs';
import { stateCosts } from './state.mjs';
import { figure, table } from './table.mjs';
import { targets } from './targets.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    events: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '20' },
    write: { type: 'boolean' },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const known = [...rows.map(({ key }) => key), 'start', 'latency', 'state', 'scale'];
const wanted = values.only?.split(',') ?? known;
const unknown = wanted.filter((key) => !known.includes(key));
if (unknown.length > 0) fail(`no row ${unknown.join(', ')}: there are ${known.join(', ')}`);
if (!(events >= 1 && rounds >= 1 && seconds >= 1))
  fail('--events, --rounds and --seconds are numbers from 1 on');
if (values.write && values.only !== undefined) fail('--write replaces all tables: leave --only out');

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

for (const program of ['/usr/bin/time', 'mawk', 'mlr', 'jq']) {
  if ((await runs(`command -v ${program}`)) === undefined)
    fail(`${program} is not there: Debian has it in the packages time, mawk, miller, jq`);
}

/** What this version of tidemark can do. */
const abilities = new Set();
const runHelp = await runs('tm run --help');
if (runHelp !== undefined) abilities.add('run');
if (runHelp?.includes('--workers')) abilities.add('workers');
if ((await runs('tm filter --help')) !== undefined) abilities.add('filter');
if ((await runs('tm sort --help')) !== undefined) abilities.add('sort');

/** The tables so far. */
let report = '';

function print(text = '') {
  report += `${text}\n`;
  process.stdout.write(`${text}\n`);
}

const count = (number) => number.toLocaleString('en');

print(
  `${count(events)} events; ${os.cpus().length} cores (${os.cpus()[0].model.trim()}), Node ${process.version}; ${rounds} rounds, the best of each.\n`,
);

/** For the targets, by row. */
const found = {};
for (const row of rows) {
  if (!wanted.includes(row.key)) continue;
  if (row.programs.every(({ ours, needs }) => !ours || (needs !== undefined && !abilities.has(needs)))) {
    print(`### ${row.title}\n\nLeft out: there is no \`tm ${row.key}\` yet.\n`);
    continue;
  }
  found[row.key] = await compare(row, { events, rounds, abilities });
  print(rowText(found[row.key]));
}
if (wanted.includes('start')) {
  found.start = startUps();
  const lines = found.start.map(({ name, median, over }) => [name, median.toFixed(1), over.toFixed(1)]);
  print(`### Start\n\n${table(['command', 'median, ms', 'over bare node, ms'], lines)}\n`);
}
if (wanted.includes('latency')) {
  found.latency = await latencies(seconds);
  const head = [
    'what',
    'events/s',
    'p50, ms',
    'p99, ms',
    'p99.9, ms',
    'max, ms',
    "writer's own p99, ms",
    'processor, s/s',
  ];
  const lines = found.latency.map(({ what, rate, p50, p99, p999, max, writer, processor }) => [
    what,
    count(rate),
    ...[p50, p99, p999, max, writer, processor].map(figure),
  ]);
  print(`### Latency, ${seconds} s each\n\n${table(head, lines)}\n`);
}
if (wanted.includes('state')) {
  const head = ['what', 'how', 'wall, s', 'over without', 'epochs', 'snapshots at the end, MB'];
  const blank = (number) => (Number.isNaN(number) ? '' : figure(number));
  const costs = stateCosts(events).map(({ keys, way, seconds: wall, over, epochs, megabytes }) => [
    keys,
    way,
    figure(wall),
    Number.isNaN(over) ? '' : `${(over * 100).toFixed(1)} %`,
    count(epochs),
    blank(megabytes),
  ]);
  print(`### State, ${count(events * 16)} events in one process\n\n${table(head, costs)}\n`);
}
if (wanted.includes('scale')) {
  const head = ['windows', 'state', 'events', 'wall, s', 'events/s', 'peak, MB'];
  const costs = (await scaleCosts(events, rounds)).map(
    ({ what, results, events: all, seconds: wall, megabytes }) => [
      what,
      results,
      count(all),
      figure(wall),
      count(Math.round(all / wall)),
      figure(megabytes),
    ],
  );
  print(`### Open state\n\n${table(head, costs)}\n`);
}
const reached = targets(found);
if (reached.length > 0)
  print(`### Against the speed to reach\n\n${table(['what', 'first', 'then', 'measured'], reached)}\n`);

if (values.write) {
  const file = path.join(import.meta.dirname, 'RESULTS.md');
  const [text] = fs.readFileSync(file, 'utf8').split('<!-- figures -->');
  fs.writeFileSync(file, `${text}<!-- figures -->\n\n${report.trimEnd()}\n`);
}

/** A table of one row: our programs have letters, and a column each that says how their time stands to the others'. */
function rowText({ row, size, results, bytesPerKey }) {
  const ours = results.filter(({ program }) => program.ours);
  const letter = (result) => String.fromCharCode(65 + ours.indexOf(result));
  const head = [
    'program',
    'wall, s',
    ...ours.map((own) => `${letter(own)} ÷ it`),
    'processor, s',
    'peak of each stage, MB',
    'waits',
    'losses',
  ];
  const lines = [];
  for (const result of results) {
    const { program, stages, query, seconds: wall } = result;
    const sum = (name) => count(stages.reduce((total, stage) => total + stage[name], 0));
    lines.push([
      program.ours ? `${letter(result)}: ${program.name}` : program.name,
      figure(wall),
      ...ours.map((own) => figure(own.seconds / wall)),
      figure(result.processor),
      stages.map(({ peak }) => (peak / 1024).toFixed(0)).join(' '),
      sum('waits'),
      sum('losses'),
    ]);
    if (query === undefined) continue;
    const ratios = ours.map((own) => figure(own.seconds / query));
    lines.push([`… the query alone, its process started`, figure(query), ...ratios, '', '', '', '']);
  }
  const notes = [`${(size / 1e6).toFixed(0)} MB.`, row.note, bytesPerKey && memoryText(bytesPerKey)];
  return `### ${row.title}\n\n${notes.filter(Boolean).join(' ')}\n\n${table(head, lines)}\n`;
}

function memoryText(bytesPerKey) {
  return `Memory of A: ${bytesPerKey.toFixed(0)} bytes a key, over the same line without keys.`;
}
