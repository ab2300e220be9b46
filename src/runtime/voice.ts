/** What a stage is told and tells, beside its outputs. */
export interface Voice {
  notice(message: string, hint?: string): void;
  count(name: string, by: number): void;
  /** Ends the run with this error while no call is there to throw it; where it is missing, the next call tells. */
  fail?(error: unknown): void;
}
