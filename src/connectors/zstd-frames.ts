import { Decompress } from 'fzstd';
import { TidemarkError } from '../errors.ts';
import { XxHash64 } from './xxhash64.ts';

const FRAME_MAGIC = 0xfd2fb528;
const MAGIC_BYTES = [0x28, 0xb5, 0x2f, 0xfd];
/** Frames to be passed over: 0x184d2a50 to 0x184d2a5f. */
const SKIPPABLE_MAGIC = 0x184d2a5;
/** Bytes of a block, compressed or not, at most. */
const MAX_BLOCK = 1 << 17;
/** Bytes of input that hold any header, block or checksum whole. */
export const LONGEST_PART = MAX_BLOCK + 32;
/** Bytes that a frame may look back over: as many as the program zstd allows by itself. */
const MAX_WINDOW = 128 << 20;
/**
 * Bytes that fzstd may look back over: it reads a distance from 4 bytes at any bit, so that it has 25 bits of it
 * for sure, enough for less than 2²⁶.
 */
const MAX_DISTANCE = 60 << 20;

const REPEATED = 1;
const COMPRESSED = 2;

/** What the next bytes are. */
type Part = 'frame' | 'skipped' | 'block' | 'checksum';

/**
 * Zstandard frames (RFC 8878), one behind the other. fzstd decodes the blocks; the frames are read here, since it
 * lets checksum, content size and limits pass unseen.
 */
export class ZstdFrames {
  /** What the part taken last was decompressed to; undefined: it was no block. Valid until the next call. */
  output: Uint8Array | undefined;
  #part: Part = 'frame';
  /** A frame has been read: an empty file is none. */
  #any = false;
  /** Bytes of a skippable frame that are still to come. */
  #toSkip = 0;
  /** The frame that is read: its decoder, … */
  #decoder: Decompress | undefined;
  /** … its header as the decoder is to see it, until the first block, … */
  #header: Uint8Array | undefined;
  /** … whether a match may lie farther back than the decoder can tell, … */
  #looksFar = false;
  /** … bytes of a block at most, of its content by its header (-1: not told) and so far, … */
  #maxBlock = 0;
  #size = -1;
  #written = 0;
  /** … and the hash of its content, where a checksum follows. */
  #hash: XxHash64 | undefined;

  /** Whether the input may end here. */
  get whole(): boolean {
    return this.#any && this.#part === 'frame';
  }

  /**
   * Takes one part of b[at, end): a header, a block, a checksum, or bytes that are passed over.
   * @returns the index behind it; -1: it is not whole
   * @throws Error with the reason, for what is no Zstandard or is damaged
   */
  take(b: Uint8Array, at: number, end: number): number {
    this.output = undefined;
    switch (this.#part) {
      case 'frame':
        return this.#takeHeader(b, at, end);
      case 'skipped':
        return this.#skip(at, end);
      case 'block':
        return this.#takeBlock(b, at, end);
      case 'checksum':
        return this.#takeChecksum(b, at, end);
    }
  }

  #takeHeader(b: Uint8Array, at: number, end: number): number {
    if (end - at < 4) return -1;
    const magic = little(b, at, 4);
    if (magic >>> 4 === SKIPPABLE_MAGIC) {
      if (end - at < 8) return -1;
      this.#any = true;
      this.#toSkip = little(b, at + 4, 4);
      this.#part = this.#toSkip > 0 ? 'skipped' : 'frame';
      return at + 8;
    }
    if (magic !== FRAME_MAGIC) throw notZstd(this.#any);
    if (end - at < 5) return -1;
    const descriptor = b[at + 4]!;
    const single = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 ? Number(single) : 1 << sizeFlag;
    const dictionaryAt = at + (single ? 5 : 6);
    const sizeAt = dictionaryAt + dictionaryBytes;
    const behind = sizeAt + sizeBytes;
    if (end < behind) return -1;
    if ((descriptor & 0x08) !== 0) throw new Error('its frame header is damaged');
    if (little(b, dictionaryAt, dictionaryBytes) !== 0)
      throw new Error('it was compressed with a dictionary');
    this.#size = sizeBytes === 0 ? -1 : little(b, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
    const window = single ? this.#size : windowSize(b[at + 5]!);
    if (window > MAX_WINDOW) throw tooWide(MAX_WINDOW);
    this.#any = true;
    this.#maxBlock = Math.min(window, MAX_BLOCK);
    this.#written = 0;
    this.#hash = (descriptor & 0x04) !== 0 ? new XxHash64() : undefined;
    this.#looksFar = window > MAX_DISTANCE;
    const needed = Math.min(window, MAX_DISTANCE, this.#size < 0 ? window : this.#size);
    this.#header = Uint8Array.of(...MAGIC_BYTES, 0, windowDescriptor(needed));
    this.#decoder = new Decompress((piece) => {
      if (piece.length > 0) this.output = this.output === undefined ? piece : joined(this.output, piece);
    });
    this.#part = 'block';
    return behind;
  }

  #skip(at: number, end: number): number {
    const count = Math.min(this.#toSkip, end - at);
    if (count === 0) return -1;
    this.#toSkip -= count;
    if (this.#toSkip === 0) this.#part = 'frame';
    return at + count;
  }

  #takeBlock(b: Uint8Array, at: number, end: number): number {
    if (end - at < 3) return -1;
    const header = little(b, at, 3);
    const last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type > COMPRESSED || size > this.#maxBlock) throw damaged();
    const behind = at + 3 + (type === REPEATED ? 1 : size);
    if (end < behind) return -1;
    if (type === COMPRESSED) {
      if (this.#looksFar && this.#written > MAX_DISTANCE) throw tooWide(MAX_DISTANCE);
      checkLiterals(b, at + 3, behind);
    }
    // Not a view: the decoder keeps what it cannot use yet.
    const block =
      this.#header === undefined ? b.slice(at, behind) : joined(this.#header, b.subarray(at, behind));
    this.#header = undefined;
    this.#decode(block, last);
    const { output } = this;
    if (output !== undefined) {
      this.#written += output.length;
      this.#hash?.update(output);
    }
    if (last) {
      if (this.#size >= 0 && this.#written !== this.#size) throw damaged();
      this.#decoder = undefined;
      this.#part = this.#hash === undefined ? 'frame' : 'checksum';
    }
    return behind;
  }

  #decode(block: Uint8Array, last: boolean): void {
    try {
      this.#decoder!.push(block, last);
    } catch (error) {
      throw damaged(error);
    }
  }

  #takeChecksum(b: Uint8Array, at: number, end: number): number {
    if (end - at < 4) return -1;
    if (little(b, at, 4) !== this.#hash!.low32()) throw new Error('its checksum is wrong: it is damaged');
    this.#hash = undefined;
    this.#part = 'frame';
    return at + 4;
  }
}

/**
 * Refuses a table of Huffman weights (RFC 8878, 4.2.1.2) in which one weight is all there is: decoding it takes no
 * bits, and fzstd would go on for ever.
 */
function checkLiterals(b: Uint8Array, start: number, end: number): void {
  if ((b[start]! & 3) !== COMPRESSED) return;
  const format = (b[start]! >> 2) & 3;
  const at = start + (format < 2 ? 3 : format + 2);
  if (at >= end || b[at]! >= 128) return;
  const states = 32 << (b[at + 1]! & 15);
  if (states > 64) return;
  let bit = (at + 1) * 8 + 4;
  const read = (count: number): number => {
    const from = bit >> 3;
    bit += count;
    return (((b[from] ?? 0) | ((b[from + 1] ?? 0) << 8)) >> ((bit - count) & 7)) & ((1 << count) - 1);
  };
  // Until the first probability that is not 0; behind each 0 stands how many more of them there are.
  while (bit < end * 8) {
    const bits = 32 - Math.clz32(states + 1);
    const short = (1 << bits) - 2 - states;
    let value = read(bits - 1);
    if (value >= short) {
      value |= read(1) << (bits - 1);
      if (value >= 1 << (bits - 1)) value -= short;
    }
    if (value === states + 1) throw damaged();
    if (value !== 1) return;
    while (read(2) === 3 && bit < end * 8);
  }
}

/** A whole number of up to 8 bytes, the least significant first; past 2⁵³ not exact, which no limit needs. */
function little(b: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + b[at + i]!;
  return value;
}

/** RFC 8878, section 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The smallest window that has `size` bytes. */
function windowDescriptor(size: number): number {
  let descriptor = 0;
  while (windowSize(descriptor) < size) descriptor++;
  return descriptor;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

const notZstd = (behindFrame: boolean): Error =>
  new Error(behindFrame ? 'something follows its end' : 'it is not Zstandard');
const damaged = (cause?: unknown): Error => new Error('it is damaged', { cause });

const tooWide = (limit: number): TidemarkError =>
  new TidemarkError('failed', `it looks back over more than ${limit >> 20} MiB`, {
    hint: 'the program itself reads it: zstd -dc --long=31 FILE | tm source',
  });
