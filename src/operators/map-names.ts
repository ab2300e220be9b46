import { usageError } from '../errors.ts';
import { FIRST_NAMED } from './operator.ts';

/** Counted by the runtime, or by the operator itself. */
const OWN_COUNTERS = ['events_in', 'events_out', 'milliseconds', 'late', 'rejected', 'timers_dropped'];

/** The name of a counter of a module's. @throws TidemarkError `usage` for a name that is taken, or none */
export function counterName(name: string): string {
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name))
    throw usageError(`${JSON.stringify(name)} is no name of a counter`, 'letters, digits, _ . and -');
  if (OWN_COUNTERS.includes(name))
    throw usageError(`the counter ${name} is counted already`, 'give it another name');
  return name;
}

/** The number of a side output is made of its name (FNV-1a): a kept stream goes on with its own, whatever others come or go. */
export function sideNumber(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return FIRST_NAMED + (hash >>> 0);
}
