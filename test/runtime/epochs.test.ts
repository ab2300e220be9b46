import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceKeeping, Stage } from '../../src/commands/stage.ts';
import { MAIN } from '../../src/operators/operator.ts';
import type { StateShape } from '../../src/state/snapshot.ts';
import { Batch, WATERMARK } from '../../src/stream/batch.ts';
import { GLOBAL_WINDOWING } from '../../src/stream/header.ts';
import { planOf, runOn } from './running.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-epochs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Numbers {
  /** Numbers that there are. */
  readonly count: number;
  /** Numbers between two barriers. */
  readonly every: number;
  /** The run fails before this one. */
  readonly failAt?: number;
  /** Whether the end of the numbers is the end of the stream. */
  readonly drain?: boolean;
  readonly shape?: StateShape;
  readonly keeping?: Partial<SourceKeeping>;
}

/** A source of the numbers from 0 on, a second apart, that keeps which comes next. */
function numbers({ count, every, failAt, drain = false, shape = {}, keeping = {} }: Numbers): Stage {
  return {
    role: 'source',
    bounded: true,
    sides: new Map(),
    keeping: {
      directory: join(folder, 'state'),
      ifRunning: 'fail',
      reset: false,
      checkpoint: 1e9,
      shape,
      ...keeping,
    },
    async run(context) {
      await context.emitMarker(MAIN, {
        kind: 'stream',
        header: {
          version: 1,
          commands: ['source'],
          bounded: true,
          watermark: {},
          windowing: GLOBAL_WINDOWING,
          branch: '',
          other: {},
        },
      });
      const epochs = context.epochs!;
      const from = (epochs.restored as number | undefined) ?? 0;
      for (let n = from; n < count; n++) {
        if (n === failAt) throw new Error('killed');
        const batch = new Batch(2, 100);
        const length = batch.bytes.write(`"n":${n}`);
        batch.used = length;
        batch.addEvent(n * 1000, 0, length, 0);
        batch.addTime(WATERMARK, n * 1000);
        await context.emit(MAIN, batch);
        if ((n + 1) % every === 0) await epochs.barrier(n + 1);
      }
      if (drain) {
        const end = new Batch(1, 0);
        end.addTime(WATERMARK, Number.POSITIVE_INFINITY);
        await context.emit(MAIN, end);
      }
      await epochs.barrier(count);
      await context.emitMarker(MAIN, { kind: 'end', reason: drain ? 'drained' : 'suspended' });
    },
  };
}

async function run(source: Numbers, text: string) {
  const told: string[] = [];
  const rest = await planOf(text.replaceAll('DIR', folder), told);
  const options = { ...rest[0]!.options, name: undefined };
  const stages = [{ name: 'source', stage: numbers(source), options }, ...rest];
  return { ...(await runOn(stages, Buffer.alloc(0))), told: told.join('') };
}

const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('a pipeline whose source keeps state', () => {
  const line = 'window fixed 10s | sink DIR/out.ndjson';

  it('goes on where it stopped, and writes each result once', async () => {
    expect((await run({ count: 100, every: 7, drain: true }, line)).code).toBe(0);
    const whole = read('out.ndjson');
    expect(whole.split('\n').length).toBe(101);
    rmSync(join(folder, 'state'), { recursive: true });
    rmSync(join(folder, 'out.ndjson'));
    for (const failAt of [5, 20, 21, 22, 60]) {
      expect((await run({ count: 100, every: 7, failAt }, line)).code).toBe(1);
    }
    expect((await run({ count: 80, every: 7 }, line)).told).toBe('');
    expect((await run({ count: 100, every: 7, drain: true }, line)).code).toBe(0);
    expect(read('out.ndjson')).toBe(whole);
  });

  it('keeps the columns of csv', async () => {
    const csv = 'window fixed 10s | sink DIR/out.csv';
    await run({ count: 3, every: 2 }, csv);
    await run({ count: 4, every: 2, drain: true }, csv);
    expect(read('out.csv').split('\n').slice(0, 2).join('|')).toBe(
      'window_start,window_end,n|1970-01-01T00:00:00.000Z,1970-01-01T00:00:10.000Z,0',
    );
    expect(read('out.csv').match(/window_start/g)).toHaveLength(1);
    expect(read('out.csv').split('\n')).toHaveLength(6);
  });

  it('stores one stream over many runs', async () => {
    const stored = 'window fixed 10s | sink DIR/out.stream --format stream';
    await run({ count: 3, every: 2 }, stored);
    expect(read('out.stream')).toMatch(/\{"@end":"suspended"\}\n$/);
    await run({ count: 4, every: 2, drain: true }, stored);
    expect(read('out.stream').match(/@stream/g)).toHaveLength(1);
    expect(read('out.stream')).not.toContain('suspended');
    expect(read('out.stream')).toMatch(/\{"@watermark":"end"\}\n\{"@end":"drained"\}\n$/);
  });

  it('that was drained does nothing more, and begins anew when it is told to', async () => {
    await run({ count: 4, every: 2, drain: true }, line);
    const before = read('out.ndjson');
    const again = await run({ count: 4, every: 2, drain: true }, line);
    expect([again.code, again.told]).toEqual([0, '']);
    expect(read('out.ndjson')).toBe(before);
    const anew = await run(
      { count: 5, every: 2, drain: true, keeping: { reset: true } },
      `${line} --overwrite`,
    );
    expect(anew.code).toBe(0);
    expect(read('out.ndjson').split('\n')).toHaveLength(6);
  });

  it('refuses what was kept under other arguments, and says what has changed', async () => {
    await run({ count: 4, every: 2, shape: { '--time': 'ts' } }, line);
    const other = await run({ count: 4, every: 2, shape: { '--time': 'at' } }, line);
    expect(other.code).toBe(2);
    expect(other.told).toContain('--time was ts, and is at');
    const meta = await run({ count: 4, every: 2, shape: { '--time': 'ts' } }, `${line} --meta drop`);
    expect(meta.code).toBe(2);
    expect(meta.told).toContain('--meta was flatten, and is drop');
  });

  it('goes on into another target, and says so', async () => {
    await run({ count: 4, every: 2 }, line);
    const moved = await run({ count: 6, every: 2 }, 'window fixed 10s | sink DIR/other.csv');
    expect(moved.code).toBe(0);
    expect(moved.told).toContain('from here on they go to');
    expect(read('out.ndjson').split('\n')).toHaveLength(5);
    expect(read('other.csv').split('\n')).toHaveLength(4);
  });

  it('refuses a target that was changed meanwhile', async () => {
    await run({ count: 4, every: 2 }, line);
    writeFileSync(join(folder, 'out.ndjson'), 'edited\n');
    const again = await run({ count: 6, every: 2 }, line);
    expect(again.code).toBe(1);
    expect(read('out.ndjson')).toBe('edited\n');
  });

  it('does nothing while another run is at it, where that is wanted', async () => {
    await run({ count: 4, every: 2 }, line);
    const { SourceState } = await import('../../src/epochs/source-state.ts');
    const other = await SourceState.open(
      { directory: join(folder, 'state'), ifRunning: 'fail', reset: false },
      () => {},
      new AbortController().signal,
    );
    const before = read('out.ndjson');
    expect((await run({ count: 9, every: 2 }, line)).code).toBe(1);
    expect((await run({ count: 9, every: 2, keeping: { ifRunning: 'skip' } }, line)).code).toBe(0);
    expect(read('out.ndjson')).toBe(before);
    other!.close();
    expect((await run({ count: 9, every: 2 }, line)).code).toBe(0);
  });
});
