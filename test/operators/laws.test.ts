import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePaths } from '../../src/json/path.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import { LATE } from '../../src/operators/operator.ts';
import { Sort } from '../../src/operators/sort.ts';
import { parseDuration } from '../../src/time/duration.ts';
import { type EventItem, type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';
import { type Call, calls, combineWith } from './combine-calls.ts';
import { feedings, type MakeOperator, type Outcome, output, run, WHOLE } from './harness.ts';
import {
  drained,
  event,
  generated,
  header,
  membersText,
  scaled,
  shown,
  stamped,
  windowKinds,
} from './streams.ts';

// The laws that hold for operators by themselves, over the same streams.

const dedup =
  (by: string, within?: number): MakeOperator =>
  (context) =>
    new Dedup({ by: parsePaths(by), within }, context);

const sort: MakeOperator = (context) => new Sort({}, context);

/** One to three commands that hold or group, one behind the other. */
const pipelines: fc.Arbitrary<MakeOperator[]> = fc.oneof(
  calls.map((call) => [combineWith(call)]),
  fc.constantFrom<MakeOperator[]>([dedup('k')], [dedup('k', 2000)], [dedup('k'), dedup('o.id')]),
  calls.map((call) => [dedup('k,o.id'), combineWith(call)]),
  calls.map((call) => [sort, combineWith(call)]),
  calls.map((call) => [combineWith(call), combineWith({ by: [], aggregates: ['n = count'] })]),
);

const eventLines = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('{"@t"'));

const told = ({ outputs, notices, counters }: Outcome): unknown => ({
  outputs: new Map([...outputs].sort()),
  notices,
  counters: new Map([...counters].sort()),
});

/** Events with watermarks between them that are true: none that follows is before one. */
function withWatermarks(events: readonly EventItem[], slack: readonly (number | undefined)[]): Item[] {
  let watermark = -Infinity;
  return events.flatMap((item, i) => {
    const behind = slack[i % slack.length];
    if (behind === undefined) return [item];
    const time = Math.min(...events.slice(i).map((later) => later.time)) - behind;
    if (time <= watermark) return [item];
    watermark = time;
    return [{ kind: 'watermark' as const, time }, item];
  });
}

const slacks = fc.array(fc.option(fc.nat(2000), { nil: undefined, freq: 2 }), { minLength: 1, maxLength: 9 });

const seconds = windowKinds.map((window) => scaled(window, 1000));

const arrivals = fc
  .array(fc.record({ at: fc.integer({ min: -30, max: 30 }), members: membersText }), { maxLength: 30 })
  .map((drawn) => drawn.map(({ at, members }) => event(at * 1000, members)));

const textOf = (items: readonly Item[], window: WindowKind): string =>
  printItems(stampWindows([header(), ...items, ...drained], window));

describe('operators', () => {
  it('do not show how blocks were cut, how large batches are and how slow output is', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), pipelines, feedings, async (items, pipeline, feeding) => {
        const text = printItems(items);
        expect(told(await run(pipeline, text, feeding))).toEqual(told(await run(pipeline, text)));
      }),
      { numRuns: 150 },
    );
  });

  it('give the same when they hand batches on as when they print and read between them', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), pipelines, feedings, async (items, pipeline, feeding) => {
        let text = printItems(items);
        const fused = output(await run(pipeline, text, feeding));
        for (const maker of pipeline) text = output(await run(maker, text, feeding));
        expect(fused).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  it('never let a watermark go back, and write no result behind one that it contradicts', async () => {
    const inWindows = fc.tuple(generated, seconds).map(([{ items }, window]) => {
      return stampWindows(items, window.kind === 'global' ? { kind: 'session', gap: 3000 } : window);
    });
    await fc.assert(
      fc.asyncProperty(shown(inWindows), calls, async (items, call) => {
        const written = output(await run([dedup('k,o.id'), combineWith(call)], printItems(items)));
        let watermark = -Infinity;
        for (const line of written.split('\n').slice(0, -1)) {
          const { '@watermark': mark, '@t': time } = JSON.parse(line);
          if (mark !== undefined) {
            const next = mark === 'end' ? Infinity : Date.parse(mark);
            expect(next).toBeGreaterThan(watermark);
            watermark = next;
          } else if (time !== undefined) expect(Date.parse(time)).toBeGreaterThanOrEqual(watermark);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('write nothing behind a watermark that it contradicts when nothing in the input did', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, slacks, seconds, pipelines, async (events, slack, window, pipeline) => {
        const text = textOf(withWatermarks(events, slack), window);
        let watermark = -Infinity;
        for (const line of output(await run(pipeline, text))
          .split('\n')
          .slice(0, -1)) {
          const { '@watermark': mark, '@t': time } = JSON.parse(line);
          if (mark !== undefined && mark !== 'end') watermark = Date.parse(mark);
          // In the global window a result is at the latest time in it, and given at the end.
          if (time !== undefined && window.kind !== 'global')
            expect(Date.parse(time)).toBeGreaterThanOrEqual(watermark);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('count every event exactly once in each window that it is in and not late for', async () => {
    const call: Call = { by: ['k'], aggregates: ['ids = list(id)'] };
    const numbered = stamped.map((items) =>
      items.map((item, id) =>
        item.kind === 'event'
          ? { ...item, members: [...event(0, `"id":${id}`).members, ...item.members] }
          : item,
      ),
    );
    const complete = numbered.map((items) => [...items.slice(0, -1), ...drained]);
    await fc.assert(
      fc.asyncProperty(shown(complete), async (items) => {
        const outcome = await run(combineWith(call), printItems(items));
        const counted = eventLines(output(outcome)).flatMap((line) => {
          const { '@w': window, ids } = JSON.parse(line);
          return (ids as number[]).map((id) => `${id} ${window ?? 'global'}`);
        });
        const missed = eventLines(output(outcome, LATE)).map((line) => Number(JSON.parse(line).id));
        let watermark = -Infinity;
        const expected: string[] = [];
        const sessions: number[] = [];
        for (const [id, item] of items.entries()) {
          if (item.kind === 'watermark') watermark = item.time;
          if (item.kind !== 'event') continue;
          if (item.windows.kind === 'session') sessions.push(id);
          if (item.windows.kind === 'global') expected.push(`${id} global`);
          if (item.windows.kind !== 'intervals') continue;
          for (const { start, end } of item.windows.intervals) {
            if (watermark < end)
              expected.push(`${id} ${new Date(start).toISOString()}/${new Date(end).toISOString()}`);
          }
        }
        if (sessions.length === 0) expect(counted.sort()).toEqual(expected.sort());
        else {
          const both = [...counted.map((one) => Number(one.split(' ')[0])), ...missed];
          expect(both.sort((a, b) => a - b)).toEqual(sessions);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('pass exactly one event of each key in each window, behind dedup', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), async (items) => {
        const call: Call = { by: ['k'], aggregates: ['n = count'] };
        const [all, first] = [
          await run(combineWith(call), printItems(items)),
          await run([dedup('k'), combineWith(call)], printItems(items)),
        ].map((outcome) => eventLines(output(outcome)).map((line) => JSON.parse(line)));
        expect(first!.every(({ n }) => n === 1)).toBe(true);
        // Of a session dedup leaves events that are further apart.
        if (items.some((item) => item.kind === 'event' && item.windows.kind === 'session')) return;
        expect(first!.map((row) => row['@w'])).toEqual(all!.map((row) => row['@w']));
      }),
      { numRuns: 100 },
    );
  });

  it('give the same final results with more true watermarks', async () => {
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        slacks,
        slacks,
        seconds,
        pipelines,
        async (events, some, more, window, pipeline) => {
          const [few, many] = [some, [...some, ...more].map((slack) => slack ?? 0)].map((slack) =>
            textOf(withWatermarks(events, slack), window),
          );
          const results = eventLines(output(await run(pipeline, many!)));
          expect(results).toEqual(eventLines(output(await run(pipeline, few!))));
          expect(results).toEqual(eventLines(output(await run(pipeline, textOf(events, window)))));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('give the same results in any order of arrival when nothing is late', async () => {
    const drawn = fc
      .uniqueArray(fc.integer({ min: -40, max: 40 }), { maxLength: 25 })
      .chain((times) =>
        fc.tuple(
          fc.array(membersText, { minLength: times.length, maxLength: times.length }),
          fc.constant(times),
        ),
      )
      .map(([members, times]) => times.map((time, i) => event(time * 500, members[i]!)))
      .chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
      );
    await fc.assert(
      fc.asyncProperty(
        drawn,
        slacks,
        slacks,
        seconds,
        calls,
        async ([events, shuffled], one, other, window, call) => {
          const [first, second] = [withWatermarks(events, one), withWatermarks(shuffled, other)];
          const results = async (items: Item[]): Promise<string[]> =>
            eventLines(output(await run(combineWith(call), textOf(items, window))));
          expect(await results(second)).toEqual(await results(first));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('name a delay in their report with which nothing is late', async () => {
    const EVERY = 1000;
    /** The source's rule: the highest time seen minus the delay, whenever that has advanced by EVERY. */
    const watermarked = (events: readonly EventItem[], delay: number): Item[] => {
      let highest = -Infinity;
      let watermark = -Infinity;
      return events.flatMap((item): Item[] => {
        highest = Math.max(highest, item.time);
        if (highest - delay < watermark + EVERY) return [item];
        watermark = highest - delay;
        return [item, { kind: 'watermark', time: watermark }];
      });
    };
    const report = async (
      events: readonly EventItem[],
      delay: number,
      window: WindowKind,
    ): Promise<string[]> => {
      const start = header() as Extract<Item, { kind: 'stream' }>;
      const told = {
        ...start,
        header: { ...start.header, watermark: { delay: `PT${delay / 1000}S`, every: 'PT1S' } },
      };
      const items = stampWindows([told, ...watermarked(events, delay), ...drained], window);
      return [
        ...(await run(combineWith({ by: ['k'], aggregates: ['n = count'] }), printItems(items), WHOLE))
          .notices,
      ];
    };
    const fine = arrivals.map((events) =>
      events.map((item, i) => ({ ...item, time: item.time + ((i * 377) % 1000) })),
    );
    await fc.assert(
      fc.asyncProperty(fine, fc.nat(9000), seconds, async (events, delay, window) => {
        const late = (await report(events, delay, window)).find((notice) => notice.includes('late'));
        if (late === undefined) return;
        const [, better] = /--delay (\S+) at the source would have kept/.exec(late)!;
        const again = await report(events, parseDuration(better!), window);
        expect(again.filter((notice) => notice.includes('late'))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
