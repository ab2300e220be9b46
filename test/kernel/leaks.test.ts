import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyPart, combine, dedup, pipeline, source, window } from '../../src/index.ts';
import { kernel } from '../../src/kernel/kernel.ts';
import { runFused } from '../runtime/running.ts';

/** More than any gap between regions: a region of this size lies behind all others. */
const LARGE = 1 << 28;
/** What may be in use besides, bytes: tables of a pipeline that the collector has not seen to be gone. */
const SLACK = 1 << 16;

let collect: () => void;

beforeAll(() => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc');
});

/** Where the regions end that are in use, when what has been abandoned is given back. */
async function top(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    collect();
    // Finalizers run in turns of their own.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { regions } = kernel();
  const at = regions.allocate(LARGE);
  regions.release(at, LARGE);
  return at;
}

/** Runs many times; how much more memory is in use than after the first few, bytes. */
async function growth(times: number, run: (n: number) => Promise<unknown>): Promise<number> {
  for (let n = 0; n < 20; n++) await run(n);
  const before = await top();
  for (let n = 0; n < times; n++) await run(n);
  return (await top()) - before;
}

const records = (n: number) => [
  ...Array.from({ length: 30 }, (_, i) => ({
    time: 1_700_000_000_000 + i * 1000 + n,
    key: `k${i % 7}`,
    value: i,
  })),
  { time: 1_700_000_040_000, key: 'last', value: 1 },
];
const TIMES = { timeFormat: 'epoch-ms', time: 'time', delay: '1s' };
const stages = (from: Iterable<unknown>, ...aggregates: string[]): AnyPart[] => [
  source(from, TIMES),
  window.fixed('5s'),
  dedup({ by: 'value' }),
  combine(aggregates, { by: 'key' }),
];

/** How many results come; no more than `limit` are read. */
async function results(all: AnyPart[], limit = Number.POSITIVE_INFINITY): Promise<number> {
  let count = 0;
  for await (const _result of pipeline(all)) if (++count === limit) break;
  return count;
}

const STREAM = [
  '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}',
  '{"@t":"2015-05-17T10:05:03.000Z","key":"a"}',
  '{"@watermark":"end"}',
  '{"@end":"drained"}\n',
].join('\n');
const STAGES = 'window fixed 5s | combine --by key n=count';

describe('the memory of the kernel does not grow', () => {
  it('with pipelines that have ended', async () => {
    const grown = await growth(400, async (n) => {
      expect(await results(stages(records(n), 'n=count', 'sum(value)'))).toBe(31);
    });
    expect(grown).toBeLessThan(SLACK);
  });

  it('with pipelines that have failed', async () => {
    const grown = await growth(100, async (n) => {
      const broken = (function* () {
        yield* records(n);
        throw new Error('broken off');
      })();
      await expect(results(stages(broken, 'n=count'))).rejects.toThrow('broken off');
      await expect(results([source([{ time: 'never' }], TIMES)])).rejects.toThrow('time');
      await expect(results([source('/no/such/file')])).rejects.toThrow('/no/such/file');
    });
    expect(grown).toBeLessThan(SLACK);
  });

  it('with pipelines whose results nobody reads to their end', async () => {
    const traffic = 'generate:count=20000,seed=7,keys=20,step=500ms';
    const grown = await growth(100, async () => {
      expect(await results([source(traffic, { delay: '5s' }), window.fixed('10s')], 3)).toBe(3);
    });
    expect(grown).toBeLessThan(SLACK);
  });

  it('with runs of commands, whether they succeed or fail', async () => {
    const grown = await growth(200, async () => {
      expect((await runFused(STAGES, STREAM)).code).toBe(0);
      expect((await runFused(STAGES, STREAM.slice(0, -5))).code).not.toBe(0);
      expect((await runFused(STAGES, STREAM.replace('}\n', ']\n'))).code).not.toBe(0);
      expect(
        (await runFused(`source generate:count=10,seed=1 | ${STAGES.replace('key', 'host')}`)).code,
      ).toBe(0);
    });
    expect(grown).toBeLessThan(SLACK);
  });
});
