import { constants } from 'node:os';

/**
 * SIGINT and SIGTERM: the first is noted and ends a source, the second ends the process.
 * The handlers stay until the process ends.
 */
export class Interrupts {
  readonly #stop = new AbortController();
  /** The exit code of the signal that came first: 130 or 143; 0: none came. */
  exitCode = 0;

  /** @param abandon leaves nothing half done behind; called before the second signal ends the process */
  constructor(process: NodeJS.Process, abandon: () => Promise<void>) {
    const onSignal = (signal: NodeJS.Signals): void => {
      const code = 128 + constants.signals[signal];
      if (this.exitCode === 0) {
        this.exitCode = code;
        this.#stop.abort();
        return;
      }
      const exit = (): never => process.exit(code);
      abandon().then(exit, exit);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }
}
