/**
 * Milliseconds that have gone by since some moment, whatever is done to the clock of the machine: one that is set back by
 * an hour must not put off barriers by an hour. Not performance.now(): its module takes more than a millisecond to load.
 */
export const steadyNow = (): number => Number(process.hrtime.bigint() / 1_000_000n);
