import type { Buffer } from 'node:buffer';
import { readDouble } from '../json/number.ts';
import type { GroupRows } from '../windows/grouping.ts';
import { compareKeys, memberEnd } from './group-key.ts';

/** Groups below which the plain comparison is as fast. */
const FEW = 64;
/** Bytes of a string that a double holds in order: six, in its 53 bits. */
const PREFIX = 6;

/**
 * Orders groups by their keys, in place. Keys of one string are ordered by the kernel. Where the first
 * members are all numbers or all strings, a double for each decides nearly every comparison: the number, or the first
 * bytes in which the strings differ at all. The keys themselves are compared only where those are equal.
 */
export function sortByKey(groups: Int32Array, grouping: GroupRows): Int32Array {
  const byKey = (a: number, b: number): number =>
    compareKeys(grouping.keys, grouping.keySlot(a), grouping.keySlot(b));
  if (groups.length < 2) return groups;
  const order = orderOfStrings(groups, grouping);
  if (order !== undefined) return inOrder(groups, order);
  const ranks = groups.length < FEW ? undefined : ranksOf(groups, grouping);
  if (ranks === undefined) return groups.sort(byKey);
  const indexes = new Uint32Array(groups.length);
  for (let i = 0; i < indexes.length; i++) indexes[i] = i;
  indexes.sort((i, j) => ranks[i]! - ranks[j]! || byKey(groups[i]!, groups[j]!));
  return inOrder(groups, indexes);
}

function orderOfStrings(groups: Int32Array, grouping: GroupRows): Int32Array | undefined {
  const { keys, direct } = grouping;
  return keys.order(direct ? groups : groups.map((group) => grouping.keySlot(group)));
}

function inOrder(groups: Int32Array, order: Int32Array | Uint32Array): Int32Array {
  const before = groups.slice();
  for (let i = 0; i < order.length; i++) groups[i] = before[order[i]!]!;
  return groups;
}

/** A number for each group, in the order of the keys as far as it tells; undefined: there is none. */
function ranksOf(groups: Int32Array, grouping: GroupRows): Float64Array | undefined {
  const { keys } = grouping;
  const bytes = keys.keys;
  const starts = Float64Array.from(groups, (group) => keys.keyStart(grouping.keySlot(group)));
  const ends = Float64Array.from(groups, (group, i) =>
    memberEnd(bytes, starts[i]!, keys.keyEnd(grouping.keySlot(group))),
  );
  if (starts.every((start) => bytes[start] === QUOTE)) return stringRanks(bytes, starts, ends);
  const ranks = new Float64Array(groups.length);
  for (let i = 0; i < ranks.length; i++) {
    const c = bytes[starts[i]!]!;
    if (c !== MINUS && (c < 0x30 || c > 0x39)) return undefined;
    ranks[i] = readDouble(bytes, starts[i]!, ends[i]!);
    if (!Number.isFinite(ranks[i]!)) return undefined;
  }
  return ranks;
}

/** The bytes behind what all strings begin with, as far as there are six; an escape ends the attempt. */
function stringRanks(bytes: Buffer, starts: Float64Array, ends: Float64Array): Float64Array | undefined {
  const first = starts[0]!;
  let common = ends[0]! - 1 - first;
  for (let i = 1; i < starts.length; i++) {
    const start = starts[i]!;
    let same = 1;
    const most = Math.min(common, ends[i]! - 1 - start);
    while (same < most && bytes[start + same] === bytes[first + same]) same++;
    common = Math.min(common, same);
  }
  for (let k = 1; k < common; k++) if (bytes[first + k] === BACKSLASH) return undefined;
  const ranks = new Float64Array(starts.length);
  for (let i = 0; i < ranks.length; i++) {
    let rank = 0;
    const end = ends[i]! - 1;
    for (let at = starts[i]! + common, k = 0; k < PREFIX; at++, k++) {
      const byte = at < end ? bytes[at]! : 0;
      if (byte === BACKSLASH) return undefined;
      rank = rank * 256 + byte;
    }
    ranks[i] = rank;
  }
  return ranks;
}

const QUOTE = 0x22;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
