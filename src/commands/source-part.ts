import { partOfFile } from '../connectors/byte-file.ts';
import type { Split } from '../connectors/connector.ts';
import { findStart, type TimeSearch } from '../connectors/time-search.ts';

export interface PartOfLocation {
  readonly split: Split;
  /** Where it begins and how many lines are read before that; undefined: at the start of the location. */
  readonly place: { readonly byte: number; readonly lines: number } | undefined;
  /** The highest time that was seen before it, epoch ms. */
  readonly highest: number;
}

/**
 * The part of a sorted location that can have records from `from` on, found without reading the others; undefined
 * where it has to be read from its start: it is no regular file, or its lines are no records.
 * @throws TidemarkError `failed` for a file that cannot be read, or is seen not to be sorted
 */
export function partFrom(
  split: Split,
  format: string,
  search: Omit<TimeSearch, 'name' | 'hasHeader'>,
): PartOfLocation | undefined {
  // In csv a line end may stand inside a field: where a record begins is known only from the file's start.
  if (search.from === Number.NEGATIVE_INFINITY || format === 'csv') return undefined;
  const file = split.openBytes?.();
  if (file === undefined) return undefined;
  try {
    const found = findStart(file, { ...search, name: split.name, hasHeader: format === 'tsv' });
    return {
      split: partOfFile(file, split.name, found),
      place: found.start > found.head ? { byte: found.start + 1, lines: found.headLines } : undefined,
      highest: found.highest,
    };
  } catch (error) {
    file.close();
    throw error;
  }
}
