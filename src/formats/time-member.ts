import { usageError } from '../errors.ts';
import type { Path } from '../json/path.ts';

/**
 * Which member the user's time field is, in a format whose members are known and hold no other members.
 * @returns undefined when no field was given
 * @throws TidemarkError `usage` when the format has no such member
 */
export function memberOfTime(
  path: Path | undefined,
  format: string,
  members: readonly string[],
): string | undefined {
  if (path === undefined) return undefined;
  const [name] = path.steps;
  if (path.steps.length === 1 && typeof name === 'string' && members.includes(name)) return name;
  throw usageError(`${format} has no member ${path.text}`, `its members are ${members.join(', ')}`);
}
