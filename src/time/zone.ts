import { usageError } from '../errors.ts';

/** A stretch of time `[from, to)` (epoch ms) in which a zone's clocks are `offset` ms ahead of UTC. */
export interface OffsetInterval {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** No zone changes its clocks by more than a day (Samoa skipped one in 2011). */
const LONGEST_CHANGE = 86_400_000;

/**
 * Local time of a zone. A local time is what clocks there show, in milliseconds, as if it were UTC. The stretches
 * between changes of the clocks are asked for once each, so that on sorted data a conversion is a comparison.
 */
export class Zone {
  readonly name: string;
  /** The stretch that was used last. */
  #interval: OffsetInterval = { from: Number.NaN, to: Number.NaN, offset: Number.NaN };
  /** All that were asked for, by `from`. At most two a year of the data; never freed. */
  readonly #known: OffsetInterval[] = [];
  readonly #find: (ms: number) => OffsetInterval;

  /** `find` gives the stretch that an instant is in. */
  constructor(name: string, find: (ms: number) => OffsetInterval) {
    this.name = name;
    this.#find = find;
  }

  /** The stretch of one offset that contains an instant. */
  intervalAt(ms: number): OffsetInterval {
    const last = this.#interval;
    if (ms >= last.from && ms < last.to) return last;
    this.#interval = this.#seek(ms);
    return this.#interval;
  }

  /** How far local time is ahead of UTC at an instant, in ms. */
  offsetAt(ms: number): number {
    return this.intervalAt(ms).offset;
  }

  /**
   * The instant of a local time. Where clocks show it twice the earlier one, where they skip it as late after the
   * change as it would have been without it: Temporal's disambiguation `compatible` (as RFC 5545 has it, too).
   */
  toInstant(local: number): number {
    const { from, to, offset } = this.#interval;
    const guess = local - offset;
    // It shows that local time, and so far from the stretch's beginning none in an earlier stretch does.
    if (guess >= from + LONGEST_CHANGE && guess < to) return guess;
    const exact = this.#earliest(local);
    return Number.isNaN(exact) ? local - this.offsetAt(local - LONGEST_CHANGE) : exact;
  }

  /** The first instant at which clocks show a local time or, where they skip it, a later one. */
  startOf(local: number): number {
    const exact = this.#earliest(local);
    if (!Number.isNaN(exact)) return exact;
    const before = this.offsetAt(local - LONGEST_CHANGE);
    return this.intervalAt(local - before).from;
  }

  /** The earliest instant at which clocks show exactly that local time; NaN where they skip it. */
  #earliest(local: number): number {
    const before = this.offsetAt(local - LONGEST_CHANGE);
    const after = this.offsetAt(local + LONGEST_CHANGE);
    if (this.offsetAt(local - before) === before) return local - before;
    return this.offsetAt(local - after) === after ? local - after : Number.NaN;
  }

  #seek(ms: number): OffsetInterval {
    let low = 0;
    let high = this.#known.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#known[middle]!.from <= ms) low = middle + 1;
      else high = middle;
    }
    const before = this.#known[low - 1];
    if (before !== undefined && ms < before.to) return before;
    const found = this.#find(ms);
    this.#known.splice(low, 0, found);
    return found;
  }
}

const fixed = (name: string, offset: number): Zone => {
  const interval = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, offset };
  return new Zone(name, () => interval);
};

/** The zone of `UTC`, `Z` or an offset (`+02:00`, `-0530`, `+02`); undefined for every other name. */
export function fixedZone(text: string): Zone | undefined {
  if (/^(UTC|GMT|Z|Etc\/UTC)$/i.test(text)) return fixed('UTC', 0);
  const parts = /^([+-])(\d\d)(?::?([0-5]\d))?$/.exec(text);
  if (parts === null || Number(parts[2]) > 23) return undefined;
  const minutes = Number(parts[2]) * 60 + Number(parts[3] ?? '0');
  const name = `${minutes === 0 ? '+' : parts[1]}${parts[2]}:${parts[3] ?? '00'}`;
  return fixed(name, minutes === 0 ? 0 : (parts[1] === '-' ? -1 : 1) * minutes * 60_000);
}

/**
 * Checks the name of a zone without loading its rules, and returns it as it is to be written on: `Europe/Berlin`,
 * `UTC`, `+02:00`. Throws a TidemarkError (usage).
 */
export function parseZoneName(text: string): string {
  const zone = fixedZone(text);
  if (zone !== undefined) return zone.name;
  if (/^[A-Za-z]/.test(text)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return text;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw usageError(`unknown time zone: ${text === '' ? "''" : text}`, zoneHint(text));
}

function zoneHint(text: string): string {
  const city = `/${text.replace(/^.*\//, '').replaceAll(' ', '_').toLowerCase()}`;
  const meant = Intl.supportedValuesOf('timeZone').find((name) => name.toLowerCase().endsWith(city));
  return meant === undefined ? 'a zone is Europe/Berlin, UTC or +02:00' : `did you mean ${meant}?`;
}

/** Makes zones of the IANA database, once its library is loaded; never freed. */
let ianaZones: ((name: string) => Zone) | undefined;

/** Loads what zones of the IANA database need; afterwards `loadZone` gives each at once. */
export async function loadZoneRules(): Promise<void> {
  ianaZones = (await import('./iana-zone.ts')).ianaZone;
}

/**
 * The zone of that name: at once for UTC and fixed offsets; a promise for names of the IANA database, whose
 * library is loaded only then. Throws (never rejects with) a TidemarkError (usage) for an unknown name.
 */
export function loadZone(text: string): Zone | Promise<Zone> {
  const name = parseZoneName(text);
  const known = fixedZone(name) ?? ianaZones?.(name);
  return known ?? loadZoneRules().then(() => ianaZones!(name));
}
