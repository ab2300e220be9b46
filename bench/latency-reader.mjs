// latency-reader.mjs KIND START RATE FROM TO: reads what a pipe gives until its end, and writes how late it came.
// KIND event: every line is one that was written. KIND window: every line is the result of a window.
import fs from 'node:fs';
import { percentiles, schedule } from './latency-line.mjs';

const { kind, count, counted, dueOf, firstFrom, now } = schedule(process.argv.slice(2));
const NUMBER_AT = '{"n":'.length;
const END_AT = '{"window_start":"2026-03-14T10:00:00.000Z","window_end":"'.length;

/** The number of the line without which this one could not have been written. */
const causeOf = { event: numberOf, window: (bytes, at) => firstFrom(endOf(bytes, at)) }[kind];
const times = new Float64Array(count);
let known = 0;
const block = Buffer.allocUnsafe(1 << 20);
/** Bytes of a line that is not whole, at the start of the block. */
let have = 0;
for (;;) {
  const read = fs.readSync(0, block, have, block.length - have, null);
  if (read === 0) break;
  const time = now();
  const end = have + read;
  let at = 0;
  for (let feed = block.indexOf(10); feed >= 0 && feed < end; feed = block.indexOf(10, at)) {
    const cause = causeOf(block, at);
    // The windows that are open at the end wait for it: no event ends them.
    if (cause >= counted && cause < count) times[known++] = time - dueOf(cause);
    at = feed + 1;
  }
  block.copyWithin(0, at, end);
  have = end - at;
}
if (known === 0) throw new Error('nothing came out of the pipe');
process.stdout.write(JSON.stringify(percentiles(times.subarray(0, known))));

function numberOf(bytes, at) {
  let number = 0;
  for (let i = at + NUMBER_AT; bytes[i] >= 48 && bytes[i] <= 57; i++) number = number * 10 + bytes[i] - 48;
  return number;
}

function endOf(bytes, at) {
  return Date.parse(bytes.latin1Slice(at + END_AT, at + END_AT + 24));
}
