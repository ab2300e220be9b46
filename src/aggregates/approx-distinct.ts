import type { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { isCanonical, writeCanonical } from '../json/canonical.ts';
import type { Columns, ObjectColumn } from '../state/columns.ts';
import { NULL } from '../stream/projection.ts';
import { AccumulatorReader, notSaved } from './accumulator.ts';
import type { Aggregate, AggregateDefinition, AggregateInput, Literal } from './aggregate.ts';
import {
  addHash,
  createHyperLogLog,
  estimate,
  type HyperLogLog,
  hyperLogLogCodec,
  loadHyperLogLog,
  mergeHyperLogLogs,
  saveHyperLogLog,
} from './hyperloglog.ts';
import { COUNT_RESULT } from './result-schema.ts';
import { digest, xxh64 } from './xxh64.ts';

/** 16,384 registers: a standard error of 0.81 %. */
const DEFAULT_PRECISION = 14;
const LEAST_PRECISION = 4;
const GREATEST_PRECISION = 18;

/** Holds the canonical spelling of one value between two statements. */
const canonical = new ByteWriter(256);

/**
 * Counts distinct values by the hashes of their canonical bytes: see hyperloglog.ts. Two values of one hash count as
 * one; among a billion values that happens to fewer than one pair.
 */
class ApproximateDistinct implements Aggregate {
  /** The hashes of a group; undefined until its first value, freed with the slot. */
  readonly #logs: ObjectColumn<HyperLogLog>;
  readonly #precision: number;

  constructor(columns: Columns, precision: number) {
    this.#logs = columns.objects(hyperLogLogCodec(precision));
    this.#precision = precision;
  }

  add(input: AggregateInput, rows: Int32Array, slots: Int32Array, count: number): void {
    const { type, start, end } = input.values[0]!;
    const { bytes } = input;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (type[row]! <= NULL) continue;
      const from = start[row]!;
      const to = end[row]!;
      if (isCanonical(bytes, from, to)) xxh64(bytes, from, to);
      else {
        canonical.clear();
        writeCanonical(canonical, bytes, from, to);
        xxh64(canonical.bytes, 0, canonical.length);
      }
      addHash(this.#log(slots[i]!), this.#precision, digest.high, digest.low);
    }
  }

  merge(into: number, from: number): void {
    const source = this.#logs.values[from];
    if (source !== undefined) mergeHyperLogLogs(this.#log(into), source, this.#precision);
  }

  result(slot: number, out: ByteWriter): void {
    const log = this.#logs.values[slot];
    out.ascii(String(log === undefined ? 0 : estimate(log, this.#precision)));
  }

  /** `[precision,[entries]]` or `[precision,"registers"]`. */
  save(slot: number, out: ByteWriter): void {
    out.ascii(`[${this.#precision},`);
    saveHyperLogLog(this.#logs.values[slot] ?? createHyperLogLog(), out);
    out.byte(0x5d);
  }

  load(slot: number, bytes: Buffer, start: number, end: number): void {
    const saved = new AccumulatorReader(bytes, start, end);
    saved.open();
    if (saved.number() !== this.#precision) throw notSaved();
    loadHyperLogLog(this.#log(slot), this.#precision, saved);
    saved.close();
  }

  #log(slot: number): HyperLogLog {
    const logs = this.#logs.values;
    let log = logs[slot];
    if (log === undefined) {
      log = createHyperLogLog();
      logs[slot] = log;
    }
    return log;
  }
}

function check([precision]: readonly Literal[]): void {
  if (precision === undefined) return;
  const whole = typeof precision === 'number' && Number.isInteger(precision);
  if (whole && precision >= LEAST_PRECISION && precision <= GREATEST_PRECISION) return;
  throw usageError(
    `the precision must be a whole number from ${LEAST_PRECISION} to ${GREATEST_PRECISION}, not ${JSON.stringify(precision)}`,
    `leave it out for ${DEFAULT_PRECISION}: a standard error of 0.8 %, in at most 16 KB for each group`,
  );
}

export const approxDistinct: AggregateDefinition = {
  name: 'approx_distinct',
  summary: 'count the distinct values of FIELD with a standard error of 0.8 %, 1.04 / sqrt(2^PRECISION)',
  usage: 'approx_distinct(FIELD[, PRECISION])',
  fields: 1,
  optionalLiterals: 1,
  numeric: false,
  gives: COUNT_RESULT,
  check,
  create: (columns, [precision = DEFAULT_PRECISION]) => new ApproximateDistinct(columns, Number(precision)),
};
