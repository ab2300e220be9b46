import { referenceAggregate, referenceCountOfEvents, type Sample, sampleOf } from './aggregates.ts';
import { sameKey } from './dedup.ts';
import { canonicalText, compareJson, find, type Json, type Member, parseJson } from './json.ts';
import { resultSchema } from './result-schema.ts';
import { type EventItem, GLOBAL, type Interval, type Item, type Windows, withCommand } from './stream.ts';

type Steps = readonly (string | number)[];

export interface CombineCall {
  readonly by: readonly { readonly name: string; readonly steps: Steps }[];
  readonly aggregates: readonly AggregateCall[];
  /** Columns of the key, then the aggregates, by number. */
  readonly order?: readonly { readonly column: number; readonly descending: boolean }[];
  readonly limit?: number;
}

export interface AggregateCall {
  /** The member that the result is written to. */
  readonly name: string;
  readonly aggregate: string;
  readonly field?: Steps;
  readonly literals?: readonly unknown[];
}

export interface CombineResult {
  readonly main: Item[];
  readonly late: EventItem[];
  readonly rejected: EventItem[];
}

/** Events of a key in a window, in the order of the stream. */
export interface Group {
  readonly window: Interval;
  readonly session: boolean;
  readonly key: readonly (Json | undefined)[];
  readonly events: readonly { readonly event: EventItem; readonly position: number }[];
  /** Those of panes before this one too, where there are such: the key is spelled as it came in all of them. */
  readonly all?: Group['events'];
}

interface OpenGroup extends Group {
  readonly events: { readonly event: EventItem; readonly position: number }[];
}

const NUMERIC = ['sum', 'mean', 'quantile', 'median', 'variance', 'stddev', 'skewness'];
const ALWAYS: Interval = { start: -Infinity, end: Infinity };

/** Whether an aggregate must compute with a value that is no number, or one past the range of doubles. */
export function isRejected(event: EventItem, call: CombineCall): boolean {
  return call.aggregates.some(({ aggregate, field }) => {
    if (!NUMERIC.includes(aggregate)) return false;
    const value = find(event.members, field!)?.value ?? null;
    if (value === null || typeof value === 'bigint') return false;
    return typeof value !== 'number' || !Number.isFinite(value);
  });
}

/** A member of the key as it is written: as it came, canonical when it came in several spellings. */
function keyMember(group: Group, { name, steps }: CombineCall['by'][number]): Member {
  const values = (group.all ?? group.events).map(
    ({ event }) => find(event.members, steps) ?? parseJson('null'),
  );
  const alike = values.every(({ text }) => text === values[0]!.text);
  const value = alike ? values[0]! : parseJson(canonicalText(values[0]!));
  return { name, nameText: JSON.stringify(name), value };
}

function resultMember(group: Group, { name, aggregate, field, literals }: AggregateCall): Member {
  const samples: Sample[] = group.events.map(({ event, position }) =>
    sampleOf(field && find(event.members, field)?.text, event.time, position),
  );
  const text =
    field === undefined ? referenceCountOfEvents(samples) : referenceAggregate(aggregate, samples, literals);
  return { name, nameText: JSON.stringify(name), value: parseJson(text) };
}

function resultOf(group: Group, call: CombineCall): EventItem {
  const members = [
    ...call.by.map((path) => keyMember(group, path)),
    ...call.aggregates.map((aggregate) => resultMember(group, aggregate)),
  ];
  const { start, end } = group.window;
  const times = (group.all ?? group.events).map(({ event }) => event.time);
  if (end === Infinity) return { kind: 'event', time: Math.max(...times), windows: GLOBAL, members };
  const windows: Windows = { kind: 'intervals', intervals: [{ start, end }] };
  return { kind: 'event', time: end - 1, windows, members };
}

/** The results of the groups of one window, in the order of output. */
export function pane<G extends Group>(
  groups: readonly G[],
  call: CombineCall,
  told: (group: G) => Pick<EventItem, 'pane'> = () => ({}),
): EventItem[] {
  const rows = groups.map((group) => ({
    key: group.key,
    result: { ...resultOf(group, call), ...told(group) },
  }));
  rows.sort((a, b) => {
    for (const { column, descending } of call.order ?? []) {
      const order = compareJson(a.result.members[column]!.value, b.result.members[column]!.value);
      if (order !== 0) return descending ? -order : order;
    }
    for (const [i, value] of a.key.entries()) {
      const order = compareJson(value, b.key[i]);
      if (order !== 0) return order;
    }
    return 0;
  });
  return rows.slice(0, call.limit).map(({ result }) => result);
}

/** Groups by window and key, and gives the results of a window when the watermark passes its end. */
export function combine(items: readonly Item[], call: CombineCall): CombineResult {
  const main: Item[] = [];
  const late: EventItem[] = [];
  const rejected: EventItem[] = [];
  let groups: OpenGroup[] = [];
  let watermark = -Infinity;

  const addToInterval = (event: EventItem, position: number, key: Group['key'], window: Interval): void => {
    const group = groups.find(
      (other) =>
        other.window.start === window.start && other.window.end === window.end && sameKey(other.key, key),
    );
    if (group === undefined) groups.push({ window, session: false, key, events: [{ event, position }] });
    else group.events.push({ event, position });
  };

  const addToSession = (event: EventItem, position: number, key: Group['key'], window: Interval): void => {
    const touched = groups.filter(
      ({ session, key: other, window: { start, end } }) =>
        session && sameKey(other, key) && start < window.end && window.start < end,
    );
    if (touched.length === 0 && watermark >= window.end) {
      late.push(event);
      return;
    }
    groups = groups.filter((group) => !touched.includes(group));
    groups.push({
      window: {
        start: Math.min(window.start, ...touched.map((group) => group.window.start)),
        end: Math.max(window.end, ...touched.map((group) => group.window.end)),
      },
      session: true,
      key,
      events: [...touched.flatMap(({ events }) => events), { event, position }],
    });
  };

  const fire = (): void => {
    const due = groups.filter(({ window }) => window.end <= watermark);
    groups = groups.filter((group) => !due.includes(group));
    due.sort((a, b) => a.window.end - b.window.end || a.window.start - b.window.start);
    while (due.length > 0) {
      const { start, end } = due[0]!.window;
      const together = due.filter(({ window }) => window.start === start && window.end === end);
      main.push(...pane(together, call));
      due.splice(0, together.length);
    }
  };

  for (const [position, item] of items.entries()) {
    if (item.kind === 'event') {
      const { windows } = item;
      const key = call.by.map(({ steps }) => find(item.members, steps));
      if (isRejected(item, call)) rejected.push(item);
      else if (windows.kind === 'session') {
        addToSession(item, position, key, { start: windows.start, end: windows.end });
      } else {
        const all = windows.kind === 'global' ? [ALWAYS] : windows.intervals;
        const missed = all.filter(({ end }) => watermark >= end);
        for (const window of all) {
          if (!missed.includes(window)) addToInterval(item, position, key, window);
        }
        if (missed.length === 0) continue;
        late.push(
          windows.kind === 'global' ? item : { ...item, windows: { kind: 'intervals', intervals: missed } },
        );
      }
      continue;
    }
    if (item.kind === 'watermark') {
      watermark = item.time;
      fire();
    }
    main.push(item.kind === 'stream' ? withCommand(item, 'combine', { schema: resultSchema(call) }) : item);
  }
  return { main, late, rejected };
}
