import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const at = (second: number): string => `2026-03-14T00:00:0${second}.000Z`;
const tick = (second: number): string => `{"@tick":"${at(second)}"}`;
const HEADER =
  '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{"delay":"PT0S","every":"PT1S"},"windowing":{"kind":"global"},"branch":""}}';
const EVENTS = [1, 2, 3, 4].map((n) => `{"@t":"${at(n)}","k":"k${n % 2}","n":${n},"l":[${n}]}`);
/** Ticks between all lines, also several behind each other. */
const STREAM = [
  HEADER,
  tick(0),
  EVENTS[0],
  tick(1),
  tick(2),
  EVENTS[1],
  `{"@watermark":"${at(2)}"}`,
  tick(3),
  EVENTS[2],
  tick(4),
  `{"@watermark":"${at(3)}"}`,
  tick(5),
  EVENTS[3],
  tick(6),
  '{"@watermark":"end"}',
  '{"@end":"drained"}',
];

/** Between which watermarks each tick stands, and behind how many lines of others: `W` a watermark, `T` a tick, `E` events. */
const shapeOf = (stream: string): string =>
  stream
    .trimEnd()
    .split('\n')
    .filter((line) => !/@(stream|end)"/.test(line))
    .map((line) => (line.includes('@tick') ? `T${line[28]}` : line.includes('@watermark') ? 'W' : 'E'))
    .join(' ');

const ALL = 'T0 E T1 T2 E W T3 E T4 W T5 E T6 W';

describe('ticks keep their places in', () => {
  it.each([
    ["tm filter 'n > 0'", ALL],
    ["tm filter 'n == 3'", 'T0 T1 T2 W T3 E T4 W T5 T6 W'],
    ["tm map 'm = n + 1'", ALL],
    ['tm map --js ./map.mjs', ALL],
    ['tm map --js ./map.mjs --by k', ALL],
    ['tm explode l', ALL],
    ['tm window fixed 1s', ALL],
    ['tm dedup --by n --within 1s', ALL],
    ['tm window fixed 1s | tm dedup --by n', ALL],
    ['tm window fixed 1s | tm combine n=count', 'T0 T1 T2 E W T3 T4 E W T5 T6 E E W'],
    ['tm combine n=count', 'T0 T1 T2 W T3 T4 W T5 T6 E W'],
    ['tm enrich table table.ndjson --by k', ALL],
    ['tm enrich js ./enrich.mjs --as x', ALL],
    ["tm route rest.stream='n > 9'", ALL],
    ['tm tee copy.stream', ALL],
    ['tm throttle 1000/s', ALL],
    ["tm apply --lines -- sed -u 's/k/q/'", ALL],
    ['tm sort', 'T0 T1 T2 E W T3 T4 E W T5 T6 E E W'],
    ['tm sink --format stream', ALL],
  ])('%s', async (line, shape) => {
    const folder = new Folder();
    folder.write('in.stream', `${STREAM.join('\n')}\n`);
    folder.write('map.mjs', 'export default (event) => ({ ...event, x: 1 });\n');
    folder.write('enrich.mjs', 'export default () => 1;\n');
    folder.write('table.ndjson', '{"k":"k0","v":1}\n{"k":"k1","v":2}\n');
    const piped = await folder.run(`tm source in.stream --format stream | ${line}`);
    expect(piped.stderr).toBe('');
    expect(shapeOf(piped.stdout)).toBe(shape);
    const fused = await folder.run(`tm run --text="tm source in.stream --format stream | ${line}"`);
    expect(fused.stdout).toBe(piped.stdout);
  });

  it('each part of tm partition and branch of tm route and tm tee', async () => {
    const folder = new Folder();
    folder.write('in.stream', `${STREAM.join('\n')}\n`);
    await folder.run('tm source in.stream --format stream | tm partition 2 --by k --to part{}.stream');
    await folder.run(
      "tm source in.stream --format stream | tm tee copy.stream | tm route odd.stream='n % 2 == 1' > rest.stream",
    );
    expect(shapeOf(folder.read('copy.stream'))).toBe(ALL);
    for (const name of ['part0.stream', 'part1.stream', 'odd.stream', 'rest.stream'])
      expect(shapeOf(folder.read(name)).replaceAll(' E', '')).toBe(ALL.replaceAll(' E', ''));
  });

  it('no output format but stream', async () => {
    const folder = new Folder();
    folder.write('in.stream', `${STREAM.join('\n')}\n`);
    const sink = (format: string) =>
      folder.run(`tm source in.stream --format stream | tm sink --format ${format} | wc -l`);
    expect((await sink('ndjson')).stdout.trim()).toBe('4');
    expect((await sink('csv')).stdout.trim()).toBe('5');
    expect((await sink('tsv')).stdout.trim()).toBe('5');
    expect((await sink('stream')).stdout.trim()).toBe(String(STREAM.length));
  });
});

describe('tm source --follow', () => {
  it('writes a tick at once and then each second, also while nothing comes', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', `{"t":"${at(1)}"}\n`);
    const line = folder.start('tm source log.ndjson --time t --delay 0s --follow --tick-every 200ms');
    await line.until(() => (line.stdout.match(/@tick/g) ?? []).length >= 4, 'there are four ticks');
    line.killAll('SIGTERM');
    const { stdout } = await line.done;
    const ticks = stdout
      .split('\n')
      .filter((text) => text.includes('@tick'))
      .map((text) => Date.parse(text.slice(10, 34)));
    for (const [i, time] of ticks.entries())
      if (i > 0) expect(time - ticks[i - 1]!).toBeGreaterThanOrEqual(200);
    expect(Math.abs(Date.now() - ticks.at(-1)!)).toBeLessThan(10_000);
  });
});
