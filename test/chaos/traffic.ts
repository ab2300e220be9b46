import { Buffer } from 'node:buffer';
import type { Chance } from './chance.ts';

/** When the first event happens, epoch ms. */
const START = Date.UTC(2026, 2, 14, 10);
/** How far events are out of order and still in time, ms: below --delay 2s. */
const DISORDER = 1900;
const KEYS = 40;

const PROFILES = ['/', '/tides', '/tides/é', '/search?q="x"', '/login'];

/**
 * Lines of NDJSON: out of order, one in a hundred too late, one in thirty sent twice, one in three hundred no JSON.
 * @param step mean time between two events, ms
 * @param padding bytes more of each line
 */
export function ndjsonTraffic(count: number, step: number, chance: Chance, padding = 0): Buffer {
  const lines: string[] = [];
  const more = padding === 0 ? '' : `,"more":"${'.'.repeat(padding)}"`;
  let now = START;
  for (let id = 0; lines.length < count; id++) {
    now += chance.below(step * 2 + 1);
    const late = chance.one(0.01) ? 5000 + chance.below(60_000) : 0;
    const time = new Date(now - chance.below(DISORDER) - late).toISOString();
    const key = `k${chance.below(KEYS)}`;
    const value = chance.one(0.05) ? 'null' : (chance.below(100_000) / 100).toString();
    const line = `{"t":"${time}","id":${id},"k":"${key}","v":${value},"path":${JSON.stringify(chance.of(PROFILES))}${more}}\n`;
    lines.push(line);
    if (chance.one(1 / 30)) lines.push(line);
    if (chance.one(1 / 300)) lines.push(`{"t":"${time}","id":${id},"k":"bro\n`);
  }
  return Buffer.from(lines.join(''));
}

/** A day of lines of an access log, `count` of them, in the order in which a server writes them: by their ends. */
export function accessLogOfADay(count: number, chance: Chance): Buffer {
  const step = 86_400_000 / count;
  const lines: string[] = [];
  const months = ['Jan', 'Feb', 'Mar'];
  for (let index = 0; index < count; index++) {
    const began = new Date(Date.UTC(2026, 2, 14) + index * step - chance.below(20_000));
    const [date, time] = began.toISOString().split('T') as [string, string];
    const [year, month, day] = date.split('-') as [string, string, string];
    const stamp = `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
    const host = `10.0.${chance.below(4)}.${chance.below(50)}`;
    const status = chance.of([200, 200, 200, 304, 404, 500]);
    const path = chance.of(PROFILES).replaceAll('"', '%22');
    const size = status === 304 ? '-' : chance.below(9000);
    lines.push(`${host} - - [${stamp}] "GET ${path} HTTP/1.1" ${status} ${size} "-" "curl/8.5.0"\n`);
  }
  return Buffer.from(lines.join(''));
}

/** The table that `enrich table` looks keys up in; some are missing. */
export function keyTable(): string {
  const rows = Array.from({ length: KEYS - 3 }, (_, key) => `k${key},name ${key},${key * 7}`);
  return `${['k,name,weight', ...rows].join('\n')}\n`;
}
