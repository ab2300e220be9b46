import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import { TidemarkError, usageError } from '../errors.ts';
import { compressionOf } from '../formats/compression.ts';
import { fileSplit } from './compressed-split.ts';
import type { Split } from './connector.ts';
import { descriptorOf, FileSplit } from './file-split.ts';
import { pathOf } from './file-uri.ts';
import { FollowSplit } from './follow-split.ts';
import { isGenerate } from './generate-options.ts';
import { modulePlace } from './source-module.ts';
import { stdinSplit } from './stdin.ts';
import { cannotRead, systemCode } from './system-error.ts';

export interface LocationOptions {
  /** Files are read for ever, as they grow. */
  readonly follow: boolean;
  /** Milliseconds between two looks at a followed file; 1000 when left out. */
  readonly poll?: number;
  /** For what the user should know while a location is read: one line, lower case, no full stop. */
  notice(message: string): void;
}

/**
 * The splits of a source's locations, in their order; a location that is given twice is read twice.
 * - none, or `-`: standard input
 * - a file; one whose name ends in `.gz`, `.br` or `.zst` is decompressed; a FIFO or device is read to its end
 * - a directory: the files in it, by the bytes of their names, without hidden ones and without subdirectories
 * - a pattern (`*`, `?`, `[…]`, `{…}`) that is no file: the files that match, by the bytes of their paths
 * - a `file://` URI: that path, never a pattern
 * - `generate:…`: see generate.ts
 * - `FILE.mjs`, `FILE.mjs?name=value`: a source module, see source-module.ts
 * @throws TidemarkError `usage` for what cannot be a location, `failed` for one that is not there
 */
export async function resolveLocations(
  locations: readonly string[],
  options: LocationOptions,
): Promise<Split[]> {
  if (locations.length === 0) return [stdinSplit()];
  if (locations.filter((location) => location === '-').length > 1) {
    throw usageError('standard input can be read only once', 'give - once');
  }
  const splits: Split[] = [];
  for (const location of locations) splits.push(...(await splitsOf(location, options)));
  return splits;
}

async function splitsOf(location: string, options: LocationOptions): Promise<Split[]> {
  if (location === '-') return [stdinSplit()];
  if (location === '') throw usageError('a location is empty', 'give - for standard input');
  if (isGenerate(location)) {
    const { generateSplit } = await import('./generate.ts');
    return [generateSplit(location)];
  }
  const module = modulePlace(location);
  if (module !== undefined) {
    const { moduleSplit } = await import('./module-location.ts');
    return [await moduleSplit(module)];
  }
  const path = pathOf(location);
  if (descriptorOf(path) !== undefined) return [new FileSplit(path)];
  const stat = statOf(path);
  if (stat === undefined) {
    if (path === location && isPattern(path)) {
      if (options.follow) throw notFollowed(`the pattern ${path}`);
      const files = await filesLike(path);
      if (files.length === 0) throw new TidemarkError('failed', `no file matches the pattern ${path}`);
      return files.map(splitOf);
    }
    if (options.follow) return [followed(path, options)];
    throw noSuchFile(path);
  }
  if (stat.isDirectory()) {
    if (options.follow) throw notFollowed(`the directory ${path}`);
    const files = filesIn(path);
    if (files.length === 0) throw new TidemarkError('failed', `there are no files in the directory ${path}`);
    return files.map(splitOf);
  }
  if (!options.follow) return [splitOf(path)];
  if (stat.isFIFO()) return [new FileSplit(path, path, true)];
  return stat.isFile() ? [followed(path, options)] : [new FileSplit(path)];
}

function followed(path: string, options: LocationOptions): Split {
  if (compressionOf(path) !== undefined) throw notFollowed(`the compressed file ${path}`);
  return new FollowSplit(path, path, options);
}

function splitOf(path: string): Split {
  try {
    // All locations are asked before the first is read.
    fs.accessSync(path, fs.constants.R_OK);
  } catch (error) {
    throw cannotRead(path, error);
  }
  return fileSplit(path);
}

/** The files in a directory, by the bytes of their names. @throws TidemarkError `failed` */
export function filesIn(folder: string): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch (error) {
    throw cannotRead(folder, error);
  }
  const files = names.map((name) => join(folder, name)).filter((path) => statOf(path)?.isFile());
  return files.sort(byBytes);
}

/** The files that match a pattern, by the bytes of their paths. */
export async function filesLike(pattern: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const absolute = pattern.startsWith('/');
  // A leading ! would exclude; ./ makes it the file name that was meant.
  const literal = pattern.startsWith('!') ? `./${pattern}` : pattern;
  const files = await glob(literal, { absolute, expandDirectories: false, onlyFiles: true });
  return files.sort(byBytes);
}

/** What stands at a path; undefined: nothing. @throws TidemarkError `failed` */
export function statOf(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw cannotRead(path, error);
  }
}

export const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const noSuchFile = (path: string): TidemarkError =>
  new TidemarkError('failed', `no such file: ${path}`);

export const notFollowed = (what: string): TidemarkError =>
  usageError(`--follow takes files, not ${what}`, 'name the files that are to be followed');
