import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitReader } from '../../src/connectors/connector.ts';
import { ReadingAhead } from '../../src/connectors/reading-ahead.ts';
import { ReadingPace } from '../../src/connectors/reading-pace.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Gives `total` bytes, each by its place, in pieces of these sizes; counts what it gave. */
function counting(total: number, sizes: readonly number[], waits: readonly boolean[] = [true]) {
  let given = 0;
  let turns = 0;
  const input: SplitReader & { given: number } = {
    given: 0,
    read(target, offset) {
      const size = Math.min(sizes[turns % sizes.length]!, target.length - offset, total - given);
      const waiting = waits[turns++ % waits.length]!;
      const put = (): number => {
        for (let i = 0; i < size; i++) target[offset + i] = (given + i) % 251;
        given += size;
        input.given = given;
        return size;
      };
      return waiting ? turn().then(put) : put();
    },
    close: async () => {},
  };
  return input;
}

async function readAll(
  reader: SplitReader,
  sizes: readonly number[],
  waits: readonly boolean[],
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let turns = 0; ; turns++) {
    const target = Buffer.alloc(5 + sizes[turns % sizes.length]!);
    if (waits[turns % waits.length]!) await turn();
    const count = await reader.read(target, 5);
    if (count <= 0) break;
    pieces.push(Buffer.from(target.subarray(5, 5 + count)));
  }
  return Buffer.concat(pieces);
}

const sizes = fc.array(
  fc.oneof(fc.integer({ min: 3000, max: 70_000 }), fc.integer({ min: 50_000, max: 300_000 })),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const waits = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 });

describe('a pipe that is read ahead', () => {
  it('gives all bytes in their order, whether they wait in memory or on disk', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        sizes,
        waits,
        waits,
        fc.boolean(),
        async (given, taken, givenWaits, takenWaits, hurry) => {
          const total = 3_000_000;
          const pace = new ReadingPace();
          if (hurry) pace.wait(0);
          const reader = new ReadingAhead(counting(total, given, givenWaits), 'input 1', pace);
          const bytes = await readAll(
            reader,
            taken.map((size) => size * 3),
            takenWaits,
          );
          await reader.close();
          pace.end();
          expect(bytes.length).toBe(total);
          expect(bytes.every((byte, index) => byte === index % 251)).toBe(true);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('reads as much as has room in memory, and all while another input is waited for', async () => {
    const pace = new ReadingPace();
    const input = counting(8 << 20, [65_536]);
    const reader = new ReadingAhead(input, 'input 1', pace);
    for (let i = 0; i < 200; i++) await turn();
    expect(input.given).toBeLessThanOrEqual((1 << 20) + (1 << 16));
    pace.wait(1);
    const all = async (): Promise<void> => {
      while (input.given < 8 << 20) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await all();
    pace.go();
    const bytes = await readAll(reader, [100_000], [false]);
    expect(bytes.length).toBe(8 << 20);
    await reader.close();
    pace.end();
  });

  it('tells an error of the pipe behind the bytes that came before it', async () => {
    let reads = 0;
    const failing: SplitReader = {
      read: async (target, offset) => {
        if (reads++ > 0) throw new Error('broken');
        return target.write('ab', offset);
      },
      close: async () => {},
    };
    const reader = new ReadingAhead(failing, 'input 1', new ReadingPace());
    const target = Buffer.alloc(10_000);
    expect(await reader.read(target, 0)).toBe(2);
    await expect((async () => reader.read(target, 0))()).rejects.toThrow('broken');
    await reader.close();
  });
});
