// Compares tidemark with jq, Miller, mawk and DuckDB on one generated file, in one run: each task by each
// program, round after round, so that whatever else the machine does falls on all alike. What counts are
// ratios. Writes the tables to stdout, with --write into bench/RESULTS.md too; see there for scope and method.
//   npm run bench -- [--events 1000000] [--rounds 3] [--write]
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean' },
  },
});
const events = Number(values.events);
const rounds = Number(values.rounds);
const bin = path.join(root, 'bin');
const data = path.join(root, 'bench', 'data');
const file = path.join(data, `traffic-${events}.ndjson`);
const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}`, FILE: file, LC_ALL: 'C' };

/** Each prints one line a group, `minute path count` in any spelling; `normal` makes the lines comparable. */
const tasks = [
  {
    name: 'count by path and minute',
    programs: {
      'tm, four processes': `tm-source "$FILE" --time time --delay 30s | tm-window fixed 1m | tm-combine --by path n=count | tm-sink --template '{window_start} {path} {n}'`,
      'tm, no watermark before the end': `tm-source "$FILE" --time time | tm-window fixed 1m | tm-combine --by path n=count | tm-sink --template '{window_start} {path} {n}'`,
      'DuckDB, two threads': `node ${root}/bench/duckdb.mjs "SELECT strftime(time_bucket(INTERVAL 1 minute, time), '%Y-%m-%dT%H:%M:00.000Z') || ' ' || path || ' ' || count(*) FROM read_json('$FILE', format='newline_delimited', columns={time:'TIMESTAMP', path:'VARCHAR'}) GROUP BY time_bucket(INTERVAL 1 minute, time), path"`,
      'mawk, text between quotes': `mawk -F'"' '{ for (i = 2; i < NF; i += 2) if ($i == "time") t = substr($(i + 2), 1, 16); else if ($i == "path") { p = $(i + 2); break } n[t ":00.000Z " p]++ } END { for (k in n) print k, n[k] }' "$FILE"`,
      Miller: `mlr --ijsonl --onidx put -q '@n[substr0($time,0,15) . ":00.000Z"][$path] += 1; end { emit @n, "minute", "path" }' "$FILE"`,
      'jq, sort, uniq': `jq -r '.time[0:16] + ":00.000Z " + .path' "$FILE" | sort | uniq -c | mawk '{ print $2, $3, $1 }'`,
    },
  },
  {
    name: 'sum and p95 of bytes by status and 5 minutes',
    programs: {
      'tm, four processes': `tm-source "$FILE" --time time --delay 30s | tm-window fixed 5m | tm-combine --by status 's = sum(bytes)' 'p = quantile(bytes, 0.95)' | tm-sink --template '{window_start} {status} {s} {p}'`,
      'DuckDB, two threads': `node ${root}/bench/duckdb.mjs "SELECT strftime(time_bucket(INTERVAL 5 minute, time), '%Y-%m-%dT%H:%M:00.000Z') || ' ' || status || ' ' || coalesce(sum(bytes)::VARCHAR, 'null') || ' ' || coalesce(quantile_disc(bytes, 0.95)::VARCHAR, 'null') FROM read_json('$FILE', format='newline_delimited', columns={time:'TIMESTAMP', status:'BIGINT', bytes:'BIGINT'}) GROUP BY time_bucket(INTERVAL 5 minute, time), status"`,
      Miller: `mlr --ijsonl --onidx put '$t = sec2gmt(roundm(gmt2sec(sub($time, "\\.[0-9]*Z", "Z")) - 150, 300), 3)' then stats1 -a sum,p95 -f bytes -g t,status "$FILE"`,
    },
    // Miller's p95 is another definition, and it counts an empty group otherwise: only tm and DuckDB are compared.
    compare: ['tm, four processes', 'DuckDB, two threads'],
  },
];

/** The tables so far. */
let report = '';

function print(text = '') {
  report += `${text}\n`;
  process.stdout.write(`${text}\n`);
}

fs.mkdirSync(data, { recursive: true });
if (!fs.existsSync(file)) {
  const location = `generate:count=${events},seed=1,keys=1000,step=20ms,disorder=20s`;
  execFileSync(
    'bash',
    [
      '-c',
      `set -o pipefail; tm-source ${location} | tm-sink --meta drop > "$FILE.part" && mv "$FILE.part" "$FILE"`,
    ],
    {
      env: environment,
    },
  );
}

const size = fs.statSync(file).size;
print(
  `${events.toLocaleString('en')} events, ${(size / 1e6).toFixed(0)} MB of NDJSON; ${os.cpus().length} cores (${os.cpus()[0].model.trim()}), Node ${process.version}; ${rounds} rounds, the best of each.\n`,
);

for (const task of tasks) {
  const names = Object.keys(task.programs);
  const best = new Map(
    names.map((name) => [name, { seconds: Number.POSITIVE_INFINITY, processor: 0, memory: 0 }]),
  );
  const results = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const run = await measure(task.programs[name]);
      const known = best.get(name);
      if (run.seconds < known.seconds) best.set(name, { ...run, memory: Math.max(run.memory, known.memory) });
      results.set(name, run.digest);
    }
  }
  const compared = task.compare ?? names;
  for (const name of compared) {
    if (results.get(name) !== results.get(compared[0]))
      throw new Error(`${task.name}: ${name} has another result than ${compared[0]}`);
  }
  const own = best.get(names[0]).seconds;
  print(
    `### ${task.name}\n\n| program | wall, s | × tm | processor, s | peak memory, MB |\n|---|---|---|---|---|`,
  );
  for (const [name, { seconds, processor, memory }] of best) {
    print(
      `| ${name} | ${seconds.toFixed(2)} | ${(seconds / own).toFixed(2)} | ${processor.toFixed(2)} | ${(memory / 1024).toFixed(0)} |`,
    );
  }
  print();
}

print('### start-up\n\n| command | median, ms | over bare node, ms |\n|---|---|---|');
const bare = await startUp('node -e 0');
for (const command of [
  'node -e 0',
  'tm-window --version',
  'tm-source --version',
  "printf '' | tm-window fixed 1m 2>/dev/null || true",
  'jq --version',
  'mlr --version',
]) {
  const median = await startUp(command);
  print(`| \`${command}\` | ${median.toFixed(0)} | ${(median - bare).toFixed(0)} |`);
}

if (values.write) {
  const results = path.join(root, 'bench', 'RESULTS.md');
  const [text] = fs.readFileSync(results, 'utf8').split('<!-- figures -->');
  fs.writeFileSync(results, `${text}<!-- figures -->\n\n${report}`);
}

async function startUp(command) {
  const times = [];
  for (let i = 0; i < 15; i++) times.push((await measure(command)).seconds * 1000);
  return times.sort((a, b) => a - b)[7];
}

/** Runs a shell line; its wall and processor time, the memory that its largest process had at its peak, and its output's digest, lines in order. */
async function measure(command) {
  const started = process.hrtime.bigint();
  const child = spawn('bash', ['-c', `set -o pipefail; TIMEFORMAT='%U %S'; time { ${command}; }`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const peaks = new Map();
  const timer = setInterval(() => sample(child.pid, peaks), 15);
  const out = [];
  const errors = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => errors.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const told = Buffer.concat(errors).toString().trim().split('\n');
  if (code !== 0) throw new Error(`${command}\nexit ${code}: ${told.join('\n')}`);
  const [user, system] = told.at(-1).split(' ').map(Number);
  const lines = Buffer.concat(out).toString().trim().split('\n').sort().join('\n');
  return {
    seconds,
    processor: user + system,
    memory: Math.max(0, ...peaks.values()),
    digest: createHash('sha1').update(lines).digest('hex'),
  };
}

/** Notes VmHWM (KiB) of all processes below `pid`. */
function sample(pid, peaks) {
  for (const child of children(pid)) {
    const status = read(`/proc/${child}/status`);
    const peak = /VmHWM:\s+(\d+)/.exec(status);
    if (peak !== null) peaks.set(child, Number(peak[1]));
    sample(child, peaks);
  }
}

function children(pid) {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

function read(name) {
  try {
    return fs.readFileSync(name, 'utf8');
  } catch {
    return '';
  }
}
