import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModuleReader } from '../../src/connectors/module-reader.ts';
import { OffsetTracker } from '../../src/connectors/offset-tracker.ts';
import { loadSource, modulePlace, type SourceModule, trackerOf } from '../../src/connectors/source-module.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-module-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

/** The numbers of a range, each claimed before it is given. */
const range: SourceModule = {
  restriction: ({ to = '10' }) => ({ from: 0, to: Number(to) }),
  async *read(tracker, { position }) {
    const { from } = tracker.restriction as { from: number };
    for (let n = (position as number | undefined) ?? from; ; n++) {
      if (!tracker.tryClaim(n)) return undefined;
      yield { value: { n }, position: n + 1 };
    }
  },
};

const readerOf = (source: SourceModule, tracker: OffsetTracker, signal = never) =>
  new ModuleReader(
    { name: 'mine.mjs', source, tracker, parameters: {}, position: undefined, onRecord: () => true },
    signal,
  );

async function textOf(reader: ModuleReader, room = 4096): Promise<string> {
  const bytes = Buffer.alloc(room);
  let text = '';
  for (;;) {
    const count = await reader.read(bytes, 0);
    if (count === 0) return text;
    text += bytes.toString('utf8', 0, count);
  }
}

describe('a location', () => {
  it('is a module by its ending, with parameters behind a question mark', () => {
    expect(modulePlace('./a/mine.mjs?queue=a%20b&n=1')).toMatchObject({
      parameters: { queue: 'a b', n: '1' },
    });
    expect(modulePlace('mine.mjs')?.parameters).toEqual({});
    expect(modulePlace('mine.mjs.log')).toBeUndefined();
    expect(modulePlace('log?x.mjs')).toBeUndefined();
  });

  it('that is no module says what it lacks', async () => {
    const place = (name: string) => modulePlace(join(folder, name))!;
    await expect(loadSource(place('none.mjs'))).rejects.toThrow('no such file');
    fs.writeFileSync(join(folder, 'broken.mjs'), 'export const = 1;');
    await expect(loadSource(place('broken.mjs'))).rejects.toThrow('cannot be loaded');
    fs.writeFileSync(join(folder, 'empty.mjs'), 'export const other = 1;');
    await expect(loadSource(place('empty.mjs'))).rejects.toThrow('has no export source');
    fs.writeFileSync(join(folder, 'wrong.mjs'), 'export const source = {};');
    await expect(loadSource(place('wrong.mjs'))).rejects.toThrow('has no function read');
  });
});

describe('a tracker of whole numbers', () => {
  it('claims what is in its range, in order', () => {
    const tracker = new OffsetTracker({ from: 2, to: 4 });
    expect(tracker.progress()).toBe(0);
    expect(tracker.tryClaim(2)).toBe(true);
    expect(tracker.progress()).toBe(0.5);
    expect(() => tracker.tryClaim(2)).toThrow(RangeError);
    expect(tracker.tryClaim(3)).toBe(true);
    expect(tracker.tryClaim(4)).toBe(false);
  });

  it('never splits off what was claimed, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.nat(50),
        fc.nat(60),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, size, claims, fraction) => {
          const tracker = new OffsetTracker({ from, to: from + size });
          let claimed = 0;
          for (let n = from; n < from + claims && tracker.tryClaim(n); n++) claimed++;
          const residual = tracker.trySplit(fraction);
          const to = tracker.restriction.to!;
          expect(to).toBeGreaterThanOrEqual(from + claimed);
          expect(residual ?? { from: to, to }).toEqual({ from: to, to: from + size });
        },
      ),
    );
  });

  it('cuts a source in parts that together are the whole', async () => {
    const place = modulePlace('mine.mjs?to=100')!;
    for (const count of [1, 2, 3, 7, 99, 100, 150]) {
      const all: number[] = [];
      for (let index = 0; index < count; index++) {
        const tracker = await trackerOf(range, place, { index, count });
        // Nothing is left for it.
        if (tracker === undefined) continue;
        const context = { position: undefined, parameters: {}, signal: never };
        for await (const { value } of range.read(tracker, context)) all.push((value as { n: number }).n);
      }
      expect(all).toEqual(Array.from({ length: 100 }, (_, n) => n));
    }
  });
});

describe('a reader of a module', () => {
  it('gives each record as a line, also through small buffers', async () => {
    const tracker = new OffsetTracker({ from: 0, to: 3 });
    expect(await textOf(readerOf(range, tracker), 3)).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
  });

  it('gives a record as soon as it comes', async () => {
    let go = (): void => {};
    const slow: SourceModule = {
      async *read() {
        yield { value: '1' };
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        yield { value: '2' };
        return undefined;
      },
    };
    const reader = readerOf(slow, new OffsetTracker({ from: 0 }));
    const bytes = Buffer.alloc(100);
    expect(await reader.read(bytes, 0)).toBe(2);
    const second = reader.read(bytes, 0);
    go();
    expect(await second).toBe(2);
    expect(bytes.toString('utf8', 0, 2)).toBe('2\n');
    expect(await reader.read(bytes, 0)).toBe(0);
    await reader.close();
  });

  it('asks again when the module says so, from the position of its last record', async () => {
    const asked: unknown[] = [];
    const again: SourceModule = {
      async *read(_tracker, { position }) {
        asked.push(position);
        const n = (position as number | undefined) ?? 0;
        yield { value: { n }, position: n + 1 };
        return n < 2 ? { resumeAfter: 1 } : undefined;
      },
    };
    expect(await textOf(readerOf(again, new OffsetTracker({ from: 0 })))).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
    expect(asked).toEqual([undefined, 1, 2]);
  });

  it('stops when the run is to stop, also while the module waits', async () => {
    const stop = new AbortController();
    const waiting: SourceModule = {
      async *read() {
        await new Promise(() => {});
        return undefined;
      },
    };
    const reader = readerOf(waiting, new OffsetTracker({ from: 0 }), stop.signal);
    const reading = reader.read(Buffer.alloc(10), 0);
    stop.abort();
    expect(await reading).toBe(0);
    await reader.close();
  });

  it('says what is wrong with a record, and what the module threw', async () => {
    const bad = (value: unknown): SourceModule => ({
      async *read() {
        yield { value };
        return undefined;
      },
    });
    for (const value of [undefined, '{\n}'])
      await expect(textOf(readerOf(bad(value), new OffsetTracker({ from: 0 })))).rejects.toThrow(
        'mine.mjs gave what is no line of JSON',
      );
    const failing: SourceModule = {
      // biome-ignore lint/correctness/useYield: it fails before
      async *read() {
        throw new Error('no connection');
      },
    };
    await expect(textOf(readerOf(failing, new OffsetTracker({ from: 0 })))).rejects.toThrow(
      'mine.mjs failed: no connection',
    );
  });
});
