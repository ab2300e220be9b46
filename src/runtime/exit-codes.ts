import { TidemarkError } from '../errors.ts';

/** Exit codes of every command; a source that was interrupted has 130 or 143 from the runtime. */
export const EXIT = { done: 0, failed: 1, usage: 2, cut: 3 } as const;

/** What is no TidemarkError is a fault of ours: it failed. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof TidemarkError ? EXIT[error.code] : EXIT.failed;
