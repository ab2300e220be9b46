// Runs one line of shell, and takes its time and what each of its stages used.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { folder } from './inputs.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** What the lines find: our commands, and sorting by bytes. */
export const environment = {
  ...process.env,
  PATH: `${root}/bin:${process.env.PATH}`,
  BENCH: `${root}/bench`,
  LC_ALL: 'C',
};

/** Where the line's result goes, and what its stages used. */
const result = path.join(folder, 'result');
const usage = path.join(folder, 'usage');
const query = path.join(folder, 'query-seconds');

/**
 * Runs the stages as one pipe. Each stands behind GNU time, which tells what the kernel counted for it: processor
 * time, peak memory, and how often it gave the processor away (it waited) or lost it (another was due).
 *
 * @param {string[]} stages simple commands of the shell, the first word a program
 * @param {Record<string, string>} variables for the line
 * @returns {Promise<{seconds: number, processor: number, query: number | undefined, result: string,
 *   stages: {peak: number, processor: number, waits: number, losses: number}[]}>} seconds; peak in KiB; `result` is the path of what was written to stdout
 * @throws Error when the line fails, with what it said
 */
export async function measure(stages, variables) {
  for (const file of [usage, query]) fs.rmSync(file, { force: true });
  const timed = stages.map((stage, i) => `/usr/bin/time -q -o '${usage}-${i}' -f '%M %U %S %w %c' ${stage}`);
  const out = fs.openSync(result, 'w');
  const started = performance.now();
  const child = spawn('bash', ['-c', `set -o pipefail; ${timed.join(' | ')}`], {
    env: { ...environment, ...variables, QUERY_SECONDS: query },
    stdio: ['ignore', out, 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (text) => {
    told += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const seconds = (performance.now() - started) / 1000;
  fs.closeSync(out);
  if (code !== 0) throw new Error(`${stages.join(' | ')}\nexit ${code}: ${told}`);
  const used = stages.map((_, i) => {
    const [peak, user, system, waits, losses] = fs
      .readFileSync(`${usage}-${i}`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    return { peak, processor: user + system, waits, losses };
  });
  return {
    seconds,
    processor: used.reduce((sum, stage) => sum + stage.processor, 0),
    query: fs.existsSync(query) ? Number(fs.readFileSync(query, 'utf8')) : undefined,
    result,
    stages: used,
  };
}

/** Whether a program can be started, with these words, by the shell. */
export async function runs(command) {
  const child = spawn('bash', ['-c', command], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return code === 0 ? said : undefined;
}
