// What writer and reader know of each other: which line is due when, and how its number is found again.

/** Event time of the first line, epoch ms. */
export const BASE = Date.UTC(2026, 2, 14, 10);

/** The words behind the name of either program: when line 0 is due, and from when on lines count. */
export function schedule([kind, start, rate, from, to]) {
  const first = BigInt(start);
  const perSecond = Number(rate);
  return {
    kind,
    perSecond,
    /** Lines [counted, count) are counted. */
    counted: Number(from) * perSecond,
    count: Number(to) * perSecond,
    /** Milliseconds from when line 0 was due. */
    now: () => Number(process.hrtime.bigint() - first) / 1e6,
    dueOf: (number) => (number * 1000) / perSecond,
    timeOf: (number) => BASE + Math.floor((number * 1000) / perSecond),
    /** The first line that is not older than an instant. */
    firstFrom: (instant) => Math.ceil(((instant - BASE) * perSecond) / 1000),
  };
}

/** Line `number`, of 174 bytes or so; the reader finds the number at its start. */
export const lineOf = (number, time) =>
  `{"n":${number},"ts":${time},"id":"e${number}","host":"10.0.4.105","method":"GET","path":"/articles/${number % 100}","status":200,"bytes":281,"ms":715.0,"ua":"Mozilla/5.0 (X11; Linux x86_64)"}\n`;

/** Percentiles of times in milliseconds, by nearest rank. */
export function percentiles(times) {
  const sorted = times.sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
