import { usageError } from '../errors.ts';
import { continuationFiring } from '../stream/firing-rules.ts';
import type { Header } from '../stream/marker.ts';

/**
 * What a header says behind a grouping that has written panes: how the next one is to fire, and whether panes replace each
 * other.
 */
export function groupedHeader(header: Header): Header {
  const { firing } = header;
  if (firing === undefined) return header;
  return {
    ...header,
    firing: continuationFiring(firing),
    ...(firing.mode === 'accumulate' ? { panes: 'replacing' as const } : {}),
  };
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
