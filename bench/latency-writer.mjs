// latency-writer.mjs KIND START RATE FROM TO LAG: writes each line to stdout when it is due; then, into the file
// LAG, how far it was behind itself: what part of the figures is not the pipe's.
import fs from 'node:fs';
import { lineOf, percentiles, schedule } from './latency-line.mjs';

const words = process.argv.slice(2);
const { count, counted, dueOf, now, perSecond, timeOf } = schedule(words);
/** Between two writes at least, ms: lines of a fast stream go out a few at a time. */
const SHORTEST = 0.2;
const clock = new Int32Array(new SharedArrayBuffer(4));
const lags = new Float64Array(count - counted);

for (let number = 0; number < count; ) {
  const until = dueOf(number) - now();
  if (until > 0) Atomics.wait(clock, 0, 0, Math.max(until, SHORTEST));
  const time = now();
  const due = Math.min(count, Math.floor((time * perSecond) / 1000) + 1);
  let text = '';
  for (; number < due; number++) {
    text += lineOf(number, timeOf(number));
    if (number >= counted) lags[number - counted] = time - dueOf(number);
  }
  if (text !== '') fs.writeSync(1, text);
}
fs.writeFileSync(words.at(-1), JSON.stringify(percentiles(lags)));
