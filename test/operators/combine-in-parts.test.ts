import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { parsePath } from '../../src/json/path.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { Window } from '../../src/operators/window.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { combine } from '../reference/combine.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { brief, ev, fixed, GLOBAL_WINDOW, session, sliding, stream, wm } from './brief.ts';
import { type Call, calls, combineWith, orderOf, referenceCall } from './combine-calls.ts';
import { type Feeding, feedings, type MakeOperator, output, run, WHOLE } from './harness.ts';
import { drained, shown, stamped } from './streams.ts';

const options = (call: Call) => ({
  by: call.by.map(parsePath),
  aggregates: call.aggregates.map(parseAggregateArgument),
  order: orderOf(call),
  limit: call.limit ?? Number.POSITIVE_INFINITY,
});

const partWith =
  ({ by, aggregates }: Call): MakeOperator =>
  (context) =>
    combinePart(options({ by, aggregates }), context);

const finalWith =
  (call: Call): MakeOperator =>
  (context) =>
    new CombineParts(options(call), context);

/** The lines of several streams as `tm source --format stream` reads them: one header, all events, one end. */
function joined(streams: readonly string[]): string {
  const lines = streams.flatMap((text) => text.trimEnd().split('\n'));
  const isMarker = (line: string): boolean => line.startsWith('{"@') && !line.startsWith('{"@t"');
  const events = lines.filter((line) => !isMarker(line));
  return [lines[0], ...events, '{"@watermark":"end"}', '{"@end":"drained"}', ''].join('\n');
}

/** The result of combining the events of each part by itself, and these partial results then. */
async function inParts(
  call: Call,
  parts: readonly (readonly Item[])[],
  feeding: Feeding = WHOLE,
): Promise<string> {
  const streams: string[] = [];
  for (const part of parts) streams.push(output(await run(partWith(call), printItems(part), feeding)));
  return output(await run(finalWith(call), joined(streams), feeding));
}

/** Streams without a watermark before their end, of which nothing is late. */
const complete = stamped.map((items): Item[] => [
  ...items.filter(({ kind }) => kind === 'stream' || kind === 'event'),
  ...drained,
]);

/** Parts of a stream, each a stream. */
const cutInto = (items: readonly Item[], bounds: readonly number[]): Item[][] => {
  const events = items.slice(1, -drained.length);
  const all = [0, ...bounds.map((bound) => bound % (events.length + 1)).sort((a, b) => a - b), events.length];
  return all.slice(1).map((to, i) => [items[0]!, ...events.slice(all[i], to), ...drained]);
};

const onlyEvents = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('{"@t"'));

describe('combine in parts', () => {
  it('gives what one combine gives, however the stream was cut into parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(complete),
        calls,
        fc.array(fc.nat(60), { maxLength: 4 }),
        feedings,
        async (items, call, bounds, feeding) => {
          const merged = await inParts(call, cutInto(items, bounds), feeding);
          const expected = combine(items, referenceCall(call));
          expect(onlyEvents(merged)).toEqual(onlyEvents(printItems(expected.main)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same for events dealt to parts at random, where nothing depends on the order of equal times', async () => {
    const call: Call = {
      by: ['k'],
      aggregates: ['n = count', 'total = sum(v)', 'average = mean(v)', 'p = quantile(v, 0.9)', 'd = set(s)'],
    };
    await fc.assert(
      fc.asyncProperty(
        shown(complete),
        fc.array(fc.nat(2), { minLength: 50, maxLength: 50 }),
        async (items, dealt) => {
          const events = items.slice(1, -drained.length);
          const parts = [0, 1, 2].map((part) => [
            items[0]!,
            ...events.filter((_, i) => dealt[i] === part),
            ...drained,
          ]);
          const merged = await inParts(call, parts);
          expect(onlyEvents(merged)).toEqual(
            onlyEvents(printItems(combine(items, referenceCall(call)).main)),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives what one combine gives of sketches too, which do not show the order of events', async () => {
    const call: Call = {
      by: ['k'],
      aggregates: ['q = approx_quantile(v, 0.5)', 'd = approx_distinct(s)', 't = approx_topk(s, 2)'],
    };
    await fc.assert(
      fc.asyncProperty(shown(complete), fc.array(fc.nat(60), { maxLength: 4 }), async (items, bounds) => {
        const whole = output(await run(combineWith(call), printItems(items)));
        expect(onlyEvents(await inParts(call, cutInto(items, bounds)))).toEqual(onlyEvents(whole));
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['fixed', fixed(10)],
    ['sliding', sliding(10, 5)],
    ['session', session(10)],
    ['global', GLOBAL_WINDOW],
  ])('ends in a stream like that of one combine: %s windows', async (_kind, window) => {
    const call: Call = { by: ['k'], aggregates: ['n = count', 'first = first(v)'] };
    const text = stream(window, ev(1, '"k":1,"v":1'), ev(12, '"k":1,"v":2'), ev(7, '"k":1.0,"v":3'));
    const part = output(await run(partWith(call), text));
    expect(brief(part).every((line) => /"n":\d+,"first":\[\d+,\d\]/.test(line))).toBe(true);
    const merged = output(await run(finalWith(call), part)).split('\n');
    const whole = output(await run(combineWith(call), text)).split('\n');
    expect(merged.slice(1)).toEqual(whole.slice(1));
    expect(merged[0]).toBe(whole[0]!.replace('"combine"', '"combine","combine"'));
  });

  it('may be done in one process, as partial results of small windows that are merged in larger ones', async () => {
    const call: Call = { by: ['k'], aggregates: ['p = quantile(v, 0.5)', 'first = first(v)'] };
    const events = [3, 1, 4, 1, 5, 9, 2, 6].map((value, i) => ev(i * 4, `"k":${i % 2},"v":${value}`));
    const larger: MakeOperator = (context) => new Window(fixedWindows(20_000, 0), context);
    const merged = await run([partWith(call), larger, finalWith(call)], stream(fixed(5), ...events, wm(21)));
    const whole = await run(combineWith(call), stream(fixed(20), ...events, wm(21)));
    expect(brief(output(merged))).toEqual(brief(output(whole)));
  });

  it('merges sessions of the parts where they overlap, and only there', async () => {
    const call: Call = { by: ['k'], aggregates: ['n = count', 'all = list(v)'] };
    const part = (...events: Item[]): Promise<string> =>
      run(partWith(call), stream(session(10), ...events)).then(output);
    const parts = [
      await part(ev(0, '"k":1,"v":"a"'), ev(15, '"k":1,"v":"b"'), ev(40, '"k":1,"v":"c"')),
      await part(ev(8, '"k":1,"v":"d"'), ev(50, '"k":1,"v":"e"'), ev(8, '"k":2,"v":"f"')),
    ];
    expect(brief(output(await run(finalWith(call), joined(parts))))).toEqual([
      '17.999 [8,18) "k":2,"n":1,"all":["f"]',
      '24.999 [0,25) "k":1,"n":3,"all":["a","d","b"]',
      '49.999 [40,50) "k":1,"n":1,"all":["c"]',
      '59.999 [50,60) "k":1,"n":1,"all":["e"]',
    ]);
  });

  const COUNT: Call = { by: ['k'], aggregates: ['n = count', 's = sum(v)'] };
  const partOfCount = async (): Promise<string> =>
    output(await run(partWith(COUNT), stream(fixed(10), ev(1, '"k":1,"v":2'))));

  it('refuses partial results where results or events are wanted, and the other way round', async () => {
    const partial = await partOfCount();
    await expect(run(combineWith(COUNT), partial)).rejects.toThrow('the events are partial results');
    await expect(run(partWith(COUNT), partial)).rejects.toThrow('the events are partial results');
    await expect(run(finalWith(COUNT), stream(fixed(10), ev(1)))).rejects.toThrow(
      'the events are no partial results',
    );
    await expect(run(finalWith(COUNT), '{"@t":"2026-03-14T10:00:00Z","n":1}\n')).rejects.toThrow(
      'the events are no partial results',
    );
  });

  it('refuses partial results that were made with other arguments, and says with which', async () => {
    const partial = await partOfCount();
    for (const other of [
      { by: ['k'], aggregates: ['n = count'] },
      { by: [], aggregates: COUNT.aggregates },
      { by: ['k'], aggregates: ['n = count', 's = mean(v)'] },
      { by: ['k'], aggregates: ['n = count(v)', 's = sum(v)'] },
    ]) {
      const failed = run(finalWith(other), partial);
      await expect(failed).rejects.toThrow('the partial results were made with other arguments');
      await expect(failed).rejects.toMatchObject({ hint: "they are --by k 'n = count()' 's = sum(v)'" });
    }
  });

  it('names the line and the member where something else stands than a partial result', async () => {
    const partial = await partOfCount();
    await expect(run(finalWith(COUNT), partial.replace('[1,2,0]', '2'))).rejects.toMatchObject({
      message: 's is no partial result: 2',
      line: 2,
    });
    await expect(run(finalWith(COUNT), partial.replace('"n":1,', ''))).rejects.toMatchObject({
      message: 'there is no partial result n',
      line: 2,
    });
  });
});
