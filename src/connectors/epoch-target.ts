import type { EpochTarget } from './connector.ts';
import { EpochFile } from './epoch-file.ts';
import { EpochOutput } from './epoch-output.ts';
import type { FileTargetOptions } from './file-place.ts';
import { isLive, openFileTarget } from './file-target.ts';
import { pathOf } from './file-uri.ts';
import { stdoutTarget } from './stdout-target.ts';

/**
 * The target of a sink that keeps state: a file exactly once, what is no regular file at least once. Nothing is opened yet.
 * @param location undefined: stdout
 * @throws TidemarkError `failed` for a directory, and where there is no folder for the file
 */
export function epochTarget(location: string | undefined, mode: FileTargetOptions['mode']): EpochTarget {
  if (location === undefined) return new EpochOutput(stdoutTarget);
  if (!isLive(location)) return new EpochFile(pathOf(location), mode);
  return new EpochOutput(() => openFileTarget(location, { mode, bounded: false }));
}
