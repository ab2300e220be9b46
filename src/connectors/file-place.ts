import type { Stats } from 'node:fs';
import { type TidemarkError, usageError } from '../errors.ts';

export interface FileTargetOptions {
  /** What to do with a target that is not empty: refuse it, write behind it, replace it. */
  readonly mode: 'new' | 'append' | 'overwrite';
  /** The input ends: the target appears whole at `commit`. Else it is written in place, each write at once. */
  readonly bounded: boolean;
}

/** A file that results go to. */
export interface FilePlace {
  /** As the user wrote it, for messages. */
  readonly name: string;
  /** Where it is, links resolved. */
  readonly path: string;
  /** What stands there; undefined: nothing. */
  readonly stat: Stats | undefined;
  /** What stands there has bytes behind its last newline: what is appended starts a line of its own. */
  readonly openLine: boolean;
}

/** Refuses what mode `new` finds: told by whoever looks first. */
export const notEmpty = (name: string): TidemarkError =>
  usageError(
    `${name} exists and is not empty`,
    'add --append to write behind what it has, or --overwrite to replace it',
  );
