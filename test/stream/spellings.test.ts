import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feedings, identity, output, run, WHOLE } from '../operators/harness.ts';
import { header, shown, stamped } from '../operators/streams.ts';
import { type Item, printItems } from '../reference/stream.ts';

/** How a line is spelled: metadata first or last, spaces or none, another form of the time, line ends. */
interface Spelling {
  readonly order: 'first' | 'last' | 'around';
  readonly spaces: boolean;
  readonly time: 'ours' | 'number' | 'offset' | 'micros' | 'escaped';
  readonly carriageReturn: boolean;
  readonly blankBehind: boolean;
}

const OURS: Spelling = {
  order: 'first',
  spaces: false,
  time: 'ours',
  carriageReturn: false,
  blankBehind: false,
};

const spelling: fc.Arbitrary<Spelling> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(OURS) },
  {
    weight: 3,
    arbitrary: fc.record({
      order: fc.constantFrom('first', 'last', 'around'),
      spaces: fc.boolean(),
      time: fc.constantFrom('ours', 'number', 'offset', 'micros', 'escaped'),
      carriageReturn: fc.boolean(),
      blankBehind: fc.boolean(),
    }),
  },
);

function respelledTime(time: string, how: Spelling['time']): string {
  const ms = Date.parse(time);
  switch (how) {
    case 'number':
      return `"@t":${ms}`;
    case 'offset':
      return ms < -62_135_500_000_000
        ? `"@t":"${time}"`
        : `"@t":"${new Date(ms - 19_800_000).toISOString().slice(0, -1)}-05:30"`;
    case 'micros':
      return `"@t":"${time.slice(0, -1)}999Z"`;
    case 'escaped':
      return `"\\u0040t":"${time}"`;
    default:
      return `"@t":"${time}"`;
  }
}

/** The same line by another program. */
function respelled(line: string, how: Spelling): string {
  const end = `${how.carriageReturn ? '\r' : ''}\n${how.blankBehind ? ' \n' : ''}`;
  const parts = /^\{"@t":"([^"]*)"(,"@w":"[^"]*")?(,.*)?\}$/.exec(line);
  if (parts === null) return line + end;
  const time = respelledTime(parts[1]!, how.time);
  const window = parts[2]?.slice(1);
  const members = parts[3]?.slice(1);
  const ordered = {
    first: [time, window, members],
    last: [members, window, time],
    around: [time, members, window],
  }[how.order].filter((part) => part !== undefined);
  return how.spaces ? ` { ${ordered.join(' ,\t')} }${end}` : `{${ordered.join(',')}}${end}`;
}

const spellings = fc.array(spelling, { minLength: 1, maxLength: 12 });

const respelledStream = (items: readonly Item[], how: readonly Spelling[]): string =>
  printItems(items)
    .trimEnd()
    .split('\n')
    .map((line, i) => respelled(line, how[i % how.length]!))
    .join('');

describe('a stream', () => {
  it('is printed as it was read, byte for byte, when it is laid out as we write it', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, async (items, feeding) => {
        expect(output(await run(identity, printItems(items), feeding))).toBe(printItems(items));
      }),
      { numRuns: 200 },
    );
  });

  it('is read alike however its lines are spelled and cut', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), spellings, feedings, async (items, how, feeding) => {
        const read = await run(identity, respelledStream(items, how), feeding);
        expect(output(read)).toBe(printItems(items));
      }),
      { numRuns: 300 },
    );
  });

  it('does not show block boundaries, whatever bytes its lines hold', async () => {
    const metadata = [
      '"@t":"1970-01-01T00:00:01.000Z"',
      '"@t":7',
      '"@t":"1970-01-01T00:00:01Z"',
      '"@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z"',
      '"@w":"1970-01-01T00:00:01.000Z/PT3S"',
      '"@pane":{"index":1}',
      '"a":"@w"',
      '"x@w":1',
      '"a":{"@w":1,"@pane":2}',
      '"b": "\\"@w\\":"',
      '"é":"\\u0040w"',
      ' "c" : [1, 2]',
    ];
    const line = fc
      .tuple(
        fc.boolean(),
        fc.array(fc.constantFrom(...metadata), { maxLength: 5 }),
        fc.constantFrom(',', ', '),
      )
      .map(([timed, members, comma]) => `{${[...(timed ? [metadata[0]!] : []), ...members].join(comma)}}`);
    const lines = fc.array(fc.oneof({ weight: 9, arbitrary: line }, fc.constantFrom('', '{"@idle":true}')), {
      maxLength: 20,
    });
    const outcomeOf = (text: string, feeding = WHOLE): Promise<unknown> =>
      run(identity, text, feeding).then(output, ({ message, code, line: at, column }) => ({
        message,
        code,
        at,
        column,
      }));
    await fc.assert(
      fc.asyncProperty(lines, feedings, fc.boolean(), async (drawn, feeding, marked) => {
        const text = `${marked ? printItems([header()]) : ''}${drawn.map((one) => `${one}\n`).join('')}${
          marked ? '{"@end":"drained"}\n' : ''
        }`;
        expect(await outcomeOf(text, feeding)).toEqual(await outcomeOf(text));
      }),
      { numRuns: 500 },
    );
  });
});
