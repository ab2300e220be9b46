import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSplit } from '../../src/connectors/generate.ts';
import { Xoshiro128 } from '../../src/connectors/xoshiro.ts';
import type { TidemarkError } from '../../src/errors.ts';
import { never, readSplit } from './reading.ts';

interface Event {
  host: string;
  ident: null;
  user: null;
  time: string;
  method: string;
  path: string;
  protocol: string;
  status: number;
  bytes: number | null;
  referer: string | null;
  agent: string;
}

const text = async (parameters: string, room?: number): Promise<string> =>
  String(await readSplit(generateSplit(`generate:${parameters}`), room));

const events = async (parameters: string): Promise<Event[]> =>
  (await text(parameters))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);

const sha = (bytes: string): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('generate:', () => {
  it('makes the same bytes on every machine', async () => {
    expect(sha(await text(''))).toBe('d47a4f92b4f382a9');
    expect(sha(await text('count=5000,seed=7,keys=3000,disorder=30s,late=0.05,step=1s'))).toBe(
      '2851baebecf96e3d',
    );
  });

  it('makes 10000 requests with the members of the combined log format', async () => {
    const all = await events('');
    expect(all).toHaveLength(10_000);
    expect(Object.keys(all[0]!)).toEqual(
      'host ident user time method path protocol status bytes referer agent'.split(' '),
    );
    expect(all[0]!.time).toBe('2026-01-01T00:00:00.000Z');
    const ok = all.filter((event) => event.status === 200).length;
    expect(ok).toBeGreaterThan(8000);
    expect(ok).toBeLessThan(9500);
    for (const status of [304, 404, 500]) expect(all.some((event) => event.status === status)).toBe(true);
    for (const event of all) {
      expect(event.host).toMatch(/^10(\.(0|[1-9]\d{0,2})){3}$/);
      expect(event.time).toMatch(/^2026-01-01T00:\d\d:\d\d\.\d{3}Z$/);
      expect(event.bytes === null).toBe(event.status === 304);
    }
  });

  it('has a heavy tail of bytes', async () => {
    const sizes = (await events('count=20000')).map((event) => event.bytes ?? 0).sort((a, b) => a - b);
    expect(sizes[10_000]).toBeLessThan(4000);
    expect(sizes[19_990]).toBeGreaterThan(500_000);
  });

  it('steps by the mean that was asked for', async () => {
    const all = await events('count=20001,step=10s');
    const mean = (Date.parse(all[20_000]!.time) - Date.parse(all[0]!.time)) / 20_000;
    expect(mean).toBeGreaterThan(9_800);
    expect(mean).toBeLessThan(10_200);
  });

  it('has as many hosts and paths as keys, the first ones the most popular', async () => {
    const all = await events('count=50000,keys=100');
    for (const member of ['host', 'path'] as const) {
      const counts = new Map<string, number>();
      for (const event of all) counts.set(event[member], (counts.get(event[member]) ?? 0) + 1);
      expect(counts.size).toBe(100);
      const sorted = [...counts.values()].sort((a, b) => b - a);
      expect(sorted[0]! / sorted[60]!).toBeGreaterThan(20);
    }
    expect(new Set((await events('count=1000,keys=1')).map((event) => event.host)).size).toBe(1);
  });

  it('displaces no event by more than the disorder, but for the late ones', async () => {
    const behind = async (parameters: string): Promise<number[]> => {
      let highest = Number.NEGATIVE_INFINITY;
      return (await events(parameters)).map((event) => {
        highest = Math.max(highest, Date.parse(event.time));
        return highest - Date.parse(event.time);
      });
    };
    expect(Math.max(...(await behind('count=5000')))).toBe(0);
    const disordered = Math.max(...(await behind('count=5000,disorder=20s')));
    expect(disordered).toBeGreaterThan(18_000);
    expect(disordered).toBeLessThanOrEqual(20_000);
    const late = await behind('count=20000,disorder=20s,late=0.1');
    const share = late.filter((ms) => ms > 20_000).length / 20_000;
    expect(share).toBeGreaterThan(0.07);
    expect(share).toBeLessThan(0.13);
    expect(Math.max(...late)).toBeLessThanOrEqual(200_000);
    expect(Math.max(...(await behind('late=0.1')))).toBeLessThanOrEqual(60_000);
  });

  it('keeps the other members when disorder changes', async () => {
    const strip = (all: Event[]) => all.map(({ time, ...rest }) => rest);
    expect(strip(await events('count=500,disorder=1h,late=0.5'))).toEqual(strip(await events('count=500')));
  });

  it('begins alike for any count, and is the same in any pieces', async () => {
    const whole = await text('count=3000,disorder=5s');
    await fc.assert(
      fc.asyncProperty(fc.nat(3000), fc.integer({ min: 1, max: 5000 }), async (count, room) => {
        const part = await text(`count=${count},disorder=5s`, room);
        expect(whole.startsWith(part)).toBe(true);
        expect(part.split('\n')).toHaveLength(count + 1);
      }),
      { numRuns: 20 },
    );
    expect(await text('count=20,seed=2')).not.toBe(await text('count=20,seed=3'));
    expect(await text(`count=20,seed=${2 ** 32 + 2}`)).not.toBe(await text('count=20,seed=2'));
  });

  it('starts where it is told', async () => {
    expect((await events('count=1,start=2020-02-29T12:00:00+02:00'))[0]!.time).toBe(
      '2020-02-29T10:00:00.000Z',
    );
  });

  it('is paced by the clock at a rate, with times that advance by it', async () => {
    const began = performance.now();
    const all = await events('count=101,rate=200');
    expect(performance.now() - began).toBeGreaterThan(480);
    expect(Date.parse(all[100]!.time) - Date.parse(all[0]!.time)).toBe(500);
    expect(await text('count=101,rate=100000,step=1m')).toBe(await text('count=101,step=1m'));
  });

  it('ends at once when its signal is aborted', async () => {
    const controller = new AbortController();
    const split = generateSplit('generate:count=inf,rate=0.01');
    expect(split.endless).toBe(true);
    const reader = await split.open(controller.signal);
    expect(await reader.read(Buffer.alloc(5000), 0)).toBeGreaterThan(100);
    const waiting = reader.read(Buffer.alloc(5000), 0);
    setTimeout(() => controller.abort(), 20);
    expect(await waiting).toBe(0);
  });

  it('lets the event loop turn', async () => {
    const reader = await generateSplit('generate:count=inf').open(never);
    const target = Buffer.alloc(1 << 18);
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 0);
    for (let i = 0; i < 200 && !fired; i++) {
      const result = reader.read(target, 0);
      if (typeof result !== 'number') await result;
    }
    expect(fired).toBe(true);
  });

  it.each([
    [
      'colour=1',
      "generate: has no parameter 'colour'",
      'there are count, seed, rate, keys, disorder, late, start, step',
    ],
    ['count', 'generate: parameter count needs a value', 'write count=…'],
    [
      'count=1,',
      "generate: has no parameter ''",
      'there are count, seed, rate, keys, disorder, late, start, step',
    ],
    ['count=1,count=2', 'generate: parameter count is given twice', undefined],
    ['count=-1', "generate: parameter count: '-1' is no integer from 0 to 9007199254740991", undefined],
    ['late=2', "generate: parameter late: '2' is no number from 0 to 1", undefined],
    ['step=5', 'generate: parameter step: a duration needs a unit: 30s, 5m, 1h30m (not 5)', undefined],
    ['start=now', "generate: parameter start: 'now' is no instant such as 2026-01-01T00:00:00Z", undefined],
  ])('refuses %s', (parameters, message, hint) => {
    let refused: Partial<TidemarkError> = {};
    try {
      generateSplit(`generate:${parameters}`);
    } catch (error) {
      refused = error as TidemarkError;
    }
    const { code, message: said, hint: advice } = refused;
    expect([code, said, advice]).toEqual(['usage', message, hint]);
  });
});

describe('xoshiro128**', () => {
  it('gives integers of 32 bits that are spread evenly', () => {
    const random = new Xoshiro128(42);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) {
      const value = random.next();
      counts[Number.isInteger(value) ? Math.floor(value / 2 ** 28) : 16]!++;
    }
    expect(counts).toHaveLength(16);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
