// One row of the bench: all its programs on the same input, one after the other, round after round, so that
// whatever else the machine does falls on all alike.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { folder, input } from './inputs.mjs';
import { measure } from './measure.mjs';
import { pipelineText } from './rows.mjs';

/**
 * @param {import('./rows.mjs').Row} row
 * @returns what each program took, in the order of the row: its fastest round, and the highest peak of each stage
 * @throws Error when a program fails, or answers otherwise than the first
 */
export async function compare(row, { events, rounds, abilities }) {
  const file = input(row.input, events);
  const variables = {
    FILE: file,
    PIPELINE: path.join(folder, 'pipeline.tm'),
    SIDE: path.join(folder, 'late.ndjson'),
  };
  fs.writeFileSync(variables.PIPELINE, pipelineText(file));
  warm(file);
  const programs = row.programs.filter(({ needs }) => needs === undefined || abilities.has(needs));
  /** The fastest round of each program. */
  const best = new Map();
  const answers = new Map();
  let without = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    for (const program of programs) {
      const run = await measure(program.stages, variables);
      if (round === 0 && program.compare !== false) answers.set(program.name, digest(run.result, program));
      best.set(program.name, better(best.get(program.name), run));
    }
    if (row.perKey !== undefined) {
      const run = await measure(row.perKey.without, variables);
      without = Math.min(without, run.stages.at(-1).peak);
    }
  }
  refuseDifferent(row, answers);
  const results = programs.map((program) => ({ program, ...best.get(program.name) }));
  const held = row.perKey && (results[0].stages.at(-1).peak - without) * 1024;
  return {
    row,
    size: fs.statSync(file).size,
    results,
    bytesPerKey: held && held / row.perKey.keys(events),
  };
}

/** The faster run, with the higher peaks of both. */
function better(known, run) {
  if (known === undefined) return run;
  const fastest = run.seconds < known.seconds ? run : known;
  const query = known.query === undefined ? undefined : Math.min(known.query, run.query);
  const stages = fastest.stages.map((stage, i) => ({
    ...stage,
    peak: Math.max(known.stages[i].peak, run.stages[i].peak),
  }));
  return { ...fastest, query, stages };
}

/** Of the lines of an answer, in no order. */
function digest(file, { lines = (text) => text.trimEnd().split('\n') }) {
  const sorted = lines(fs.readFileSync(file, 'utf8')).sort();
  return { count: sorted.length, hash: createHash('sha1').update(sorted.join('\n')).digest('hex') };
}

function refuseDifferent(row, answers) {
  const [first, ...others] = answers;
  for (const [name, { count, hash }] of others) {
    if (hash === first[1].hash) continue;
    throw new Error(
      `${row.key}: ${name} answers otherwise (${count} lines) than ${first[0]} (${first[1].count} lines)`,
    );
  }
}

/** Reads a file once, so that the first program does not wait for the disk. */
function warm(file) {
  const block = Buffer.allocUnsafe(1 << 20);
  const fd = fs.openSync(file, 'r');
  while (fs.readSync(fd, block) > 0);
  fs.closeSync(fd);
}
