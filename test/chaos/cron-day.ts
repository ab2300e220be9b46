import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { difference, outputsIn } from './compare.ts';
import { GrowingLog } from './growing-log.ts';
import { ShellPipe } from './shell-pipe.ts';
import { accessLogOfADay } from './traffic.ts';

export interface CronDayOptions {
  /** Where the day passes; its files stay there. */
  readonly folder: string;
  readonly bin: string;
  readonly chance: Chance;
  /** How often cron runs the line; 288: every five minutes. */
  readonly runs: number;
  /** Lines that the log gets that day. */
  readonly lines: number;
}

/** The log is renamed so often a day. */
const ROTATIONS = 7;
/** One run in so many is a pipe of processes: the others are one process, which starts faster. */
const PIPED = 12;

const stages = (words: string): string[] => [
  `source access.log --format combined --delay 1m -q ${words}`,
  'dedup --by host,path --within 2m -q',
  'window fixed 15m -q',
  "combine --by status n=count 'bytes = sum(bytes)' 'hosts = distinct(host)' --late-to late.stream -q",
  'sink day.csv -q',
];

const OUTPUTS = ['day.csv', 'late.stream'];

/**
 * A day of cron: a line that keeps a state runs again and again over a log that grows in pieces which end anywhere, and
 * that is renamed every few hours, and is drained at midnight.
 * @returns what differs from one run over the whole log without any state; undefined: nothing
 */
export async function cronDay({
  folder,
  bin,
  chance,
  runs,
  lines,
}: CronDayOptions): Promise<string | undefined> {
  const whole = accessLogOfADay(lines, chance);
  const once = join(folder, 'once');
  fs.mkdirSync(once, { recursive: true });
  fs.writeFileSync(join(once, 'access.log'), whole);
  const log = new GrowingLog(folder, 'access.log', whole, runs, chance);
  const wrong = await run(stages(''), once, bin);
  if (wrong !== undefined) return `the one run: ${wrong}`;
  for (let turn = 1; turn <= runs; turn++) {
    const rotates = turn % Math.ceil(runs / ROTATIONS) === 0;
    const under = rotates && chance.one(0.5);
    if (rotates && !under) log.rotate();
    // Nothing has happened since the last run, now and then.
    if (!chance.one(0.1)) log.grow();
    const line = stages('--state state');
    const going = run(turn % PIPED === 0 ? line : [fused(line)], folder, bin);
    if (under) {
      await sleep(chance.below(200));
      log.rotate();
    }
    const failed = await going;
    if (failed !== undefined) return `run ${turn}: ${failed}`;
  }
  log.finish();
  const drained = await run(stages('--state state --drain'), folder, bin);
  if (drained !== undefined) return `the run at midnight: ${drained}`;
  return difference(outputsIn(once, OUTPUTS), outputsIn(folder, OUTPUTS));
}

const fused = (line: readonly string[]): string => `run -q -e '${line.join(' | ').replaceAll("'", `'\\''`)}'`;

/** A run that must succeed and say nothing; what was wrong with it. */
async function run(commands: readonly string[], folder: string, bin: string): Promise<string | undefined> {
  const pipe = new ShellPipe(
    commands.map((command) => `tm ${command}`),
    folder,
    bin,
  );
  const { codes, stderr } = await pipe.done;
  if (pipe.hung) return 'it hangs';
  const right = codes.length > 0 && codes.every((code) => code === 0) && stderr === '';
  return right ? undefined : `codes ${codes.join(' ')}\n${stderr}`;
}
