import { usageError } from '../errors.ts';
import { compressionOf } from '../formats/compression.ts';
import { descriptorOf } from './file-split.ts';
import { pathOf } from './file-uri.ts';
import { isGenerate, parseGenerate } from './generate-options.ts';
import { isPattern, noSuchFile, notFollowed, statOf } from './locations.ts';
import type { ReplayableLocation, ReplayOptions } from './replayable.ts';
import { modulePlace } from './source-module.ts';

/**
 * The locations of a source that keeps its state.
 * @throws TidemarkError `usage` for what cannot be read again, `failed` for a location that is not there
 */
export async function replayableLocations(
  locations: readonly string[],
  options: ReplayOptions,
): Promise<ReplayableLocation[]> {
  if (locations.length === 0) throw notReplayable('standard input');
  const twice = locations.find((location, i) => locations.indexOf(location) < i);
  if (twice !== undefined) throw usageError(`${twice} is named twice`, 'with --state, name a location once');
  const found = await Promise.all(locations.map((location, number) => locationOf(location, number, options)));
  if (options.onCommit !== undefined && !found.some(({ take }) => take !== undefined)) {
    throw usageError(
      '--on-commit is for the files of a directory or a pattern, and there is none',
      "name the directory, or put the pattern in quotes: 'in/*.ndjson'",
    );
  }
  return found;
}

async function locationOf(
  location: string,
  number: number,
  options: ReplayOptions,
): Promise<ReplayableLocation> {
  const { shard } = options;
  // What cannot be cut goes whole, by its number.
  const foreign = shard !== undefined && number % shard.count !== shard.index;
  if (location === '-') throw notReplayable('standard input');
  if (location === '') throw usageError('a location is empty');
  if (isGenerate(location)) return generated(location, foreign);
  const module = modulePlace(location);
  if (module !== undefined) {
    const { moduleLocation } = await import('./module-location.ts');
    return moduleLocation(module, options);
  }
  const path = pathOf(location);
  if (descriptorOf(path) !== undefined) throw notReplayable(path);
  const stat = statOf(path);
  if (stat?.isDirectory() || (stat === undefined && path === location && isPattern(path))) {
    if (options.follow)
      throw notFollowed(stat === undefined ? `the pattern ${path}` : `the directory ${path}`);
    const { SpoolLocation } = await import('./spool.ts');
    return new SpoolLocation(location, path, stat === undefined, options);
  }
  if (stat === undefined && !options.follow) throw noSuchFile(path);
  if (stat !== undefined && !stat.isFile()) throw notReplayable(path);
  if (options.follow && compressionOf(path) !== undefined) throw notFollowed(`the compressed file ${path}`);
  const { FileLocation } = await import('./file-location.ts');
  const cut = options.isCut(location) && compressionOf(path) === undefined;
  return new FileLocation(location, path, cut ? options : { ...options, shard: undefined }, foreign && !cut);
}

function generated(name: string, foreign: boolean): ReplayableLocation {
  const { count } = parseGenerate(name);
  return {
    name,
    endless: count === Number.POSITIVE_INFINITY,
    foreign,
    async *stretches(place) {
      const from = place ?? undefined;
      yield {
        name,
        id: undefined,
        from,
        known: new Uint8Array(0),
        growing: false,
        open: async (signal) => {
          const { generateSplit } = await import('./generate.ts');
          return generateSplit(name, from?.byte).open(signal);
        },
      };
    },
  };
}

const notReplayable = (name: string) =>
  usageError(
    `${name} cannot be read again after a stop, so --state cannot keep it`,
    'name a file that holds the records, or leave --state out',
  );
