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
import {
  addUncounted,
  appendUncounted,
  createUncounted,
  forEachUncounted,
  SAVED,
  type UncountedValues,
  uncountedCodec,
  VALUE,
} from './uncounted-values.ts';

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
 * is counted depends on the order of arrival, within the bounds that are told there. So what goes on from counters that
 * are elsewhere is not counted, but kept as it came until these are there.
 */
class ApproximateTop implements Aggregate {
  /** The counters of a group; undefined until its first value, freed with the slot. */
  readonly #counters: ObjectColumn<Counters>;
  /** What is to be counted behind other values of the group; undefined where there are counters, freed with the slot. */
  readonly #waiting: ObjectColumn<UncountedValues>;
  readonly #wanted: number;
  readonly #most: number;
  /** Whether a group that is new may go on from counters elsewhere. */
  #elsewhere = false;

  constructor(columns: Columns, wanted: number, most: number) {
    this.#counters = columns.objects(countersCodec(most));
    this.#waiting = columns.objects(uncountedCodec);
    this.#wanted = wanted;
    this.#most = most;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { bytes, values } = input;
    const { type, start, end } = values[0]!;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      const slot = slots[i]!;
      if (this.#waits(slot)) addUncounted(this.#waitingOf(slot), VALUE, bytes, start[row]!, end[row]!);
      else this.#count(this.#countersOf(slot), bytes, start[row]!, end[row]!);
    }
  }

  goOn(elsewhere: boolean): void {
    this.#elsewhere = elsewhere;
  }

  continueWith(into: number, from: number): void {
    const waiting = this.#waiting.values[from];
    const counters = this.#counters.values[into];
    if (waiting === undefined) this.merge(into, from);
    else if (counters === undefined) appendUncounted(this.#waitingOf(into), waiting);
    else this.#counters.values[into] = this.#countAll(counters, waiting);
  }

  merge(into: number, from: number): void {
    const source = this.#counted(from);
    if (source === undefined) return;
    const target = this.#counted(into) ?? createCounters();
    this.#waiting.reset(into);
    this.#counters.values[into] = mergeCounters(target, source, this.#most);
  }

  result(slot: number, out: ByteWriter): void {
    const counters = this.#counted(slot);
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
    const counters = this.#counted(slot);
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
    const counters = this.#loaded(bytes, start, end);
    if (this.#waits(slot)) addUncounted(this.#waitingOf(slot), SAVED, bytes, start, end);
    else this.#counters.values[slot] = mergeCounters(this.#countersOf(slot), counters, this.#most);
  }

  /** Whether what is added to a slot is to wait. */
  #waits(slot: number): boolean {
    if (this.#counters.values[slot] !== undefined) return false;
    return this.#elsewhere || this.#waiting.values[slot] !== undefined;
  }

  #countersOf(slot: number): Counters {
    this.#counters.values[slot] ??= createCounters();
    return this.#counters.values[slot];
  }

  #waitingOf(slot: number): UncountedValues {
    this.#waiting.values[slot] ??= createUncounted();
    return this.#waiting.values[slot];
  }

  /** The counters of a slot, with what waits, if nothing stands before that; undefined: it has no value. */
  #counted(slot: number): Counters | undefined {
    const waiting = this.#waiting.values[slot];
    return waiting === undefined ? this.#counters.values[slot] : this.#countAll(createCounters(), waiting);
  }

  #count(counters: Counters, bytes: Buffer, start: number, end: number): void {
    spell(bytes, start, end);
    countValue(counters, this.#most, spelled);
  }

  /** @returns the counters, which may be others now */
  #countAll(before: Counters, waiting: UncountedValues): Counters {
    let counters = before;
    forEachUncounted(waiting, (kind, bytes, start, end) => {
      if (kind === VALUE) this.#count(counters, bytes, start, end);
      else counters = mergeCounters(counters, this.#loaded(bytes, start, end), this.#most);
    });
    return counters;
  }

  /** What `save` wrote. @throws TidemarkError `failed` when it is anything else */
  #loaded(bytes: Buffer, start: number, end: number): Counters {
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
    return counters;
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
  mergedAnew: true,
  check,
  create: (columns, [wanted, counters]) =>
    new ApproximateTop(columns, Number(wanted), Number(counters ?? countersFor(Number(wanted)))),
};
