import type { ByteWriter } from '../json/byte-writer.ts';
import type { ObjectCodec } from '../state/columns.ts';
import { damaged } from '../state/saved-bytes.ts';
import { type AccumulatorReader, notSaved } from './accumulator.ts';

/**
 * Counts by whole numbers that lie near each other, from `first` on; plain data, so that a snapshot can copy it.
 * 8 bytes for each number between the least and the greatest, and up to twice that.
 */
export interface Bins {
  /** The number that counts[0] is for. */
  first: number;
  counts: Float64Array;
}

export const createBins = (): Bins => ({ first: 0, counts: new Float64Array(0) });

export function addToBin(bins: Bins, key: number, times: number): void {
  if (key < bins.first || key >= bins.first + bins.counts.length) include(bins, key);
  bins.counts[key - bins.first]! += times;
}

export function mergeBins(into: Bins, from: Bins): void {
  const { first, counts } = from;
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) addToBin(into, first + i, counts[i]!);
}

/** Makes room for a key: on its side as much more as there is already. */
function include(bins: Bins, key: number): void {
  const { first, counts } = bins;
  const slack = Math.max(8, counts.length >> 1);
  let from = first;
  let to = first + counts.length;
  if (counts.length === 0) [from, to] = [key - 4, key + 4];
  else if (key < from) from = Math.min(key, from - slack);
  else to = Math.max(key + 1, to + slack);
  const grown = new Float64Array(to - from);
  grown.set(counts, counts.length === 0 ? 0 : first - from);
  bins.first = from;
  bins.counts = grown;
}

/** `[key,count,key,count]`, by key. */
export function saveBins({ first, counts }: Bins, out: ByteWriter): void {
  out.byte(0x5b);
  let separator = '';
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    out.ascii(`${separator}${first + i},${counts[i]}`);
    separator = ',';
  }
  out.byte(0x5d);
}

/**
 * @param most the greatest size of a key
 * @returns the sum of the counts
 */
export function loadBins(bins: Bins, saved: AccumulatorReader, most: number): number {
  let sum = 0;
  saved.open();
  for (let before = -Infinity; saved.more(); ) {
    const key = saved.integer(-most, most);
    if (key <= before) throw notSaved();
    before = key;
    const count = saved.integer(1);
    addToBin(bins, key, count);
    sum += count;
  }
  saved.close();
  return sum;
}

/** The keys that have counts, with these. @param most the greatest size of a key */
export const binsCodec = (most: number): ObjectCodec<Bins> => ({
  write({ first, counts }, out) {
    let used = 0;
    for (const count of counts) if (count !== 0) used++;
    out.varint(used);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue;
      out.varint(first + i + most);
      out.varint(counts[i]!);
    }
  },
  read(from) {
    const bins = createBins();
    for (let left = from.count(2), before = -1; left > 0; left--) {
      const key = from.varint(2 * most);
      if (key <= before) throw damaged('its bins are in no order');
      before = key;
      addToBin(bins, key - most, from.varint());
    }
    return bins;
  },
});
