import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Merge } from '../../src/operators/merge.ts';
import type { Operator } from '../../src/operators/operator.ts';
import { InputGate, type InputOrder } from '../../src/runtime/input-gate.ts';
import { mergedHeader } from '../../src/stream/merged-header.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';
import { type Feeding, feedings, run, WHOLE } from '../operators/harness.ts';
import { type HeldSnapshot, Killed, keeping } from '../operators/resuming.ts';
import { event, header } from '../operators/streams.ts';
import { mergeItems, withBarriers } from '../reference/merge.ts';
import { type Item, printItems, type StreamItem, withCommand } from '../reference/stream.ts';

/** How an input is brought: in which pieces, and how long each waits. */
interface Bringing {
  readonly feeding: Feeding;
  /** Turns of the event loop before each batch and marker, used in turn. */
  readonly turns: readonly number[];
}

const AT_ONCE: Bringing = { feeding: WHOLE, turns: [0] };

const bringings: fc.Arbitrary<Bringing> = fc.record({
  feeding: feedings,
  turns: fc.array(fc.constantFrom(0, 0, 1, 3), { minLength: 1, maxLength: 4 }),
});

const until = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
};

interface Merging {
  readonly order?: InputOrder;
  /** Drives the operator with the state of the inputs. */
  readonly driven?: (operator: Operator) => Operator;
}

/** Merges texts of streams; gives what was written and told. */
async function merge(
  texts: readonly string[],
  bringing: readonly Bringing[],
  { order, driven = (operator) => operator }: Merging = {},
): Promise<{ output: string; notices: string[] }> {
  const out = new ByteWriter(64);
  const printer = new StreamPrinter();
  const notices: string[] = [];
  const gate = new InputGate({
    names: texts.map((_, input) => `input ${input + 1}`),
    order,
    mixed: true,
    header: mergedHeader,
    onWait: () => {},
    onExhausted: () => {},
    notice: (message) => notices.push(message),
  });
  const operator = new Merge({
    emit: (_output, batch) => {
      printer.printBatch(batch, out);
      // What follows may change it.
      batch.kind.fill(7, 0, batch.rows);
      return undefined;
    },
    emitMarker: (_output, marker) => {
      printer.printMarker(marker, out);
      return undefined;
    },
    connected: () => true,
    notice: () => {},
    count: () => {},
  });
  const { state } = gate;
  gate.open(
    driven({
      state,
      onBatch: (input, batch) => operator.onBatch(input, batch),
      onMarker: (input, marker) => operator.onMarker(input, marker),
    }),
  );
  const brought = texts.map(async (text, input) => {
    const { feeding, turns } = bringing[input % bringing.length]!;
    let turn = 0;
    const pace = (): Promise<void> => until(turns[turn++ % turns.length]!);
    const bring = (): Operator => ({
      onBatch: async (_input, batch) => {
        await pace();
        await gate.input(input).emit(batch);
      },
      onMarker: async (_input, marker) => {
        await pace();
        await gate.input(input).emitMarker(marker);
      },
    });
    await run(bring, text, feeding).catch((error) => gate.fail(error));
  });
  try {
    await gate.run();
  } finally {
    gate.stop();
    await Promise.all(brought);
    gate.release();
  }
  return { output: out.toString(), notices };
}

const SECOND = 1000;

const item: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(30), fc.nat(99)).map(([at, id]) => event(at * SECOND, `"id":${id}`)),
  },
  { weight: 5, arbitrary: fc.nat(30).map((at): Item => ({ kind: 'watermark', time: at * SECOND })) },
  { weight: 1, arbitrary: fc.nat(30).map((at): Item => ({ kind: 'tick', time: at * SECOND })) },
  { weight: 1, arbitrary: fc.constant<Item>({ kind: 'idle' }) },
);

const HEADER = header() as StreamItem;

const stream: fc.Arbitrary<Item[]> = fc
  .tuple(fc.array(item, { maxLength: 25 }), fc.constantFrom('drained', 'drained', 'drained', 'suspended'))
  .map(([items, reason]) => [
    HEADER,
    ...items,
    ...(reason === 'drained' ? [{ kind: 'watermark', time: Infinity } as const] : []),
    { kind: 'end', reason },
  ]);

const streams = fc.array(stream, { minLength: 1, maxLength: 4 });
const paces = fc.array(bringings, { minLength: 4, maxLength: 4 });
const merged = (inputs: readonly Item[][], keeps = false): string =>
  printItems(mergeItems(inputs, withCommand(HEADER, 'merge'), keeps));

describe('several inputs', () => {
  it('are taken by watermark as the reference takes them, however they are cut and brought', async () => {
    await fc.assert(
      fc.asyncProperty(streams, paces, async (inputs, bringing) => {
        const { output } = await merge(inputs.map(printItems), bringing);
        expect(output).toBe(merged(inputs));
      }),
      { numRuns: 400 },
    );
  });

  it('keep many rows of one input together', async () => {
    const many = (from: number): Item[] => [
      HEADER,
      ...Array.from({ length: 900 }, (_, i) =>
        i % 300 === 299
          ? ({ kind: 'watermark', time: (from + i) * SECOND } as const)
          : event((from + i) * SECOND, `"i":${i}`),
      ),
      { kind: 'watermark', time: Infinity },
      { kind: 'end', reason: 'drained' },
    ];
    const inputs = [many(0), many(150), many(7)];
    const { output } = await merge(inputs.map(printItems), [AT_ONCE]);
    expect(output).toBe(merged(inputs));
  });

  it('never let the watermark go back, nor write what contradicts it unless an input did or was idle', async () => {
    const unidle = streams.map((inputs) =>
      inputs.map((items) => items.filter(({ kind }) => kind !== 'idle' && kind !== 'tick')),
    );
    await fc.assert(
      fc.asyncProperty(
        unidle,
        paces,
        fc.constantFrom('watermark', 'arrival'),
        async (inputs, bringing, order) => {
          const { output } = await merge(inputs.map(printItems), bringing, { order: order as InputOrder });
          const late = (text: string): number => {
            let watermark = -Infinity;
            let count = 0;
            for (const line of text.trimEnd().split('\n')) {
              const { '@watermark': mark, '@t': time } = JSON.parse(line);
              if (mark !== undefined) {
                const next = mark === 'end' ? Infinity : Date.parse(mark);
                watermark = Math.max(watermark, next);
              } else if (time !== undefined && Date.parse(time) < watermark) count++;
            }
            return count;
          };
          expect(late(output)).toBeLessThanOrEqual(
            inputs.reduce((sum, items) => sum + late(printItems(items)), 0),
          );
          const marks = [...output.matchAll(/"@watermark":"(.*?)"/g)].map(([, mark]) => mark!);
          expect(marks).toEqual([...new Set(marks)].sort());
          const events = (text: string): string[] => text.split('\n').filter((line) => line.includes('"@t"'));
          expect(events(output).sort()).toEqual(inputs.flatMap((items) => events(printItems(items))).sort());
        },
      ),
      { numRuns: 200 },
    );
  });

  it('give one barrier when all have had it, and the same lines as without barriers', async () => {
    await fc.assert(
      fc.asyncProperty(epochs, paces, async ({ inputs, kept }, bringing) => {
        const { output } = await merge(kept.map(printItems), bringing, {
          driven: (operator) => keeping(operator, undefined, () => {}),
        });
        const barriers = [...output.matchAll(/"@barrier":(\d+)/g)].map(([, epoch]) => Number(epoch));
        expect(barriers).toEqual(barriers.map((_, index) => index + 1));
        expect(plain(output)).toBe(plain(merged(inputs, true)));
      }),
      { numRuns: 200 },
    );
  });

  it('go on behind any barrier as if they had not been stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        epochs,
        fc.integer({ min: 1, max: 3 }),
        paces,
        async ({ inputs, kept }, stop, bringing) => {
          let snapshot: HeldSnapshot | undefined;
          let first = '';
          const lines: string[] = [];
          const printing = (operator: Operator): Operator => operator;
          await merge(kept.map(printItems), bringing, {
            driven: (operator) =>
              keeping(printing(operator), undefined, (epoch, saved) => {
                if (epoch !== stop) return;
                snapshot = saved;
                throw new Killed();
              }),
          }).catch((error) => {
            if (!(error instanceof Killed)) throw error;
          });
          const whole = await merge(kept.map(printItems), bringing, {
            driven: (operator) => keeping(operator, undefined, () => {}),
          });
          first = whole.output.slice(0, whole.output.indexOf(`{"@barrier":${stop}}`));
          lines.push(first);
          const behind = kept.map((items) => [
            items[0]!,
            ...items.slice(items.findIndex((one) => one.kind === 'barrier' && one.epoch === stop) + 1),
          ]);
          const { output } = await merge(behind.map(printItems), bringing, {
            driven: (operator) => keeping(operator, snapshot, () => {}),
          });
          lines.push(output.slice(output.indexOf('\n') + 1));
          expect(plain(lines.join(''))).toBe(plain(merged(inputs, true)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('by arrival wait behind a barrier until all have had it', async () => {
    await fc.assert(
      fc.asyncProperty(epochs, paces, async ({ kept }, bringing) => {
        const { output } = await merge(kept.map(printItems), bringing, {
          order: 'arrival',
          driven: (operator) => keeping(operator, undefined, () => {}),
        });
        const parts = (text: string): string[][] =>
          text.split(/\{"@barrier":\d+\}\n/).map((part) =>
            part
              .split('\n')
              .filter((line) => line.includes('"@t"'))
              .sort(),
          );
        const each = kept.map((items) => parts(printItems(items)));
        const together = each[0]!.map((_, part) => each.flatMap((one) => one[part]!).sort());
        expect(parts(output)).toEqual(together);
      }),
      { numRuns: 150 },
    );
  });

  it('tell once that the order is that of arrival, where one of them has no end', async () => {
    const endless = printItems([header(false), { kind: 'end', reason: 'suspended' }]);
    const bounded = printItems([
      header(),
      { kind: 'watermark', time: Infinity },
      { kind: 'end', reason: 'drained' },
    ]);
    const { notices, output } = await merge([bounded, endless], [AT_ONCE]);
    expect(notices).toEqual([
      'input 2 has no end: lines are taken as they come, in an order that another run need not repeat',
    ]);
    expect(output).toContain('"bounded":false');
    expect(output).toContain('{"@end":"suspended"}');
    expect((await merge([bounded, endless], [AT_ONCE], { order: 'watermark' })).notices).toEqual([]);
  });

  it('wait for the first tick of an input whose header says that it ticks', async () => {
    const ticking = (ticks: object, ...times: number[]): string =>
      printItems([
        { kind: 'stream', header: { ...HEADER.header, ...ticks } },
        ...times.map((time) => ({ kind: 'tick' as const, time: time * SECOND })),
        { kind: 'end', reason: 'suspended' },
      ]);
    const ticksOf = async (...texts: string[]): Promise<string[]> => {
      const { output } = await merge(texts, [AT_ONCE]);
      return [...output.matchAll(/"@tick":"1970-01-01T00:00:(\d+)/g)].map(([, second]) => second!);
    };
    expect(await ticksOf(ticking({ ticks: 'PT1S' }, 5, 9), ticking({ ticks: 'PT1S' }, 3, 4, 8))).toEqual([
      '03',
      '04',
      '08',
    ]);
    expect(await ticksOf(ticking({}, 5, 9), ticking({}))).toEqual(['05', '09']);
  });

  it('refuse barriers of different epochs', async () => {
    const [one, two] = [1, 2].map((epoch) =>
      printItems([KEPT, { kind: 'barrier', epoch }, { kind: 'end', reason: 'suspended' }]),
    );
    await expect(merge([one!, two!], [AT_ONCE])).rejects.toThrow(
      'input 2 has the barrier of epoch 2 where others have that of 1',
    );
  });
});

const STATE = { directory: '/state', id: 'x', attempt: 1, epoch: 0, stages: [] };
const KEPT: StreamItem = { kind: 'stream', header: { ...HEADER.header, state: STATE } };

/** Inputs, and the same with three barriers in each, as a source that keeps state would have put them there. */
const epochs = fc
  .tuple(
    streams,
    fc.array(fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([inputs, places]) => ({
    inputs,
    kept: inputs.map(([_, ...items], input) => {
      const kept = withBarriers([KEPT, ...items], places[input]!);
      return kept.toSpliced(-1, 0, { kind: 'barrier', epoch: 4, last: true });
    }),
  }));

/** Without barriers, headers, and what of the end depends on the run. */
const plain = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('{"@barrier"') && !line.startsWith('{"@stream"'))
    .join('\n');
