import type { Buffer } from 'node:buffer';
import { eventHash } from '../aggregates/event-hash.ts';
import { damaged, type SavedBytes } from '../state/saved-bytes.ts';

/** By what a group of a window [start, end), ms, is found on disk: from one version to the next it stays as it is. */
export const hashOfGroup = (start: number, end: number, key: Buffer, from: number, to: number): number =>
  eventHash(start, end, key, from, to) >>> 0;

/** Part of the index of a run: the rows of groups, by the hashes of these. */
export interface IndexPart {
  readonly hashes: Uint32Array;
  readonly rows: Uint32Array;
}

/** @throws TidemarkError `failed` */
export function readPart(from: SavedBytes): IndexPart {
  const count = from.count(8);
  if (count === 0) throw damaged('a part of an index has no entries');
  const part = { hashes: new Uint32Array(count), rows: new Uint32Array(count) };
  from.fill(part.hashes);
  from.fill(part.rows);
  from.end();
  return part;
}
