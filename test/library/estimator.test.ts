import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  combine,
  merge,
  pipeline,
  run,
  sink,
  source,
  type WatermarkEstimator,
  type WatermarkModule,
  window,
} from '../../src/index.ts';

let folder: string;
const place = (name: string): string => path.join(folder, name);
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 0, 1);
const rows = (...seconds: number[]) => seconds.map((s) => ({ at: new Date(START + s * 1000).toISOString() }));

/** The second highest time, with how many there were. */
class Second {
  times: number[] = [];
  observe(time: number): void {
    this.times = [...this.times, time].sort((a, b) => b - a).slice(0, 2);
  }
  watermark(): number | undefined {
    return this.times[1];
  }
  save(): readonly number[] {
    return this.times;
  }
  restore(saved: number[]): void {
    this.times = saved;
  }
}
const second = (): WatermarkEstimator => new Second();

/** How many minutes had which count: the event at 0 s comes when those of the next minute have closed its own. */
async function counts(watermark: WatermarkModule | WatermarkEstimator | string): Promise<unknown[]> {
  const read = source(rows(10, 70, 75, 0, 80), { time: 'at', watermark });
  const results: unknown[] = [];
  for await (const { value } of pipeline([read, window.fixed('1m'), combine({ n: 'count' })]))
    results.push(value);
  return results;
}

describe('an estimator of the program', () => {
  it('is a class, a function that makes one, or, of records of the program, one itself', async () => {
    fs.writeFileSync(
      place('second.mjs'),
      `export default () => {
        let times = [];
        return {
          observe(time) { times = [...times, time].sort((a, b) => b - a).slice(0, 2); },
          watermark: () => times[1],
        };
      };`,
    );
    for (const each of [Second, second, second(), place('second.mjs')])
      expect(await counts(each)).toEqual([{ n: 1 }, { n: 3 }]);
    expect(await counts({ observe() {}, watermark: () => undefined })).toEqual([{ n: 2 }, { n: 3 }]);
  });

  it('is made for each location, and for each source of a merge', async () => {
    let made = 0;
    const counting = (): WatermarkEstimator => {
      made++;
      return new Second();
    };
    for (const name of ['a', 'b'])
      fs.writeFileSync(
        place(`${name}.ndjson`),
        rows(1, 2, 3)
          .map((row) => JSON.stringify(row))
          .join('\n'),
      );
    const files = () => source([place('a.ndjson'), place('b.ndjson')], { time: 'at', watermark: counting });
    const events = [];
    for await (const event of pipeline([merge([pipeline([files()]), pipeline([files()])])]))
      events.push(event);
    expect([events.length, made]).toEqual([12, 4]);
  });

  it('is saved, and restored by the next run', async () => {
    const restored: unknown[] = [];
    class Told extends Second {
      override restore(saved: number[]): void {
        restored.push(saved);
        super.restore(saved);
      }
    }
    const once = () =>
      run([
        source(place('growing.ndjson'), { time: 'at', watermark: Told, state: place('job') }),
        window.fixed('1m'),
        combine({ n: 'count' }),
        sink(place('out.ndjson')),
      ]).wait();
    const append = (...seconds: number[]): void =>
      fs.appendFileSync(
        place('growing.ndjson'),
        rows(...seconds)
          .map((row) => `${JSON.stringify(row)}\n`)
          .join(''),
      );
    append(1, 30);
    await once();
    append(61, 62);
    await once();
    expect(restored).toContainEqual([START + 30_000, START + 1000]);
    expect(fs.readFileSync(place('out.ndjson'), 'utf8').match(/"n":\d/g)).toEqual(['"n":2']);
  });

  it('that is none is refused where the source is made, and one that throws ends the run', async () => {
    const none = { observe() {} } as never;
    expect(() => source([], { time: 'at', watermark: none })).toThrow('it has no function watermark');
    expect(() => source('a.ndjson', { time: 'at', watermark: second() })).toThrow(
      'an object is the estimator of one location, and each has its own',
    );
    expect(() => source([], { time: 'at', delay: '1m', watermark: Second })).toThrow(
      'delay is for watermark delay and wall, not for a module',
    );
    const broken = (): WatermarkEstimator => ({
      observe() {
        throw new Error('not today');
      },
      watermark: () => 0,
    });
    await expect(counts(broken)).rejects.toMatchObject({
      stage: 'source',
      message: 'watermark: not today (in observe)',
    });
    await expect(counts((() => ({})) as never)).rejects.toMatchObject({
      code: 'usage',
      message: 'the estimator of watermark has no function observe and no watermark',
    });
  });
});
