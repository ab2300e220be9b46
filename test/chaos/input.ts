/** What a pipeline reads, as it comes into being. */
export interface Input {
  /** All of it is there. */
  readonly complete: boolean;
  /** Bytes that are there and not renamed. */
  readonly size: number;
  /** Makes a part more of it. */
  grow(): void;
  /** Renames what is there, and begins anew; only where the scenario says so. */
  rotate(): void;
  /** Makes the rest of it. */
  finish(): void;
  /** All of it for a run in another folder. */
  writeWhole(folder: string): void;
}
