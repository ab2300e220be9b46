/** What of a user's says how far one location is complete. */
export interface WatermarkEstimator {
  /**
   * Sees an event, and says where the watermark may stand behind it, both in epoch ms; -Infinity: nowhere yet.
   * @throws TidemarkError that tells the module
   */
  reachedBy(time: number): number;
  /** What `restore` of another is given to go on from here: JSON. @throws TidemarkError that tells the module */
  save(): unknown;
  /** @throws TidemarkError that tells the module */
  restore(saved: unknown): void;
}
