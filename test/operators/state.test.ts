import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { parsePaths } from '../../src/json/path.ts';
import { CombineParts, combinePart } from '../../src/operators/combine-in-parts.ts';
import { Dedup } from '../../src/operators/dedup.ts';
import type { Operator } from '../../src/operators/operator.ts';
import { encodeSnapshot, SavedSnapshot } from '../../src/state/snapshot-file.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import type { Windowing } from '../../src/stream/marker.ts';
import { type Item, printItems } from '../reference/stream.ts';
import { stampWindows } from '../reference/windows.ts';
import { type Call, calls, combineOptions, combineWith } from './combine-calls.ts';
import { type Feeding, feedings, type MakeOperator, type Outcome, output, run } from './harness.ts';
import { type Barrier, barriers, stopping, withBarriers } from './stopping.ts';
import { drained, event, header, shown, stamped, windowKinds } from './streams.ts';

const dedup =
  (by: string, within?: number): MakeOperator =>
  (context) =>
    new Dedup({ by: parsePaths(by), within }, context);

const places = fc.array(fc.nat(60), { minLength: 1, maxLength: 6 });

/** Streams with barriers among their items. */
const withStops = fc.tuple(stamped, places).map(([items, at]) => withBarriers(items, at));

/** What was put out and counted: what is told may differ, as each run tells of itself. */
const given = ({ outputs, counters }: Outcome): unknown => ({
  outputs: new Map([...outputs].sort()),
  counters: new Map([...counters].sort()),
});

/** Long streams of many keys, of which few have events between two barriers. */
const long: fc.Arbitrary<Item[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(60), fc.integer({ min: -12, max: 14 }), fc.integer({ min: 0, max: 30 })), {
      minLength: 60,
      maxLength: 200,
      size: 'max',
    }),
    windowKinds,
    fc.integer({ min: 3, max: 40 }),
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom(4, 15, 61),
  )
  .map(([drawn, window, every, delay, keys]) => {
    let watermark = -Infinity;
    const items = drawn.flatMap(([drawnKey, shift, value], i): Item[] => {
      const key = drawnKey % keys;
      const time = i + shift;
      const one = event(time, `"k":${key},"v":${value},"s":"${key % 7}","o":{"id":${value % 3}}`);
      if (i % every === every - 1) return [one, { kind: 'barrier', epoch: i }];
      if (value > 3 || i - delay <= watermark) return [one];
      watermark = i - delay;
      return [one, { kind: 'watermark', time: watermark }];
    });
    return stampWindows([header(), ...items, ...drained], window);
  });

async function expectSame(
  make: MakeOperator,
  items: readonly Item[],
  at: readonly Barrier[],
  feeding: Feeding,
): Promise<void> {
  const text = printItems(items);
  expect(given(await run(stopping(make, at), text, feeding))).toEqual(given(await run(make, text, feeding)));
}

describe('combine', () => {
  it('goes on from its snapshots as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(shown(withStops), calls, barriers, feedings, async (items, call, at, feeding) => {
        await expectSame(combineWith(call), items, at, feeding);
      }),
      { numRuns: 400 },
    );
  });

  it('goes on from what changed among many groups', async () => {
    await fc.assert(
      fc.asyncProperty(shown(long), calls, barriers, feedings, async (items, call, at, feeding) => {
        await expectSame(combineWith(call), items, at, feeding);
      }),
      { numRuns: 200 },
    );
  });

  it('goes on with partial results, and with merging these', async () => {
    await fc.assert(
      fc.asyncProperty(shown(withStops), calls, barriers, feedings, async (items, call, at, feeding) => {
        const part: MakeOperator = (context) => combinePart(combineOptions({ ...call, order: [] }), context);
        await expectSame(part, items, at, feeding);
        const final: MakeOperator = (context) => new CombineParts(combineOptions(call), context);
        const parts = output(await run(part, printItems(items), feeding));
        const outcome = await run(stopping(final, at), parts, feeding);
        expect(given(outcome)).toEqual(given(await run(final, parts, feeding)));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the aggregates that are asked for before and behind, whatever others come and go', async () => {
    const before: Call = { by: ['k'], aggregates: ['n = count', 'all = list(s)', 'greatest = max(k)'] };
    const after: Call = { by: ['k'], aggregates: ['greatest = max(k)', 'later = last(v)', 'n = count'] };
    await fc.assert(
      fc.asyncProperty(shown(withStops), barriers, feedings, async (items, at, feeding) => {
        const text = printItems(items);
        const changed = await run(stopping(combineWith(before), at, combineWith(after)), text, feeding);
        expect(common(output(changed))).toEqual(common(output(await run(combineWith(after), text, feeding))));
      }),
      { numRuns: 200 },
    );
  });

  it('begins an aggregate empty that was added, also where another of its name was before', async () => {
    const change = stopping(
      combineWith({ by: ['k'], aggregates: ['n = count', 'v = sum(v)'] }),
      [{ all: false, stops: true }],
      combineWith({ by: ['k'], aggregates: ['v = list(v)', 'n = count'] }),
    );
    const text = [
      '{"@t":"2026-01-01T00:00:01.000Z","k":1,"v":1}',
      '{"@t":"2026-01-01T00:00:02.000Z","k":2,"v":2}',
      '{"@barrier":1}',
      '{"@t":"2026-01-01T00:00:03.000Z","k":1,"v":4}',
      '{"@barrier":2}',
      '{"@t":"2026-01-01T00:00:04.000Z","k":1,"v":5}',
      '{"@watermark":"end"}',
      '{"@end":"drained"}',
      '',
    ].join('\n');
    const header = '{"@stream":{"version":1,"commands":["source"],"bounded":true}}\n';
    const results = output(await run(change, header + text))
      .split('\n')
      .filter((line) => line.startsWith('{"@t"'));
    expect(results).toEqual([
      '{"@t":"2026-01-01T00:00:04.000Z","k":1,"v":[4,5],"n":3}',
      '{"@t":"2026-01-01T00:00:02.000Z","k":2,"v":[],"n":1}',
    ]);
  });
});

/** The lines of a stream, of its events what both calls give. */
const common = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { all: _all, later: _later, ...members } = JSON.parse(line) as Record<string, unknown>;
      const { schema: _schema, ...header } = (members['@stream'] ?? {}) as Record<string, unknown>;
      return '@stream' in members ? header : members;
    });

describe('dedup', () => {
  const dedups = fc.constantFrom(dedup('k'), dedup('k,o.id'), dedup('k', 2000), dedup('k', 1), dedup('s', 7));

  it('goes on from its snapshots as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(shown(withStops), dedups, barriers, feedings, async (items, make, at, feeding) => {
        await expectSame(make, items, at, feeding);
      }),
      { numRuns: 400 },
    );
  });

  it('goes on from what changed among many keys', async () => {
    const many = fc.constantFrom(dedup('k'), dedup('k', 1), dedup('k', 9), dedup('k', 40));
    await fc.assert(
      fc.asyncProperty(shown(long), many, barriers, feedings, async (items, make, at, feeding) => {
        await expectSame(make, items, at, feeding);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a snapshot', () => {
  const made = fc.oneof(calls.map(combineWith), fc.constantFrom(dedup('k'), dedup('k', 2000)));

  /** The snapshots of an operator at the barriers of a stream, and the header before them. */
  async function snapshotsOf(make: MakeOperator, items: readonly Item[]): Promise<Buffer[]> {
    const saved: Buffer[] = [];
    const saving: MakeOperator = (context) => {
      const operator = make(context);
      return {
        onBatch: (input, batch) => operator.onBatch(input, batch),
        onMarker: (input, marker) => {
          if (marker.kind === 'barrier')
            saved.push(Buffer.concat(encodeSnapshot(operator.state!, saved.length === 0)));
          if (marker.kind === 'stream') operator.state!.track();
          return operator.onMarker(input, marker);
        },
      };
    };
    await run(saving, printItems(items));
    return saved;
  }

  const alone = (make: MakeOperator): Operator =>
    make({
      emit: () => undefined,
      emitMarker: () => undefined,
      connected: () => false,
      notice: () => {},
      count: () => {},
    });

  it('that was cut off or damaged is refused, or read, but never breaks anything', async () => {
    await fc.assert(
      fc.asyncProperty(
        shown(withStops),
        made,
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.option(fc.nat(), { nil: undefined }),
        async (items, make, which, changes, cut) => {
          const saved = await snapshotsOf(make, items);
          if (saved.length === 0) return;
          const index = which % saved.length;
          const bytes = Buffer.from(saved[index]!);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const damaged = cut === undefined ? bytes : bytes.subarray(0, cut % bytes.length);
          const operator = alone(make);
          operator.onMarker(0, { kind: 'stream', header: PLAIN_HEADER });
          try {
            operator.state!.restore(new SavedSnapshot(saved.with(index, damaged)));
          } catch (error) {
            expect(error).toBeInstanceOf(TidemarkError);
            expect((error as TidemarkError).code).toBe('failed');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that was cut off is always refused', async () => {
    await fc.assert(
      fc.asyncProperty(shown(withStops), made, fc.nat(), async (items, make, cut) => {
        const [bytes] = await snapshotsOf(make, items);
        if (bytes === undefined) return;
        const operator = alone(make);
        operator.onMarker(0, { kind: 'stream', header: PLAIN_HEADER });
        expect(() =>
          operator.state!.restore(new SavedSnapshot([bytes.subarray(0, cut % bytes.length)])),
        ).toThrow(TidemarkError);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the shape of state', () => {
  const shaped = (make: MakeOperator, windowing: Windowing): Operator => {
    const operator = make({
      emit: () => undefined,
      emitMarker: () => undefined,
      connected: () => false,
      notice: () => {},
      count: () => {},
    });
    operator.onMarker(0, { kind: 'stream', header: { ...PLAIN_HEADER, windowing } });
    return operator;
  };
  const minute: Windowing = { kind: 'fixed', size: 60_000, offset: 0 };
  const hour: Windowing = { kind: 'sliding', size: 3_600_000, every: 60_000, offset: -5_000 };

  it('names the key, the windows and the aggregates as they were given', () => {
    const call: Call = { by: ['status', 'path'], aggregates: ['n = count', 'p = quantile(bytes, 0.95)'] };
    expect(shaped(combineWith(call), hour).state!.shape).toEqual({
      n: 'count()',
      p: 'quantile(bytes, 0.95)',
      '--by': 'status,path',
      'tm window': 'sliding 1h --every 1m --offset -5s',
    });
    expect(shaped(dedup('id', 90_000), hour).state!.shape).toEqual({ '--by': 'id', '--within': '1m30s' });
    expect(shaped(dedup('id'), minute).state!.shape).toEqual({ '--by': 'id', 'tm window': 'fixed 1m' });
  });

  it('refuses a changed key and changed windows', () => {
    const saved = shaped(combineWith({ by: ['status'], aggregates: ['n = count'] }), minute).state!.shape;
    const now = shaped(combineWith({ by: [], aggregates: ['n = count'] }), hour).state!;
    expect(now.compare(saved)).toEqual({
      refused: [
        '--by was status and is not given',
        'tm window was fixed 1m and is sliding 1h --every 1m --offset -5s',
      ],
      added: [],
      lost: [],
    });
    const within = shaped(dedup('id', 60_000), minute).state!.shape;
    expect(shaped(dedup('id', 30_000), minute).state!.compare(within).refused).toEqual([
      '--within was 1m and is 30s',
    ]);
  });

  it('tells which aggregates begin empty, and which are given up', () => {
    const saved = shaped(combineWith({ by: ['k'], aggregates: ['n = count', 'v = min(v)'] }), minute).state!
      .shape;
    const now = shaped(combineWith({ by: ['k'], aggregates: ['v = max(v)', 'n = count'] }), minute).state!;
    expect(now.compare(saved)).toEqual({ refused: [], added: ['v = max(v)'], lost: ['v = min(v)'] });
  });
});
