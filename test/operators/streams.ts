import fc from 'fast-check';
import { parseMembers } from '../reference/json.ts';
import { type EventItem, GLOBAL, type Item, printItems } from '../reference/stream.ts';
import { stampWindows, type WindowKind } from '../reference/windows.ts';

/** A stream and the windows that its events are to be stamped with. */
export interface Generated {
  /** Events in the global window, with true and untrue watermarks, which never go back. */
  readonly items: readonly Item[];
  readonly window: WindowKind;
}

export const header = (bounded = true): Item => ({
  kind: 'stream',
  header: {
    version: 1,
    commands: ['source'],
    bounded,
    watermark: { delay: 'PT5S', every: 'PT1S' },
    windowing: { kind: 'global' },
    branch: '',
  },
});

export const drained: readonly Item[] = [
  { kind: 'watermark', time: Infinity },
  { kind: 'end', reason: 'drained' },
];

export const event = (time: number, members: string): EventItem => ({
  kind: 'event',
  time,
  windows: GLOBAL,
  members: parseMembers(members),
});

/** Values that are often equal, and often so in another spelling. */
const keyText = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('1', '2', '"a"', '"b"') },
  { weight: 3, arbitrary: fc.constantFrom('1.0', '1e0', '10e-1', '"\\u0061"', '0', '-0', '0.0') },
  { weight: 1, arbitrary: fc.constantFrom('null', 'true', 'false', '""', '"é"', '"\\u00E9"', '"\\ud83d"') },
  { weight: 1, arbitrary: fc.constantFrom('"😀"', '"\\ud83d\\ude00"', '"\uffff"', '"a\\/b"', '"a/b"') },
  { weight: 1, arbitrary: fc.constantFrom('[1]', '[1.0]', '{"x":1}', '{"x":[1, 2]}', '1e400', '1E400') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('9007199254740992', '9007199254740993', '9007199254740993.0', '1e23', '-5'),
  },
);

const valueText = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -9, max: 99 }).map(String) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('0.1', '1.50', '-2e-3', '1e300', 'null', '100000000000000000000'),
  },
);

const noNumber = fc.constantFrom('"7"', 'true', '[]', '1e999');
const otherText = fc.constantFrom('"x"', '3', '3.0', 'null', '{"k":1}', '"\\"k\\":1"', '[{"k":2}]', 'false');

const optional = (text: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc.option(text, { nil: undefined, freq: 6 });

/** Members in one of several orders, some missing, some twice, some named with escapes. */
export const membersText = fc
  .tuple(
    optional(keyText).map((text) => text && `"k":${text}`),
    fc.oneof(
      optional(fc.constantFrom('1', '2', '"a"')).map((text) => text && `"o":{"id":${text}}`),
      fc.constantFrom('"o":null', '"o":[1]', '"\\u006f":{"i\\u0064":1}'),
    ),
    fc.oneof(
      { weight: 40, arbitrary: optional(valueText).map((text) => text && `"v":${text}`) },
      { weight: 1, arbitrary: noNumber.map((text) => `"v":${text}`) },
    ),
    optional(otherText).map((text) => text && `"s":${text}`),
    fc.constantFrom(undefined, undefined, undefined, '"k":7', '"\\u006b":"b"', '"v":"no number"'),
    fc.boolean(),
  )
  .map(([key, nested, value, other, twin, turned]) => {
    const parts = turned ? [other, nested, value, key] : [key, value, other, nested];
    return [...parts, twin].filter((part) => part !== undefined).join(',');
  });

/** What stands in a stream, in units of time behind its origin. */
type Step =
  | { readonly kind: 'event'; readonly at: number; readonly members: string }
  | { readonly kind: 'watermark' | 'tick' | 'idle' | 'barrier'; readonly at: number };

const step = (most: number): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('event' as const),
        at: fc.integer({ min: 0, max: most }),
        members: membersText,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('watermark' as const),
        at: fc.integer({ min: 0, max: most }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.record({ kind: fc.constant('tick' as const), at: fc.nat(9) }),
        fc.constant({ kind: 'idle' as const, at: 0 }),
        fc.constant({ kind: 'barrier' as const, at: 0 }),
      ),
    },
  );

/** Sizes in units of time, some of them no multiples of each other. */
export const windowKinds: fc.Arbitrary<WindowKind> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<WindowKind>({ kind: 'global' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fixed' as const),
      size: fc.constantFrom(1, 5, 10, 30),
      offset: fc.constantFrom(0, 0, 3, -7, 100),
    }),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({
        kind: fc.constant('sliding' as const),
        bounds: fc.constantFrom([10, 5], [10, 4], [10, 6], [7, 3], [12, 1], [10, 10], [3, 2], [30, 20]),
        offset: fc.constantFrom(0, 0, 3, -7),
      })
      .map(({ kind, bounds, offset }) => ({ kind, size: bounds[0]!, every: bounds[1]!, offset })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        kind: fc.constant('cumulate' as const),
        bounds: fc.constantFrom([10, 5], [12, 3], [6, 1], [30, 10], [4, 4]),
        offset: fc.constantFrom(0, 0, 3, -7),
      })
      .map(({ kind, bounds, offset }) => ({ kind, size: bounds[0]!, every: bounds[1]!, offset })),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('session' as const), gap: fc.constantFrom(1, 3, 8) }),
  },
);

/** The same windows in milliseconds. */
export function scaled(window: WindowKind, unit: number): WindowKind {
  const entries = Object.entries(window).map(([name, value]) => [
    name,
    typeof value === 'number' ? value * unit : value,
  ]);
  return Object.fromEntries(entries);
}

/** Steps that drift on in time, that jump about, or that meet at a few times. */
const steps = fc
  .tuple(fc.constantFrom('drift', 'jump', 'jump', 'meet'), fc.array(step(40), { maxLength: 45 }))
  .map(([how, drawn]) => {
    if (how === 'jump') return drawn;
    return drawn.map((one, index) => ({
      ...one,
      at: how === 'meet' ? one.at - (one.at % 8) : index * 2 + Math.floor(one.at / 4),
    }));
  });

function itemsOf(drawn: readonly Step[], origin: number, unit: number): Item[] {
  const items: Item[] = [];
  let watermark = -Infinity;
  for (const one of drawn) {
    if (one.kind === 'idle') items.push({ kind: 'idle' });
    else if (one.kind === 'barrier') items.push({ kind: 'barrier', epoch: items.length });
    else if (one.kind === 'tick') items.push({ kind: 'tick', time: one.at });
    else if (one.kind === 'event') items.push(event(origin + one.at * unit, one.members));
    else if (origin + one.at * unit > watermark) {
      watermark = origin + one.at * unit;
      items.push({ kind: 'watermark', time: watermark });
    }
  }
  return items;
}

/** Around the epoch, before it, and of today; some in whole seconds, some not. */
const origins = fc.constantFrom(-20_000, -7, 0, 1_431_857_103_000, -62_135_596_800_000);

export const generated: fc.Arbitrary<Generated> = fc
  .tuple(steps, origins, fc.constantFrom(1, 250, 1000), windowKinds, fc.nat(5))
  .map(([drawn, origin, unit, window, ending]) => ({
    items: [
      header(),
      ...itemsOf(drawn, origin, unit),
      ...(ending === 0 ? [{ kind: 'end' as const, reason: 'suspended' }] : drained),
    ],
    window: scaled(window, unit),
  }));

/** Streams whose events are stamped already. */
export const stamped: fc.Arbitrary<Item[]> = generated.map(({ items, window }) =>
  stampWindows(items, window),
);

/** Shows a stream in a counterexample as its text. */
export const shown = (items: fc.Arbitrary<Item[]>): fc.Arbitrary<Item[]> =>
  items.map((list) =>
    Object.defineProperty(list, fc.toStringMethod, {
      value: () => `\n${printItems(list)}`,
      enumerable: false,
    }),
  );
