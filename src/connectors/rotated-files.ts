import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { withoutCompression } from '../formats/compression.ts';
import { type FileId, idOf } from './file-identity.ts';

/** A file in the folder of a log. */
export interface Neighbour {
  readonly path: string;
  readonly id: FileId;
  /** Its name is that of the log with what a rotation adds. */
  readonly rotated: boolean;
}

/** What rotations put behind a name, or before its ending: a number, a date or a time, or `old`. */
const ADDED = '[._-](?:[0-9][0-9T:_.-]*Z?|old)';

/** A file was renamed between the look at its folder and its opening. */
export class Moved extends TidemarkError {
  constructor(path: string) {
    super('failed', `${path} was rotated while its folder was read`, { hint: 'run the same line again' });
  }
}

/**
 * The regular files beside a log, in whatever order; none where the folder cannot be listed. Where the log is a link to
 * the file of the day, beside that: those of other days have its name with other digits.
 * @throws Moved where one has gone while they are looked at
 */
export function neighboursOf(path: string): Neighbour[] {
  const real = linkedFrom(path);
  const own = real ?? path;
  const folder = dirname(own);
  const isRotated = rotationOf(basename(own));
  const isOther = real === undefined ? () => false : sameButDigits(basename(real));
  const found: Neighbour[] = [];
  for (const name of namesIn(folder)) {
    if (name === basename(own)) continue;
    const other = join(folder, name);
    const stat = fs.statSync(other, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined && fs.lstatSync(other, { throwIfNoEntry: false }) === undefined)
      throw new Moved(other);
    if (stat?.isFile())
      found.push({ path: other, id: idOf(stat), rotated: isRotated(name) || isOther(name) });
  }
  return found;
}

/**
 * Those that were rotated after `old`, in the order in which they were written; a file that is being compressed is
 * there twice, and counts once.
 */
export function rotatedAfter(old: Neighbour, neighbours: readonly Neighbour[]): Neighbour[] {
  const bare = withoutCompression(old.path);
  return rotatedOnce(neighbours).filter(
    (file) => withoutCompression(file.path) !== bare && inOrder(old, file) < 0,
  );
}

/** As `rotatedAfter`, of those that were written later than `time`, ns since the epoch. */
export const rotatedSince = (time: bigint, neighbours: readonly Neighbour[]): Neighbour[] =>
  rotatedOnce(neighbours).filter(({ id }) => BigInt(id.modified) > time);

function rotatedOnce(neighbours: readonly Neighbour[]): Neighbour[] {
  const paths = new Set(neighbours.map(({ path }) => path));
  const isCopy = (path: string): boolean =>
    withoutCompression(path) !== path && paths.has(withoutCompression(path));
  return neighbours.filter(({ path, rotated }) => rotated && !isCopy(path)).sort(inOrder);
}

/** By when they were written; where that is the same, the higher number is the older, as logrotate counts. */
function inOrder(a: Neighbour, b: Neighbour): number {
  if (a.id.modified !== b.id.modified) return BigInt(a.id.modified) < BigInt(b.id.modified) ? -1 : 1;
  const [first, second] = [a, b].map(({ path }) => Number(/([0-9]+)$/.exec(withoutCompression(path))?.[1]));
  if (first !== second && first! < 1e4 && second! < 1e4) return second! - first!;
  return a.path < b.path ? -1 : 1;
}

function rotationOf(name: string): (other: string) => boolean {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  const behind = new RegExp(`^${escaped(name)}${ADDED}$`, 'i');
  const before = new RegExp(`^${escaped(stem)}${ADDED}${escaped(ending)}$`, 'i');
  return (other) => {
    const bare = withoutCompression(other);
    return behind.test(bare) || before.test(bare);
  };
}

/** What a path that is a link leads to; undefined: it is none. */
function linkedFrom(path: string): string | undefined {
  try {
    return fs.lstatSync(path).isSymbolicLink() ? fs.realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function sameButDigits(name: string): (other: string) => boolean {
  const same = new RegExp(`^${escaped(name).replaceAll(/[0-9]+/g, '[0-9]+')}$`);
  return (other) => same.test(withoutCompression(other));
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
