import { Temporal } from 'temporal-polyfill';
import { Zone } from './zone.ts';

/** A zone of the IANA database, by the rules that Node's ICU has. Throws a RangeError for an unknown name. */
export function ianaZone(name: string): Zone {
  return new Zone(name, (ms) => {
    const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(name);
    // The change before the next millisecond: one at `ms` itself has happened.
    const last = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
    const next = at.getTimeZoneTransition('next');
    return {
      from: last?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offset: at.offsetNanoseconds / 1_000_000,
    };
  });
}
