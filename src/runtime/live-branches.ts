import { isLive } from '../connectors/file-target.ts';
import { usageError } from '../errors.ts';

/**
 * Refuses branches that take nothing back, where the source keeps state: after a restart their readers would see events
 * for a second time, and nobody would know what they had done with them.
 * @throws TidemarkError `usage`
 */
export function refuseLive(places: Iterable<string>): void {
  for (const place of places) {
    if (!isLive(place)) continue;
    throw usageError(
      `${place} is no file, and where the source keeps state (--state) a branch is one`,
      'write the branch to a file, which has each event once, and read that with tm source --format stream; or merge it again in the text of tm run',
    );
  }
}
