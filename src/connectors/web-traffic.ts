import { Buffer } from 'node:buffer';
import { INSTANT_LENGTH, writeInstant } from '../time/instant.ts';
import { Xoshiro128 } from './xoshiro.ts';

/** Bytes that an event has at most, and those that are written behind it for speed. */
export const MAX_EVENT = 640;

const SECTIONS = [
  '/articles/',
  '/images/',
  '/products/',
  '/',
  '/blog/posts/',
  '/api/v1/orders/',
  '/static/js/',
  '/downloads/',
];
const REFERERS = [
  null,
  null,
  'https://www.example.com/',
  'https://www.example.com/articles/1',
  'https://search.example.net/?q=tide+tables',
  null,
  'https://news.example.org/item?id=4711',
  'https://www.example.com/blog/posts/12',
];
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'ExampleBot/2.1 (+https://bots.example.com/about)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'curl/8.14.1',
];
/** Of 256 requests, how many have which status. */
const STATUSES: readonly (readonly [number, number])[] = [
  [200, 226],
  [304, 13],
  [404, 9],
  [301, 4],
  [500, 3],
  [503, 1],
];
/** Of 256 answers, how many have 2^k to 2^(k+1) bytes, from k = 8 on: about as a Pareto distribution of index 0.5. */
const SIZES = [60, 58, 46, 32, 21, 14, 9, 6, 4, 2, 1, 1, 1, 1];

/** Text that events are put together from; long pieces are copied as bytes, short ones as 32-bit words. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Little-endian, the last one filled up. */
  readonly words: Int32Array;
}

function pieceOf(text: string): Piece {
  const padded = Buffer.from(text.padEnd((text.length + 3) & ~3), 'latin1');
  const words = Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(4 * i));
  return { bytes: Uint8Array.from(padded.subarray(0, text.length)), words };
}

/** A list with each index as often as its count says. */
const spread = (counts: readonly number[]): Uint8Array =>
  Uint8Array.from(counts.flatMap((count, index) => new Array<number>(count).fill(index)));

const HOST = pieceOf('{"host":"10.');
const TIME = pieceOf('","ident":null,"user":null,"time":"');
const PATHS = ['GET', 'POST', 'HEAD'].map((method) =>
  SECTIONS.map((section) => pieceOf(`","method":"${method}","path":"${section}`)),
);
const ANSWERS = ['1.1', '2.0'].map((version) =>
  STATUSES.map(([status]) => pieceOf(`","protocol":"HTTP/${version}","status":${status},"bytes":`)),
);
const NULL = pieceOf('null');
const TAILS = AGENTS.map((agent) =>
  REFERERS.map((referer) =>
    pieceOf(`,"referer":${referer === null ? 'null' : `"${referer}"`},"agent":"${agent}"}\n`),
  ),
);
const STATUS_OF = spread(STATUSES.map(([, count]) => count));
const SIZE_OF = spread(SIZES);
const NOT_MODIFIED = STATUSES.findIndex(([status]) => status === 304);

/**
 * Writes requests to a web site that does not exist, as NDJSON with the members of the combined log format.
 * Hosts (in 10.0.0.0/8) and paths are popular by rank, about as 1/rank: ranks [2^k - 1, 2^(k+1) - 1) have
 * equal weight for each k. Integers only: the same seed gives the same bytes on every machine.
 */
export class WebTraffic {
  readonly #random: Xoshiro128;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The octave of ranks for each number of 12 bits. */
  readonly #octaveOf = new Uint8Array(1 << 12);
  readonly #keys: number;

  /** @param bytes where the events are written to */
  constructor(seed: number, keys: number, bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#random = new Xoshiro128(seed);
    this.#keys = keys;
    const sums: number[] = [];
    for (let k = 0, sum = 0; 1 << k <= keys; k++) {
      // Never 0: each rank is to be met.
      sum += Math.max(1, Math.floor((this.#ranks(k) * 2 ** 20) / (1 << k)));
      sums.push(sum);
    }
    const total = sums[sums.length - 1]!;
    for (let i = 0, k = 0; i < 1 << 12; i++) {
      // The last number is the last octave's, however little that weighs.
      while (i * total >= sums[k]! * (1 << 12) || (i === (1 << 12) - 1 && k < sums.length - 1)) k++;
      this.#octaveOf[i] = k;
    }
  }

  /** The next integer of [0, n) from the same sequence. */
  below(n: number): number {
    return this.#random.below(n);
  }

  /** Writes one event at `at`, where MAX_EVENT bytes are free; returns the index behind it. */
  write(at: number, time: number): number {
    const random = this.#random;
    const b = this.#bytes;
    const host = this.#rank();
    const path = this.#rank();
    const bits = random.next();
    const size = random.next();

    // An odd factor permutes the 24-bit numbers: each rank has an address of its own.
    const address = (Math.imul(host, 0x9e3779) + 0x2f6a1d) & 0xffffff;
    let i = this.#copy(HOST, at);
    i = decimal(b, i, address >>> 16);
    b[i++] = 0x2e;
    i = decimal(b, i, (address >>> 8) & 255);
    b[i++] = 0x2e;
    i = decimal(b, i, address & 255);
    i = this.#copy(TIME, i);
    writeInstant(b, i, time);
    i += INSTANT_LENGTH;

    const section = path & 7;
    const method = section === 5 && bits & 3 ? 1 : (bits & 252) === 0 ? 2 : 0;
    i = this.#copy(PATHS[method]![section]!, i);
    i = decimal(b, i, path);
    const status = STATUS_OF[(bits >>> 8) & 255]!;
    i = this.#copy(ANSWERS[(bits >>> 16) & 1]![status]!, i);
    if (status === NOT_MODIFIED) i = this.#copy(NULL, i);
    else {
      const octave = 1 << (8 + SIZE_OF[size & 255]!);
      i = decimal(b, i, octave + ((size >>> 8) & (octave - 1)));
    }
    // A host keeps its agent.
    return this.#copy(TAILS[(address >>> 5) & 7]![(bits >>> 17) & 7]!, i);
  }

  /** Copies a piece and up to three bytes more; returns the index behind the piece. */
  #copy(piece: Piece, at: number): number {
    const { bytes, words } = piece;
    if (bytes.length > 40) this.#bytes.set(bytes, at);
    else for (let i = 0, to = at; i < words.length; i++, to += 4) this.#view.setInt32(to, words[i]!, true);
    return at + bytes.length;
  }

  /** How many ranks the octave k has. */
  #ranks(k: number): number {
    return Math.min(1 << k, this.#keys + 1 - (1 << k));
  }

  /** Draws a rank from 0 on. */
  #rank(): number {
    const k = this.#octaveOf[this.#random.next() & 0xfff]!;
    return (1 << k) - 1 + this.#random.below(this.#ranks(k));
  }
}

/** Writes an integer of [0, 2^31) in decimal digits. */
function decimal(b: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    b[i] = 48 + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}
