import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { KernelBuffers, Regions } from '../../src/kernel/memory.ts';
import { check } from './placing.ts';

const MARGIN = 64;
const LF = 10;
const FROM = 1000;
const LIMIT = FROM + (1 << 20);

/** Bytes that a region of this size takes, with its margin. */
const room = (size: number): number => Math.ceil((size + MARGIN) / MARGIN) * MARGIN;

type Step = { readonly allocate: number } | { readonly release: number };

const size = fc.oneof(fc.nat(200), fc.constantFrom(0, 1, 63, 64, 65, 1 << 10, 1 << 16), fc.nat(1 << 17));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(fc.record({ allocate: size }), fc.record({ release: fc.nat() })),
  { maxLength: 80, size: 'max' },
);

interface Region {
  readonly at: number;
  readonly size: number;
}

/** Whether `refused` bytes have no room: no gap between the regions, nor what is behind them, is large enough. */
function hasNoRoom(held: readonly Region[], refused: number): boolean {
  let from = Math.ceil(FROM / MARGIN) * MARGIN;
  for (const { at, size: taken } of [...held].sort((a, b) => a.at - b.at)) {
    if (at - from >= room(refused)) return false;
    from = at + room(taken);
  }
  return LIMIT - from < room(refused);
}

/** Does the steps; returns what is held at the end. Regions must not overlap, nor be refused where there is room. */
function run(regions: Regions, all: readonly Step[]): Region[] {
  const held: Region[] = [];
  for (const step of all) {
    if ('release' in step) {
      const [region] = held.splice(held.length === 0 ? 0 : step.release % held.length, 1);
      if (region !== undefined) regions.release(region.at, region.size);
      continue;
    }
    try {
      const at = regions.allocate(step.allocate);
      check(at % MARGIN === 0 && at >= FROM && at + room(step.allocate) <= LIMIT, () => `a region at ${at}`);
      const overlaps = held.some(
        (other) => at < other.at + room(other.size) && other.at < at + room(step.allocate),
      );
      check(!overlaps, () => 'regions that overlap');
      held.push({ at, size: step.allocate });
    } catch (error) {
      check(error instanceof TidemarkError, () => String(error));
      check(hasNoRoom(held, step.allocate), () => `${step.allocate} bytes are refused though there is room`);
    }
  }
  return held;
}

describe('regions', () => {
  it('never overlap, margins and all, and are refused only where no gap is large enough', () => {
    fc.assert(
      fc.property(steps, (all) => {
        run(new Regions(FROM, LIMIT), all);
      }),
      { numRuns: 1000 },
    );
  });

  it('leave all of the memory in one piece when they have been released, in any order', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat()), (all, picks) => {
        const regions = new Regions(FROM, LIMIT);
        const held = run(regions, all);
        while (held.length > 0) {
          const [region] = held.splice(picks.next().value! % held.length, 1);
          regions.release(region!.at, region!.size);
        }
        const first = Math.ceil(FROM / MARGIN) * MARGIN;
        expect(regions.allocate(LIMIT - first - MARGIN - (LIMIT % MARGIN))).toBe(first);
      }),
      { numRuns: 500 },
    );
  });

  it('are not given back twice, neither inside of a gap nor behind all others', () => {
    const regions = new Regions(0, 1 << 20);
    const [a, b, c] = [regions.allocate(100), regions.allocate(200), regions.allocate(100)] as const;
    regions.release(b, 200);
    expect(() => regions.release(b, 200)).toThrow(RangeError);
    expect(() => regions.release(a, 200)).toThrow(RangeError);
    regions.release(c, 100);
    expect(() => regions.release(c, 100)).toThrow(RangeError);
    regions.release(a, 100);
    expect(regions.allocate(1000)).toBe(0);
  });

  it('are refused with a hint when the memory is full', () => {
    const regions = new Regions(0, 1 << 20);
    expect(() => regions.allocate(1 << 20)).toThrow('the state needs more than 1 MiB');
    expect(regions.allocate((1 << 20) - MARGIN)).toBe(0);
    expect(() => regions.allocate(0)).toThrow(TidemarkError);
  });
});

describe('buffers of the kernel', () => {
  it('have line feeds behind them, whatever was there, and nothing else is written', () => {
    const memory = new ArrayBuffer(LIMIT);
    const bytes = new Uint8Array(memory);
    fc.assert(
      fc.property(fc.array(size, { maxLength: 6 }), (sizes) => {
        bytes.fill(0xa5);
        const buffers = new KernelBuffers(new Regions(FROM, LIMIT), memory);
        const all = sizes.map((each) => buffers.allocate(each));
        all.forEach((buffer, index) => {
          check(buffer.length === sizes[index], () => `${buffer.length} bytes`);
          const end = buffer.byteOffset + buffer.length;
          check(
            buffer.every((byte) => byte === 0xa5),
            () => 'written to',
          );
          check(
            bytes.subarray(end, end + MARGIN).every((byte) => byte === LF),
            () => 'no line feeds behind it',
          );
        });
        for (const buffer of all) buffers.release(buffer);
      }),
      { numRuns: 30 },
    );
  });

  it('give their bytes back once, and leave those of JavaScript alone', () => {
    const memory = new ArrayBuffer(LIMIT);
    const buffers = new KernelBuffers(new Regions(FROM, LIMIT), memory);
    const first = buffers.allocate(5000);
    buffers.release(Buffer.alloc(5000));
    expect(buffers.allocate(0).byteOffset).toBe(first.byteOffset + room(5000));
    buffers.release(first);
    expect(buffers.allocate(5000).byteOffset).toBe(first.byteOffset);
  });
});
