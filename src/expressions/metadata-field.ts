import { usageError } from '../errors.ts';
import type { Path } from '../json/path.ts';
import { isMetadata } from './member-name.ts';

/**
 * Refuses `@t` and the like as a field.
 * @throws TidemarkError `usage`
 */
export function refuseMetadata(path: Path): void {
  const name = String(path.steps[0]);
  if (isMetadata(name))
    throw usageError(
      `'${path.text}' is no field: it is metadata, and stands beside the members`,
      TOLD_BY[name],
    );
}

/** What asks for it. */
const TOLD_BY: Readonly<Record<string, string>> = {
  '@t': 'event_time() is the time of the event',
  '@w': 'window_start() and window_end() tell of the window',
  '@pane': 'pane_index(), pane_timing(), pane_is_first() and pane_is_last() tell of the pane',
};
