import { usageError } from '../errors.ts';
import { continuationFiring } from '../stream/firing-rules.ts';
import type { Header } from '../stream/marker.ts';

/** What a header says behind a grouping: how the next one is to fire, and what the panes are, if there are any. */
export function groupedHeader({ panes: _, ...header }: Header): Header {
  const { firing } = header;
  if (firing === undefined) return header;
  const fires = { ...header, firing: continuationFiring(firing) };
  return firing.mode === undefined
    ? fires
    : { ...fires, panes: firing.mode === 'accumulate' ? 'replacing' : 'each-once' };
}

/**
 * Panes of which each replaces the one before would count more than once.
 * @param what groups them: `combine`
 * @throws TidemarkError `usage`
 */
export function refuseReplacing(header: Header, what: string): void {
  if (header.panes !== 'replacing') return;
  throw usageError(
    `the events are accumulated panes, of which each replaces the one before: ${what} would count them more than once`,
    'give --mode discard to the tm window before the first combine',
  );
}
