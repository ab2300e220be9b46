import type { Shard, Split } from '../connectors/connector.ts';
import { ShardReader } from '../connectors/shard.ts';
import { usageError } from '../errors.ts';
import { readInBlocks } from './source-blocks.ts';
import type { Given, OptionSpec } from './spec.ts';
import { option } from './values.ts';

export const SHARD: OptionSpec<Shard> = {
  name: 'shard',
  value: { placeholder: 'I/N', parse: parseShard },
  help: 'read only part I of N: N processes with 1/N to N/N read all, each record once',
  details:
    'Where lines are records (ndjson, combined, common, logfmt, journal, text, regex) a file is cut into blocks of 4 MiB, of which every Nth is of one part; a line belongs to the block in which it begins, so that parts agree also on a file that grows. What cannot be cut goes whole: csv, tsv, syslog, what is compressed, generate:, by its number among all that is read; with --state, the files of a directory or a pattern by a hash of their names. Messages count the lines of the part.',
};

/** What --shard does not go with. */
export function refuseShard(
  given: Given,
  { follow, formats }: { readonly follow: boolean; readonly formats: readonly string[] },
): void {
  if (option(given, SHARD) === undefined) return;
  if (follow) throw usageError('--shard is for files that are read to their end, not for --follow');
  if (formats.includes('stream')) throw usageError('a stored stream cannot be cut: --shard is for records');
  if (given.arguments.length === 0 || given.arguments.includes('-')) {
    throw usageError('standard input cannot be read in parts: each process has its own', 'name a file');
  }
}

/** As it was given: `2/4`. */
export const shardText = ({ index, count }: Shard): string => `${index + 1}/${count}`;

/** How messages call the part of a file: its lines are counted from the first of the part. */
export const partName = (name: string, shard: Shard): string => `${name}, part ${shardText(shard)}`;

/** A location of which only a part is read. */
export interface ShardSplit extends Split {
  /** Its bytes are the lines of the part, from wherever in the file. */
  readonly cut?: true;
}

/** The part of the locations that is a shard's: of each file its lines, and of what cannot be cut every Nth. */
export function shardOf(
  splits: readonly Split[],
  shard: Shard,
  formatOf: (location: string) => string,
): ShardSplit[] {
  return splits.flatMap((split, number): ShardSplit[] => {
    if (split.partOf !== undefined) return [split.partOf(shard)];
    if (readInBlocks(formatOf(split.name)) && isRegular(split)) return [cutSplit(split, shard)];
    return number % shard.count === shard.index ? [split] : [];
  });
}

function isRegular(split: Split): boolean {
  const file = split.openBytes?.();
  file?.close();
  return file !== undefined;
}

const cutSplit = (split: Split, shard: Shard): ShardSplit => ({
  name: split.name,
  cut: true,
  open: async (signal) => new ShardReader(split.openBytes!()!, shard, { byte: 0, insideLine: false }, signal),
});

function parseShard(text: string): Shard {
  const [, part, count] = /^([0-9]+)\/([0-9]+)$/.exec(text) ?? [];
  const [index, parts] = [Number(part) - 1, Number(count)];
  if (index >= 0 && index < parts && Number.isSafeInteger(parts)) return { index, count: parts };
  throw usageError(`'${text}' is not one of 1/N to N/N`, 'the second of four parts is 2/4');
}
