import { TidemarkError, usageError } from '../errors.ts';
import type { Header } from '../stream/marker.ts';

export const windowsDiffer = (line: number): TidemarkError =>
  new TidemarkError('failed', 'the event is in windows of another kind than those before it', {
    line,
    hint: 'let one `tm window` stamp all events of the stream',
  });

/**
 * Of panes each of which replaces the one before, who takes events one by one would take the same more than once.
 * @throws TidemarkError `usage`
 */
export function refuseReplacing({ panes }: Header, command: string): void {
  if (panes !== 'replacing') return;
  throw usageError(
    `${command} would take what is in several panes more than once: each of them holds what those before it held`,
    'window with --mode discard before the grouping, so that each pane holds what is new',
  );
}
