import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectCodec, ObjectColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import { eventHash } from './event-hash.ts';
import { copyBytes } from './growth.ts';
import { listResult } from './result-schema.ts';

/** What may be drawn for a group, in no order, up to twice as much as is wanted. Plain data, for snapshots. */
interface Candidates {
  hashes: number[];
  /** Event times, ms. */
  times: number[];
  values: Buffer[];
  /** What has a higher hash is not drawn any more. */
  highest: number;
}

const CANDIDATES: ObjectCodec<Candidates> = {
  write({ hashes, times, values, highest }, out) {
    out.varint(hashes.length);
    for (const [i, value] of values.entries()) {
      out.double(hashes[i]!);
      out.double(times[i]!);
      out.varint(value.length);
      out.copy(value, 0, value.length);
    }
    out.double(highest);
  },
  read(from) {
    const hashes: number[] = [];
    const times: number[] = [];
    const values: Buffer[] = [];
    for (let left = from.count(17); left > 0; left--) {
      hashes.push(from.double());
      times.push(from.double());
      const saved = from.take(from.count(1));
      const value = Buffer.allocUnsafeSlow(saved.length);
      saved.copy(value);
      values.push(value);
    }
    return { hashes, times, values, highest: from.double() };
  },
};

/** Values that are held at least before what is not drawn is sorted out. */
const LEAST_HELD = 32;

/**
 * The K events of a group whose hashes are lowest: which these are does not depend on the order in which they
 * come. An event is its time and its members, byte for byte; those that are equal are one.
 *
 * About 300 bytes a group that has values, and its bytes and about 250 more for each of at most 2K values.
 */
class Sample implements Aggregate {
  /** Undefined until the first value, freed with the slot. */
  readonly #candidates: ObjectColumn<Candidates>;
  readonly #wanted: number;
  readonly #seed: number;

  constructor(columns: Columns, wanted: number, seed: number) {
    this.#candidates = columns.objects(CANDIDATES);
    this.#wanted = wanted;
    this.#seed = seed;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { bytes, time, eventStart, eventEnd } = input;
    const { type, start, end } = input.values[0]!;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      const hash = eventHash(this.#seed, time[row]!, bytes, eventStart[row]!, eventEnd[row]!);
      this.#offer(slots[i]!, hash, time[row]!, bytes, start[row]!, end[row]!);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#candidates.values[from];
    if (source === undefined) return;
    for (const [i, value] of source.values.entries())
      this.#offer(into, source.hashes[i]!, source.times[i]!, value, 0, value.length);
  }

  result(slot: number, out: ByteWriter): void {
    const drawn = this.#drawn(slot);
    const { times } = drawn;
    // The sort is stable: of equal times it is the order of hashes.
    const order = Array.from(times, (_, i) => i).sort((a, b) => times[a]! - times[b]!);
    out.byte(0x5b);
    for (const [i, entry] of order.entries()) {
      if (i > 0) out.byte(0x2c);
      writeValue(drawn.values[entry]!, out);
    }
    out.byte(0x5d);
  }

  /** `[hash,time,value,hash,time,value]` */
  save(slot: number, out: ByteWriter): void {
    const { hashes, times, values } = this.#drawn(slot);
    out.byte(0x5b);
    for (const [i, value] of values.entries()) {
      out.ascii(`${i > 0 ? ',' : ''}${hashes[i]},${times[i]},`);
      writeValue(value, out);
    }
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    while (saved.more()) {
      const hash = saved.integer(0);
      const time = saved.integer(Number.MIN_SAFE_INTEGER);
      saved.value();
      this.#offer(slot, hash, time, bytes, saved.start, saved.end);
    }
    saved.close();
  }

  #offer(slot: number, hash: number, time: number, bytes: Buffer, from: number, to: number): void {
    const all = this.#candidates.values;
    let candidates = all[slot];
    if (candidates === undefined) {
      candidates = { hashes: [], times: [], values: [], highest: Number.POSITIVE_INFINITY };
      all[slot] = candidates;
    }
    if (hash > candidates.highest) return;
    candidates.hashes.push(hash);
    candidates.times.push(time);
    // Not of Node's pool, 8 KB of which one value would keep.
    const value = Buffer.allocUnsafeSlow(to - from);
    copyBytes(bytes, from, to, value, 0);
    candidates.values.push(value);
    if (candidates.hashes.length >= Math.max(2 * this.#wanted, LEAST_HELD)) draw(candidates, this.#wanted);
  }

  #drawn(slot: number): Candidates {
    const candidates = this.#candidates.values[slot];
    if (candidates === undefined) return { hashes: [], times: [], values: [], highest: 0 };
    draw(candidates, this.#wanted);
    return candidates;
  }
}

/** Leaves what is drawn, in the order of hashes, then times, then values: of equals one, at most `wanted`. */
function draw(candidates: Candidates, wanted: number): void {
  const { hashes, times, values } = candidates;
  const compare = (a: number, b: number): number =>
    hashes[a]! - hashes[b]! || times[a]! - times[b]! || values[a]!.compare(values[b]!);
  const drawn = Array.from(hashes, (_, i) => i)
    .sort(compare)
    .filter((entry, i, order) => i === 0 || compare(order[i - 1]!, entry) !== 0)
    .slice(0, wanted);
  candidates.hashes = drawn.map((entry) => hashes[entry]!);
  candidates.times = drawn.map((entry) => times[entry]!);
  candidates.values = drawn.map((entry) => values[entry]!);
  if (drawn.length === wanted) candidates.highest = candidates.hashes.at(-1)!;
}

const writeValue = (value: Buffer, out: ByteWriter): void => out.copy(value, 0, value.length);

function check([wanted, seed = 0]: readonly Literal[]): void {
  if (!(typeof wanted === 'number' && Number.isSafeInteger(wanted) && wanted > 0))
    throw usageError(
      `sample wants a whole number of values above 0, not ${JSON.stringify(wanted)}`,
      'write sample(path, 5)',
    );
  if (!(typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0))
    throw usageError(
      `sample wants a whole number from 0 on for a seed, not ${JSON.stringify(seed)}`,
      'write sample(path, 5, 1), and another number for another sample',
    );
}

export const sample: AggregateDefinition = {
  name: 'sample',
  summary:
    'draw K values of FIELD, each event as likely as any other, in order of event time: the same ones whenever the events and SEED are the same; events equal in all members count once',
  usage: 'sample(FIELD, K[, SEED])',
  fields: 1,
  literals: 1,
  optionalLiterals: 1,
  numeric: false,
  gives: listResult,
  check,
  create: (columns, [wanted, seed = 0]) => new Sample(columns, Number(wanted), Number(seed)),
};
