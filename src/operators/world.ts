/** The world's time and chance, which operators have none of. */
export interface World {
  /** Processing time, epoch ms. */
  clock(): number;
  /** Settles after so many milliseconds, or at once when the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** The same for who waits for input: where nothing else goes on meanwhile, it need not settle before the abort. */
  quiet(milliseconds: number, signal: AbortSignal): Promise<void>;
  /**
   * Settles when so many milliseconds have passed, and never when the signal is aborted before: for a limit that is not to be
   * reached, for which alone no time goes by. Undefined: that of this machine's clock.
   */
  deadline?(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}
