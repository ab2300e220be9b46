import { TidemarkError } from '../errors.ts';
import { fixedZone, loadZone, loadZoneRules, parseZoneName, type Zone } from '../time/zone.ts';
import { FunctionFailure } from './function.ts';
import type { Value } from './value.ts';

/** Zones that were asked for, by name. As many as there are zones at most; never freed. */
const known = new Map<string, Zone>();

/**
 * What a function with a zone among its arguments has to load (`FunctionDefinition.load`).
 * @param literals of the call
 * @param index of the zone among them
 */
export function loadForZone(
  literals: readonly (Value | undefined)[],
  index: number,
): Promise<void> | undefined {
  if (index >= literals.length) return undefined;
  const zone = literals[index];
  return typeof zone === 'string' && fixedZone(parseZoneName(zone)) !== undefined
    ? undefined
    : loadZoneRules();
}

/**
 * The zone of that name, for the literals of a call.
 * @throws TidemarkError `usage` for an unknown name
 */
export function zoneOfLiteral(name: string): Zone {
  const zone = known.get(name) ?? loadZone(name);
  if (zone instanceof Promise) throw new Error(`the rules of ${name} are not loaded`);
  known.set(name, zone);
  return zone;
}

/**
 * As `zoneOfLiteral`, for a name that was computed.
 * @throws FunctionFailure for an unknown name
 */
export function zoneNamed(name: string): Zone {
  try {
    return known.get(name) ?? zoneOfLiteral(name);
  } catch (error) {
    if (error instanceof TidemarkError) throw new FunctionFailure(error.message);
    throw error;
  }
}

export const UTC = zoneOfLiteral('UTC');
