import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import { eventHash } from './event-hash.ts';

/** What was drawn for a group so far: in the order of hashes, at most as many as are wanted. Plain data. */
interface Drawn {
  readonly hashes: number[];
  /** Event times, ms. */
  readonly times: number[];
  readonly values: Buffer[];
}

/**
 * The K events of a group whose hashes are lowest: which these are does not depend on the order in which they
 * come. An event is its time and its members, byte for byte; those that are equal are one.
 *
 * About 300 bytes a group that has values, and per value drawn its bytes and about 120 more.
 */
class Sample implements Aggregate {
  /** Undefined until the first value, freed with the slot. */
  readonly #drawn: ObjectColumn<Drawn>;
  readonly #wanted: number;
  readonly #seed: number;

  constructor(columns: Columns, wanted: number, seed: number) {
    this.#drawn = columns.objects();
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
    const source = this.#drawn.values[from];
    if (source === undefined) return;
    for (const [i, value] of source.values.entries())
      this.#offer(into, source.hashes[i]!, source.times[i]!, value, 0, value.length);
  }

  result(slot: number, out: ByteWriter): void {
    const drawn = this.#drawn.values[slot];
    out.byte(0x5b);
    if (drawn !== undefined) {
      const { times, values } = drawn;
      // The sort is stable: of equal times it is the order of hashes.
      const order = Array.from(values, (_, i) => i).sort((a, b) => times[a]! - times[b]!);
      for (const [i, entry] of order.entries()) {
        if (i > 0) out.byte(0x2c);
        out.copy(values[entry]!, 0, values[entry]!.length);
      }
    }
    out.byte(0x5d);
  }

  /** `[hash,time,value,hash,time,value]` */
  save(slot: number, out: ByteWriter): void {
    const drawn = this.#drawn.values[slot];
    out.byte(0x5b);
    for (const [i, value] of (drawn?.values ?? []).entries()) {
      out.ascii(`${i > 0 ? ',' : ''}${drawn!.hashes[i]},${drawn!.times[i]},`);
      out.copy(value, 0, value.length);
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
    const all = this.#drawn.values;
    let drawn = all[slot];
    if (drawn === undefined) {
      drawn = { hashes: [], times: [], values: [] };
      all[slot] = drawn;
    }
    const { hashes, times, values } = drawn;
    const size = hashes.length;
    if (size === this.#wanted && hash > hashes[size - 1]!) return;
    let at = size;
    while (at > 0) {
      const order =
        hash - hashes[at - 1]! ||
        time - times[at - 1]! ||
        bytes.compare(values[at - 1]!, 0, values[at - 1]!.length, from, to);
      if (order === 0) return;
      if (order > 0) break;
      at--;
    }
    if (at === this.#wanted) return;
    hashes.splice(at, 0, hash);
    times.splice(at, 0, time);
    values.splice(at, 0, Buffer.from(bytes.subarray(from, to)));
    if (size < this.#wanted) return;
    hashes.pop();
    times.pop();
    values.pop();
  }
}

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
  check,
  create: (columns, [wanted, seed = 0]) => new Sample(columns, Number(wanted), Number(seed)),
};
