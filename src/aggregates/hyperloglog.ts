import type { ByteWriter } from '../json/byte-writer.ts';
import type { ObjectCodec } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { type AccumulatorReader, notSaved } from './accumulator.ts';

/**
 * How many distinct hashes of 64 bits were added, about: HyperLogLog (Flajolet et al., 2007) with the sparse form of
 * HyperLogLog++ (Heule, Nunkesser, Hall, "HyperLogLog in practice", EDBT 2013): as long as there are few hashes, an
 * entry of 25 bits of index for each, which counts nearly exactly; then 2^precision registers. Which form it has
 * depends on the hashes alone, not on their order, and so does all that is computed. Plain data, so that a snapshot
 * can copy it.
 *
 * The estimate from registers is that of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
 * (arXiv 1702.01284, 2017), section 4: it has no bias at any size, and needs no tables of measured corrections. Its
 * standard error is 1.04 / sqrt(2^precision).
 *
 * Memory: about 300 bytes, up to 2^precision bytes in either form.
 */
export interface HyperLogLog {
  /** Number of entries of the sparse form. */
  size: number;
  /**
   * Sparse: an entry is index * 64 + rank. Open addressing by index, at most half full, a power of two long; 0: free.
   */
  entries: Int32Array;
  /** The greatest rank of each index; empty: the form is sparse. */
  registers: Uint8Array;
}

/** Bits of the index of an entry; the rank is that of the 39 bits behind them, from 1 on. */
const ENTRY_BITS = 25;
const ENTRY_RANKS = 64 - ENTRY_BITS + 1;
const RANK_BITS = 6;
const NO_REGISTERS = new Uint8Array(0);

export const createHyperLogLog = (): HyperLogLog => ({
  size: 0,
  entries: new Int32Array(16),
  registers: NO_REGISTERS,
});

/** Entries that take as much memory as the registers. */
const mostEntries = (precision: number): number => 2 ** precision / 8;

/** Adds a hash by its upper and lower 32 bits. */
export function addHash(log: HyperLogLog, precision: number, high: number, low: number): void {
  const seven = high & 0x7f;
  const rank = seven === 0 ? Math.clz32(low) + 8 : Math.clz32(seven) - 24;
  addEntry(log, precision, ((high >>> 7) << RANK_BITS) | rank);
}

export function mergeHyperLogLogs(into: HyperLogLog, from: HyperLogLog, precision: number): void {
  for (const entry of from.entries) if (entry !== 0) addEntry(into, precision, entry);
  if (from.registers.length === 0) return;
  goDense(into, precision);
  const { registers } = into;
  for (let i = 0; i < registers.length; i++)
    if (from.registers[i]! > registers[i]!) registers[i] = from.registers[i]!;
}

/** The number of distinct hashes, rounded. */
export function estimate(log: HyperLogLog, precision: number): number {
  if (log.registers.length > 0) return Math.round(estimateOf(log.registers, precision));
  // Linear counting (Whang et al., 1990).
  const all = 2 ** ENTRY_BITS;
  return Math.round(all * Math.log(all / (all - log.size)));
}

function addEntry(log: HyperLogLog, precision: number, entry: number): void {
  if (log.registers.length > 0) {
    addToRegisters(log.registers, precision, entry);
    return;
  }
  const { entries } = log;
  const mask = entries.length - 1;
  const index = entry >>> RANK_BITS;
  let place = index & mask;
  for (let other = entries[place]!; other !== 0; other = entries[place]!) {
    if (other >>> RANK_BITS === index) {
      // Of the same index: the greater entry has the greater rank.
      if (entry > other) entries[place] = entry;
      return;
    }
    place = (place + 1) & mask;
  }
  entries[place] = entry;
  log.size++;
  if (log.size > mostEntries(precision)) goDense(log, precision);
  else if (log.size * 2 > entries.length) log.entries = rehashed(entries);
}

function rehashed(entries: Int32Array): Int32Array {
  const grown = new Int32Array(entries.length * 2);
  const mask = grown.length - 1;
  for (const entry of entries) {
    if (entry === 0) continue;
    let place = (entry >>> RANK_BITS) & mask;
    while (grown[place] !== 0) place = (place + 1) & mask;
    grown[place] = entry;
  }
  return grown;
}

function goDense(log: HyperLogLog, precision: number): void {
  if (log.registers.length > 0) return;
  log.registers = new Uint8Array(2 ** precision);
  for (const entry of log.entries) if (entry !== 0) addToRegisters(log.registers, precision, entry);
  log.entries = new Int32Array(0);
  log.size = 0;
}

/** The bits of an entry's index that a register's index has not come first in the rank. */
function addToRegisters(registers: Uint8Array, precision: number, entry: number): void {
  const extra = ENTRY_BITS - precision;
  const index = entry >>> RANK_BITS;
  const behind = index & ((1 << extra) - 1);
  const rank =
    behind === 0 ? extra + (entry & ((1 << RANK_BITS) - 1)) : Math.clz32(behind) - (32 - extra) + 1;
  if (rank > registers[index >>> extra]!) registers[index >>> extra] = rank;
}

/** Ertl's improved estimator (algorithm 6). */
function estimateOf(registers: Uint8Array, precision: number): number {
  const most = 64 - precision;
  const counts = new Float64Array(most + 2);
  for (const rank of registers) counts[rank]!++;
  const size = registers.length;
  let z = size * tau(1 - counts[most + 1]! / size);
  for (let rank = most; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
  z += size * sigma(counts[0]! / size);
  return (size * size) / (2 * Math.LN2 * z);
}

/** x + Σ x^(2^k) 2^(k - 1), for registers that are empty. */
function sigma(share: number): number {
  if (share === 1) return Infinity;
  let x = share;
  let y = 1;
  let z = x;
  for (let before = -1; z !== before; ) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** (1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3, for registers that are full. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let before = -1; z !== before; ) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}

/** A digit for each rank, as of base64. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The entries as a list of numbers in order, or the registers as a string with a digit for each. */
export function saveHyperLogLog(log: HyperLogLog, out: ByteWriter): void {
  if (log.registers.length === 0) {
    out.ascii(`[${log.entries.filter((entry) => entry !== 0).sort()}]`);
    return;
  }
  out.byte(0x22);
  out.reserve(log.registers.length);
  for (const rank of log.registers) out.bytes[out.length++] = DIGITS.charCodeAt(rank);
  out.byte(0x22);
}

export function loadHyperLogLog(log: HyperLogLog, precision: number, saved: AccumulatorReader): void {
  if (saved.isText) {
    goDense(log, precision);
    loadRegisters(log.registers, precision, saved.text());
    return;
  }
  saved.open();
  while (saved.more()) {
    const entry = saved.integer(1, 2 ** (ENTRY_BITS + RANK_BITS) - 1);
    const rank = entry & ((1 << RANK_BITS) - 1);
    if (rank < 1 || rank > ENTRY_RANKS) throw notSaved();
    addEntry(log, precision, entry);
  }
  saved.close();
}

function loadRegisters(registers: Uint8Array, precision: number, text: string): void {
  if (text.length !== registers.length) throw notSaved();
  for (let i = 0; i < text.length; i++) {
    const rank = DIGITS.indexOf(text[i]!);
    if (rank < 0 || rank > 65 - precision) throw notSaved();
    if (rank > registers[i]!) registers[i] = rank;
  }
}

/** 0 and the entries, or 1 and the registers. Where an entry stands in the table tells nothing. */
export const hyperLogLogCodec = (precision: number): ObjectCodec<HyperLogLog> => ({
  write({ size, entries, registers }, out) {
    if (registers.length > 0) {
      out.byte(1);
      out.view(registers);
      return;
    }
    out.byte(0);
    out.varint(size);
    for (const entry of entries) if (entry !== 0) out.u32(entry);
  },
  read(from) {
    const log = createHyperLogLog();
    if (from.byte() === 1) {
      goDense(log, precision);
      from.fill(log.registers);
      if (log.registers.some((rank) => rank > 65 - precision)) throw damaged('a register has no such rank');
      return log;
    }
    for (let left = from.count(4); left > 0; left--) {
      const entry = from.u32();
      const rank = entry & ((1 << RANK_BITS) - 1);
      if (entry >= 2 ** (ENTRY_BITS + RANK_BITS) || rank < 1 || rank > ENTRY_RANKS)
        throw damaged('an entry has no such rank');
      addEntry(log, precision, entry);
    }
    return log;
  },
});
