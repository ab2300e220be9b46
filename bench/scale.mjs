// What open state costs: the same events, of which more and more are in windows that are still open; and 10^5 windows at once.
import { input } from './inputs.mjs';
import { measure } from './measure.mjs';

/** Keys that are open at a time. The input has an event each millisecond, of a key of its own. */
const OPEN = [1e3, 1e4, 1e5, 1e6];

const kinds = [
  { name: 'sessions', window: (open) => `session ${open}ms` },
  { name: 'fixed windows', window: (open) => `fixed ${open}ms` },
  { name: 'sliding windows, 10 to a size', window: (open) => `sliding ${open}ms --every ${open / 10}ms` },
];

/** Sizes of windows and their distances, of the plain events. */
const distances = ['fixed 1h', 'sliding 1h --every 1m', 'sliding 1h --every 1s', 'cumulate 1h --every 1s'];

/** @returns {Promise<{what: string, events: number, results: string, seconds: number, megabytes: number}[]>} */
export async function scaleCosts(events, rounds) {
  const found = [];
  const take = async (what, results, name, count, line) => {
    const stages = `source "$INPUT" --time ts ${line} | sink /dev/null --overwrite`;
    let best;
    for (let round = 0; round < rounds; round++) {
      const run = await measure([`tm run -q -e '${stages}'`], { INPUT: input(name, count) });
      if (best === undefined || run.seconds < best.seconds) best = run;
    }
    found.push({
      what,
      results,
      events: count,
      seconds: best.seconds,
      megabytes: best.stages[0].peak / 1024,
    });
  };
  for (const { name, window } of kinds)
    for (const open of OPEN)
      await take(
        name,
        `${open.toLocaleString('en')} keys open`,
        'unique',
        events,
        `--delay 10ms --watermark-every 10ms | window ${window(open)} | combine --by id n=count`,
      );
  for (const by of ['', '--by path'])
    for (const window of distances)
      await take(
        window,
        by === '' ? 'one key' : '100 keys',
        'events',
        events,
        `--delay 5s | window ${window} | combine ${by} n=count "s = sum(bytes)"`,
      );
  await take(
    'fixed 1s',
    '100,000 windows of 100 keys open',
    'spread',
    events * 5,
    '--delay 2d | window fixed 1s | combine --by id n=count',
  );
  return found;
}
