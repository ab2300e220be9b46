import { buildSource, sourceCommand } from './commands/source.ts';
import * as language from './expressions/language.ts';
import { provideLanguage } from './expressions/late-language.ts';
import type { TimedEvent } from './library/event.ts';
import { partOf } from './library/given.ts';
import { Pipeline } from './library/pipeline.ts';
import type { Notice, StageMetrics } from './library/run.ts';
import { type ScriptPlace, type ScriptStep, scriptSplit } from './library/script-split.ts';
import type { AnyPart, EventsOf, Fitting, Members, Source, Step } from './library/step.ts';
import { VirtualClock } from './library/virtual-clock.ts';

export type { ScriptStep, Time } from './library/script-split.ts';
export { VirtualClock } from './library/virtual-clock.ts';

provideLanguage(language);

/** An event that came out of a pipeline in a test. */
export interface TestEvent<T> extends TimedEvent<T> {
  /** Which step of the script has brought it about: its index; the end of the script has its length. */
  readonly step: number;
}

/** What came out of a window: plain data, for any test runner to compare. */
export interface TestWindow<T> {
  /** `2026-01-01T00:00:00.000Z`; null: the global window. */
  readonly start: string | null;
  readonly end: string | null;
  readonly values: readonly T[];
}

/** What a pipeline gave in a test. */
export interface TestResult<T> {
  /** In the order in which they came. */
  readonly events: readonly TestEvent<T>[];
  /** The same by window, in the order of time. */
  readonly windows: readonly TestWindow<T>[];
  /** What a command would print for people: late events, rejected ones. */
  readonly notices: readonly Notice[];
  readonly metrics: readonly StageMetrics[];
}

/** Settings of a test. */
export interface TestSettings {
  /** Its processing time; left out: one of its own, from 1970 on, that the script advances. */
  readonly clock?: VirtualClock | undefined;
}

/**
 * Runs stages on a script of events, watermarks and steps of processing time, each of which is dealt with before the next;
 * behind the last one the stream is complete. No real time passes: timers and waits go by the clock of the script.
 * @throws TidemarkError
 * @example await testPipeline([window.fixed('5m'), combine({ n: 'count' })], [{ time: '2026-01-01T00:00:00Z', value: {} }])
 */
export function testPipeline<T, const Parts extends readonly Step[]>(
  parts: Parts & Fitting<readonly [Source<T>, ...Parts]>,
  script: readonly ScriptStep<T>[],
  settings?: TestSettings,
): Promise<TestResult<EventsOf<readonly [Source<T>, ...Parts]>>>;
/** The same of a pipeline with its source, which has the clock of the settings. */
export function testPipeline<const Parts extends readonly [Source<unknown>, ...Step[]]>(
  parts: Parts & Fitting<Parts>,
  settings?: TestSettings,
): Promise<TestResult<EventsOf<Parts>>>;
export async function testPipeline(
  parts: readonly AnyPart[],
  second: readonly ScriptStep[] | TestSettings = {},
  third: TestSettings = {},
): Promise<TestResult<Members>> {
  const script = Array.isArray(second) ? (second as readonly ScriptStep[]) : undefined;
  const { clock = new VirtualClock() } = script === undefined ? (second as TestSettings) : third;
  const place: ScriptPlace = { step: 0 };
  const all = script === undefined ? parts : [scriptSource(script, place, clock), ...parts];
  const notices: Notice[] = [];
  const events: TestEvent<Members>[] = [];
  const pipeline = new Pipeline(all, { onNotice: (notice) => notices.push(notice) }, clock);
  for await (const event of pipeline) events.push({ ...event, step: place.step });
  return { events, windows: windowsOf(events), notices, metrics: pipeline.metrics };
}

function scriptSource(
  script: readonly ScriptStep[],
  place: ScriptPlace,
  clock: VirtualClock,
): Source<Members> {
  const split = scriptSplit(script, place, clock);
  return {
    role: 'source',
    ...partOf(sourceCommand, [], { format: 'stream' }, undefined, (given) => buildSource(given, [split])),
    input: undefined,
    looked: undefined,
  };
}

function windowsOf<T>(events: readonly TestEvent<T>[]): TestWindow<T>[] {
  const windows = new Map<string, { readonly window: TimedEvent<T>['window']; readonly values: T[] }>();
  for (const { window, value } of events) {
    const key = `${window?.start} ${window?.end}`;
    const known = windows.get(key);
    if (known === undefined) windows.set(key, { window, values: [value] });
    else known.values.push(value);
  }
  const start = -Infinity;
  return [...windows.values()]
    .sort(
      ({ window: a }, { window: b }) =>
        (a?.start ?? start) - (b?.start ?? start) || (a?.end ?? start) - (b?.end ?? start) || 0,
    )
    .map(({ window, values }) => ({
      start: window === null ? null : new Date(window.start).toISOString(),
      end: window === null ? null : new Date(window.end).toISOString(),
      values,
    }));
}
