import type { NearestYear } from '../time/nearest-year.ts';
import type { Zone } from '../time/zone.ts';

/** What times that don't say everything are to be taken for. */
export interface StampOptions {
  /** Of times without an offset. */
  readonly zone: Zone;
  /** Of times without a year; shared by the locations of a run, which go on in it. */
  readonly years: NearestYear;
  /** Whether the event time is theirs: then there is an error where no year is known. */
  readonly needed: boolean;
}
