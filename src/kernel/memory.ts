import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';

/** Sizes that are tried, in pages of 64 KiB, largest first: all but 2 GiB, then half of it and so on. */
const SIZES = [32_767, 16_384, 8_192, 4_096, 2_048];
/** Bytes behind each region, so that a vector may be read or written a little behind its end. */
const MARGIN = 64;
const LF = 10;

/**
 * The memory of the kernel. It never grows, so that no view of it is ever detached: its size is address space
 * only, and what has not been written to takes no memory.
 * @throws TidemarkError `failed` when the system gives no such address space
 */
export function reserveMemory(): WebAssembly.Memory {
  for (const pages of SIZES) {
    try {
      return new WebAssembly.Memory({ initial: pages });
    } catch {
      // Fewer pages, then: a limit on address space (ulimit -v), or a machine that promises no more than it has.
    }
  }
  throw new TidemarkError('failed', 'the system gives no address space for the working memory', {
    hint: 'a limit of address space (ulimit -v) is too low for WebAssembly; limit resident memory instead',
  });
}

interface Region {
  start: number;
  end: number;
}

/**
 * Gives out regions of the kernel's memory: first fit in the gaps that were given back, which are joined with
 * their neighbours, else behind all others.
 */
export class Regions {
  readonly #limit: number;
  /** Gaps between regions, by address; never two side by side. */
  readonly #gaps: Region[] = [];
  #top: number;

  /** @param from address of the first byte that may be given out */
  constructor(from: number, limit: number) {
    this.#top = aligned(from);
    this.#limit = limit;
  }

  /** Bytes behind all regions. */
  get free(): number {
    return this.#limit - this.#top;
  }

  /**
   * @returns the address of `size` bytes, with room for a vector behind them; what they hold is not known
   * @throws TidemarkError `failed` when there is no room
   */
  allocate(size: number): number {
    const room = aligned(size + MARGIN);
    for (let i = 0; i < this.#gaps.length; i++) {
      const gap = this.#gaps[i]!;
      if (gap.end - gap.start < room) continue;
      const at = gap.start;
      gap.start += room;
      if (gap.start === gap.end) this.#gaps.splice(i, 1);
      return at;
    }
    if (this.#top + room > this.#limit) {
      throw new TidemarkError('failed', `the state needs more than ${this.#limit >> 20} MiB`, {
        hint: 'fewer keys or smaller windows; or split the input by key, and run each part by itself',
      });
    }
    const at = this.#top;
    this.#top += room;
    return at;
  }

  /**
   * Gives back what `allocate(size)` gave out at `address`.
   * @throws RangeError for what is not given out: the same bytes would be given out twice
   */
  release(address: number, size: number): void {
    let start = address;
    let end = address + aligned(size + MARGIN);
    let i = this.#gaps.length;
    while (i > 0 && this.#gaps[i - 1]!.start > start) i--;
    const behind = this.#gaps[i];
    if (end > Math.min(this.#top, behind?.start ?? end) || (this.#gaps[i - 1]?.end ?? 0) > start)
      throw new RangeError('a region of the kernel is given back that is not in use');
    if (behind?.start === end) {
      end = behind.end;
      this.#gaps.splice(i, 1);
    }
    const before = this.#gaps[i - 1];
    if (before?.end === start) {
      start = before.start;
      this.#gaps.splice(--i, 1);
    }
    if (end === this.#top) this.#top = start;
    else this.#gaps.splice(i, 0, { start, end });
  }
}

const aligned = (size: number): number => Math.ceil(size / MARGIN) * MARGIN;

/** Where buffers come from: the kernel's memory, or JavaScript's. */
export interface BufferSource {
  allocate(size: number): Buffer;
  /** Gives back a buffer that nothing refers to any more. */
  release(buffer: Buffer): void;
}

/** Buffers of JavaScript's own: the collector frees them. */
export const HEAP: BufferSource = {
  allocate: (size) => Buffer.allocUnsafeSlow(size),
  release: () => {},
};

/** Buffers over the kernel's memory. Whoever takes one gives it back. */
export class KernelBuffers implements BufferSource {
  readonly #regions: Regions;
  readonly #memory: ArrayBuffer;

  constructor(regions: Regions, memory: ArrayBuffer) {
    this.#regions = regions;
    this.#memory = memory;
  }

  /** A line feed is put behind the buffer: it ends whatever text stands at its end. */
  allocate(size: number): Buffer {
    const address = this.#regions.allocate(size);
    new Uint8Array(this.#memory, address + size, MARGIN).fill(LF);
    return Buffer.from(this.#memory, address, size);
  }

  release(buffer: Buffer): void {
    if (buffer.buffer === this.#memory) this.#regions.release(buffer.byteOffset, buffer.length);
  }
}
