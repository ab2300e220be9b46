import type { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { isCanonical, writeCanonical } from '../json/canonical.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader, notSaved } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import {
  addCounter,
  type Counters,
  countersCodec,
  countValue,
  createCounters,
  hasCounter,
  mergeCounters,
  type Spelled,
  sortedCounters,
  valueOf,
} from './space-saving.ts';

/** Counters that are used where none are asked for: no count is off by more than a thousandth of the values. */
const DEFAULT_COUNTERS = 1000;
/** For each value that is wanted, at least. */
const COUNTERS_EACH = 10;
const MOST_COUNTERS = 1_000_000;

/** Holds the canonical spelling of one value between two statements. */
const canonical = new ByteWriter(256);
/** The value that is counted, between two statements. */
const spelled: Spelled = {
  bytes: canonical.bytes,
  start: 0,
  end: 0,
  spelling: canonical.bytes,
  from: 0,
  to: 0,
};

/** Sets `spelled` to bytes[from, to). */
function spell(bytes: Buffer, from: number, to: number): void {
  spelled.spelling = bytes;
  spelled.from = from;
  spelled.to = from;
  spelled.bytes = bytes;
  spelled.start = from;
  spelled.end = to;
  if (isCanonical(bytes, from, to)) return;
  canonical.clear();
  writeCanonical(canonical, bytes, from, to);
  spelled.bytes = canonical.bytes;
  spelled.start = 0;
  spelled.end = canonical.length;
  // What calls itself not canonical may be so all the same.
  const same = canonical.length === to - from && canonical.view().compare(bytes, from, to) === 0;
  spelled.to = same ? from : to;
}

/**
 * The most frequent values by counters: see space-saving.ts. Where there are more distinct values than counters, what
 * is counted depends on the order of arrival, within the bounds that are told there.
 */
class ApproximateTop implements Aggregate {
  /** The counters of a group; undefined until its first value, freed with the slot. */
  readonly #counters: ObjectColumn<Counters>;
  readonly #wanted: number;
  readonly #most: number;

  constructor(columns: Columns, wanted: number, most: number) {
    this.#counters = columns.objects(countersCodec(most));
    this.#wanted = wanted;
    this.#most = most;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { type, start, end } = input.values[0]!;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      const slot = slots[i]!;
      spell(input.bytes, start[row]!, end[row]!);
      let counters = this.#counters.values[slot];
      if (counters === undefined) {
        counters = createCounters();
        this.#counters.values[slot] = counters;
      }
      countValue(counters, this.#most, spelled);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#counters.values[from];
    if (source !== undefined) this.#mergeCounters(into, source);
  }

  result(slot: number, out: ByteWriter): void {
    const counters = this.#counters.values[slot];
    out.byte(0x5b);
    if (counters !== undefined) {
      for (const [i, counter] of sortedCounters(counters).subarray(0, this.#wanted).entries()) {
        out.ascii(i === 0 ? '{"value":' : ',{"value":');
        writeValue(counters, counter, out);
        out.ascii(`,"count":${counters.counts[counter]},"error":${counters.errors[counter]}}`);
      }
    }
    out.byte(0x5d);
  }

  /** `[most,[value,count,error,value,count,error]]`, in the order of results. */
  save(slot: number, out: ByteWriter): void {
    const counters = this.#counters.values[slot];
    out.ascii(`[${this.#most},[`);
    if (counters !== undefined) {
      for (const [i, counter] of sortedCounters(counters).entries()) {
        if (i > 0) out.byte(0x2c);
        writeValue(counters, counter, out);
        out.ascii(`,${counters.counts[counter]},${counters.errors[counter]}`);
      }
    }
    out.ascii(']]');
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    if (saved.number() !== this.#most) throw notSaved();
    const counters = createCounters();
    saved.open();
    while (saved.more()) {
      saved.value();
      const { start: from, end: to } = saved;
      const count = saved.integer(1);
      const error = saved.integer(0, count - 1);
      spell(bytes, from, to);
      if (counters.size === this.#most || hasCounter(counters, spelled)) throw notSaved();
      addCounter(counters, spelled, count, error);
    }
    saved.close();
    saved.close();
    this.#mergeCounters(slot, counters);
  }

  #mergeCounters(slot: number, counters: Counters): void {
    const target = this.#counters.values[slot] ?? createCounters();
    this.#counters.values[slot] = mergeCounters(target, counters, this.#most);
  }
}

function writeValue(counters: Counters, counter: number, out: ByteWriter): void {
  const { bytes, start, end, from, to } = valueOf(counters, counter);
  if (to > from) out.copy(bytes, from, to);
  else out.copy(bytes, start, end);
}

const countersFor = (wanted: number): number => Math.max(DEFAULT_COUNTERS, wanted * COUNTERS_EACH);

function check([wanted, counters]: readonly Literal[]): void {
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 1 || wanted > MOST_COUNTERS / 10) {
    throw usageError(
      `approx_topk wants a whole number of values from 1 to ${MOST_COUNTERS / 10}, not ${JSON.stringify(wanted)}`,
      'write approx_topk(path, 5)',
    );
  }
  if (counters === undefined) return;
  if (
    typeof counters !== 'number' ||
    !Number.isInteger(counters) ||
    counters < wanted ||
    counters > MOST_COUNTERS
  ) {
    throw usageError(
      `the counters must be a whole number from ${wanted} to ${MOST_COUNTERS}, not ${JSON.stringify(counters)}`,
      'a count is off by no more than the number of values over the counters',
    );
  }
}

export const approxTopk: AggregateDefinition = {
  name: 'approx_topk',
  summary: 'list the K most frequent values of FIELD with their counts, each too high by at most its error',
  usage: 'approx_topk(FIELD, K[, COUNTERS])',
  fields: 1,
  literals: 1,
  optionalLiterals: 1,
  numeric: false,
  mergesRoughly: true,
  check,
  create: (columns, [wanted, counters]) =>
    new ApproximateTop(columns, Number(wanted), Number(counters ?? countersFor(Number(wanted)))),
};
