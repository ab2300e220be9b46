/**
 * How much of a restriction has been taken on, after Beam's RestrictionTracker (splittable DoFn): a position is claimed
 * before its record is given, and what has not been claimed can be split off.
 */
export interface Tracker<Restriction = unknown, Claim = unknown> {
  /** What it covers: JSON. */
  readonly restriction: Restriction;
  /** Takes on a position; false: it belongs to another part, or the run is to stop: return then. */
  tryClaim(position: Claim): boolean;
  /**
   * Splits off what lies behind `fraction` (0 to 1) of what is left, and gives it as a restriction of its own; undefined:
   * nothing can be split off. `restriction` is what remains.
   */
  trySplit(fraction: number): Restriction | undefined;
  /** How much is done, from 0 to 1; undefined: it is not known. */
  progress(): number | undefined;
}
