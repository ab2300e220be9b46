import { type TidemarkError, usageError } from '../errors.ts';
import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';

/**
 * The header behind functions: what they make of events is not known.
 * @throws TidemarkError `usage` for a key that no event has, and for one in sessions that are not merged
 */
export function behindFunction(header: Header, by: readonly Operand[]): Header {
  checkOption('--by', header, by);
  const { commands, windowing } = header;
  // Combine merges them.
  if (
    by.length > 0 &&
    windowing.kind === 'session' &&
    commands.lastIndexOf('window') > commands.lastIndexOf('combine')
  )
    throw unmerged();
  return withSchema(throughCommand(header, 'map'), undefined);
}

/** Which events are of one session is known when it is over: what was kept of two would have to be made one. */
export const unmerged = (): TidemarkError =>
  usageError(
    'a state is kept by window, and sessions are not merged here yet',
    'put map --by before window session, where timers tell how long a key was quiet, or behind combine',
  );
