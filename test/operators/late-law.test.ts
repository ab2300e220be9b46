import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { LATE } from '../../src/operators/operator.ts';
import { Sort } from '../../src/operators/sort.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { type Call, combineOptions, combineWith } from './combine-calls.ts';
import { atEnd, combineFiring, count, EACH, every, firing, repeat } from './firing-calls.ts';
import { feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { drained, shown, stamped } from './streams.ts';

// What is late and fed back to the same command gives what it would have given had nothing been late.

const dedup: MakeOperator = (context) => new Dedup({ by: parsePaths('k'), within: undefined }, context);
const sort: MakeOperator = (context) => new Sort({}, context);
const part =
  (call: Call): MakeOperator =>
  (context) =>
    combinePart(combineOptions(call), context);
const final =
  (call: Call): MakeOperator =>
  (context) =>
    new CombineParts(combineOptions(call), context);

/** Streams of which all events are of one reading, that are complete. */
const complete: fc.Arbitrary<Item[]> = stamped.map((items) => [
  ...items.filter(({ kind, time }: Item & { time?: number }) => kind !== 'end' && time !== Infinity),
  ...drained,
]);
const sessions = (items: readonly Item[]): boolean =>
  items.some((item) => item.kind === 'event' && item.windows.kind === 'session');
const notInSessions = complete.filter((items) => !sessions(items));

const eventsOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('{"@t"'));

/** The stream that stands in the file of `--late-to`. */
const lateStream = (items: readonly Item[], outcome: Outcome): string =>
  `${printItems(items.slice(0, 1))}${output(outcome, LATE)}${printItems(drained)}`;

/** Streams that are read as one, as `tm source --format stream` does: all is complete at the end. */
const together = (first: string, second: string): string =>
  [first.split('\n')[0]!, ...eventsOf(first), ...eventsOf(second), printItems(drained)].join('\n');

/** The same events, of which none is late: the watermark comes at the end. */
const withoutWatermarks = (items: readonly Item[]): string =>
  printItems(
    items.filter(({ kind, time }: Item & { time?: number }) => kind !== 'watermark' || time === Infinity),
  );

/** An event in many windows as one event for each of them. */
function apart(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const repeated = /"@w":"([RC])(\d+)\/([^/]*)\/PT?([^/]*)\/PT?([^"]*)"/.exec(line);
    if (repeated === null) return [line];
    const [label, kind, count, first, size, step] = repeated;
    const every = milliseconds(step!);
    return Array.from({ length: Number(count) }, (_, i) => {
      // Those of cumulate begin where the first does, and grow.
      const from = Date.parse(first!) + (kind === 'R' ? i * every : 0);
      const to = Date.parse(first!) + milliseconds(size!) + i * every;
      return line.replace(label, `"@w":"${new Date(from).toISOString()}/${new Date(to).toISOString()}"`);
    });
  });
}

/** Of the durations that these streams have: seconds and minutes. */
function milliseconds(duration: string): number {
  const [, minutes = '0', seconds = '0'] = /^(?:([\d.]+)M)?(?:([\d.]+)S)?$/.exec(duration)!;
  return Number(minutes) * 60_000 + Math.round(Number(seconds) * 1000);
}

const CALL: Call = {
  by: ['k'],
  aggregates: ['n = count', 'total = sum(v)', 'least = min(v)', 'average = mean(v)', 'all = set(s)'],
};
const SUMS: Call = { by: ['k'], aggregates: ['n = count', 'total = sum(o.id)'] };

/** Counts and sums of results, added up by window and key, or by other members. */
function sums(
  one: Outcome,
  other?: Outcome,
  by: readonly string[] = ['@w', 'k'],
): Map<string, [number, number]> {
  const all = new Map<string, [number, number]>();
  for (const line of [one, other].flatMap((outcome) =>
    outcome === undefined ? [] : eventsOf(output(outcome)),
  )) {
    const result = JSON.parse(line);
    // A window that is complete has a pane also where nothing is new.
    if (result.n === 0) continue;
    const name = JSON.stringify(by.map((member) => result[member]));
    const [count, total] = all.get(name) ?? [0, 0];
    all.set(name, [count + result.n, total + (result.total ?? 0)]);
  }
  return all;
}

/** Those that are never finished, and those that leave later events out. */
const triggers = fc.constantFrom(
  atEnd(),
  atEnd({ late: EACH }),
  atEnd({ early: count(2), late: count(2) }),
  atEnd({ early: EACH }),
  count(2),
  repeat(count(3)),
  EACH,
  every(2),
);

describe('late events that are fed back', () => {
  it('give with combine, as parts that are merged, what would have been, sessions too', async () => {
    await fc.assert(
      fc.asyncProperty(shown(complete), feedings, async (items, feeding) => {
        const onTime = await run(part(CALL), printItems(items), feeding);
        const late = await run(part(CALL), lateStream(items, onTime), feeding);
        expect(output(late, LATE)).toBe('');
        const merged = await run(final(CALL), together(output(onTime), output(late)), feeding);
        const expected = await run(combineWith(CALL), withoutWatermarks(items));
        expect(eventsOf(output(merged))).toEqual(eventsOf(output(expected)));
      }),
      { numRuns: 200 },
    );
  });

  it('give counts and sums with combine that add up to those that would have been', async () => {
    await fc.assert(
      fc.asyncProperty(shown(notInSessions), feedings, async (items, feeding) => {
        const onTime = await run(combineWith(SUMS), printItems(items), feeding);
        const late = await run(combineWith(SUMS), lateStream(items, onTime), feeding);
        const expected = await run(combineWith(SUMS), withoutWatermarks(items));
        expect(sums(onTime, late)).toEqual(sums(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('do so with panes and lateness: those of a window that is closed, or whose trigger is finished', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(complete),
        triggers,
        fc.constantFrom(0, 0, 500, 3000, 20_000),
        fc.boolean(),
        feedings,
        async (items, trigger, lateness, panesAgain, feeding) => {
          const panes = combineFiring(SUMS, firing(trigger, { lateness }));
          const onTime = await run(panes, printItems(items), feeding);
          // With the lateness that was given, or none: nothing is late in a stream without watermarks.
          const again = panesAgain
            ? combineFiring(SUMS, firing(atEnd({ late: EACH }), { lateness }))
            : combineWith(SUMS);
          const late = await run(again, lateStream(items, onTime), feeding);
          expect(output(late, LATE)).toBe('');
          const expected = await run(combineWith(SUMS), withoutWatermarks(items));
          // Sessions do not grow over the edge of the file.
          const by = sessions(items) ? ['k'] : ['@w', 'k'];
          expect(sums(onTime, late, by)).toEqual(sums(expected, undefined, by));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are with dedup, behind what was passed in time, the events that would have been passed', async () => {
    await fc.assert(
      fc.asyncProperty(shown(notInSessions), feedings, async (items, feeding) => {
        const onTime = await run(dedup, printItems(items), feeding);
        const late = lateStream(items, onTime);
        const again = await run(dedup, together(output(onTime), late), feeding);
        const expected = await run(dedup, withoutWatermarks(items));
        expect(apart(eventsOf(output(again))).sort()).toEqual(apart(eventsOf(output(expected))).sort());
      }),
      { numRuns: 200 },
    );
  });

  it('are with sort, behind what was given in time, in the order that would have been', async () => {
    await fc.assert(
      fc.asyncProperty(shown(complete), feedings, async (items, feeding) => {
        const onTime = await run(sort, printItems(items), feeding);
        const again = await run(sort, together(output(onTime), lateStream(items, onTime)), feeding);
        const expected = await run(sort, withoutWatermarks(items));
        expect(eventsOf(output(again))).toEqual(eventsOf(output(expected)));
      }),
      { numRuns: 200 },
    );
  });
});
