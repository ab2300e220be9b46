import type { Rejects } from '../formats/format.ts';
import { ClockLines, type ClockState } from '../operators/clock-lines.ts';
import { EventTime, type TimedRecords } from '../operators/event-time.ts';
import { MAIN } from '../operators/operator.ts';
import type { WatermarkEstimator } from '../operators/watermark-estimator.ts';
import type { Batch } from '../stream/batch.ts';
import { formatDuration } from '../time/duration.ts';
import { SourceClock } from './source-clock.ts';
import type { SourceDecisions } from './source-decisions.ts';
import type { LocationTimes, WholePosition } from './source-kept.ts';
import { originOf, type SourceOptions, tickEveryOf } from './source-options.ts';
import { type ClockPosition, finite } from './source-position.ts';
import { followsClock } from './source-watermark.ts';
import type { SourceContext } from './stage.ts';

const NONE = Number.NEGATIVE_INFINITY;

/** What of a source its times have to do with. */
export interface TimesNeighbours {
  /** Undefined: nothing is kept. */
  readonly decisions: SourceDecisions | undefined;
  readonly rejects: Rejects;
  /** Events that were handed on, of all runs. */
  events(): number;
}

/** What a source tells of time: event times, watermarks, and the lines of its clock. */
export class SourceTimes {
  readonly events: EventTime;
  readonly #options: SourceOptions;
  readonly #context: SourceContext;
  readonly #neighbours: TimesNeighbours;
  /** Makes that of a location; undefined: the watermark is made otherwise. */
  #createEstimator: (() => WatermarkEstimator) | undefined;
  /** When the location that is read had its last event, by the clock; epoch ms. */
  #active = NONE;
  /** Undefined: no line of the stream is made by a clock. */
  clock: SourceClock | undefined;
  #lines: ClockLines | undefined;
  /** Where the clock of the run before stood. */
  #clockBefore: ClockPosition | undefined;

  constructor(options: SourceOptions, context: SourceContext, neighbours: TimesNeighbours) {
    this.#options = options;
    this.#context = context;
    this.#neighbours = neighbours;
    const { watermark, delay, watermarkEvery: every } = options;
    const { rejects } = neighbours;
    const origin = originOf(options, this.#arrivalStamp());
    this.events = new EventTime({ origin, watermark: watermark.kind, delay, every, rejects });
  }

  #arrivalStamp(): (times: Float64Array, events: number) => void {
    const { now } = this.#context;
    const { decisions, events: before } = this.#neighbours;
    if (decisions === undefined) return (times, events) => void times.fill(now(), 0, events);
    return (times, events) => decisions.stampArrival(times, before(), events, now);
  }

  /** Loads what of a user's makes the watermark. @throws TidemarkError that tells the module */
  async load(): Promise<void> {
    const { watermark } = this.#options;
    if (watermark.kind !== 'module') return;
    const { loadEstimators } = await import('../connectors/watermark-module.ts');
    const { LOADING, UserModule } = await import('../connectors/user-module.ts');
    const module = 'place' in watermark ? new UserModule(watermark.place, LOADING) : watermark.functions;
    this.#createEstimator = await loadEstimators(module, this.#neighbours.decisions !== undefined);
  }

  /** Looks at the clock for the first time, where any line of the stream is made by it: behind the header. */
  async begin(bounded: boolean): Promise<void> {
    const { watermark, delay = 0, watermarkEvery: every, idle } = this.#options;
    const tickEvery = tickEveryOf(this.#options, bounded);
    if (tickEvery === undefined && !followsClock(this.#options)) return;
    const wall = watermark.kind === 'wall' ? { delay, every, mark: this.events } : undefined;
    const lines = new ClockLines({ tickEvery, wall, idle });
    if (this.#clockBefore !== undefined) lines.state = clockState(this.#clockBefore);
    this.#lines = lines;
    const { decisions, events } = this.#neighbours;
    this.clock = new SourceClock(
      {
        lines,
        decisions,
        patience: tickEvery ?? every,
        events,
        emit: (out) => this.#context.emit(MAIN, out),
        emitIdle: () => this.#context.emitMarker(MAIN, { kind: 'idle' }),
      },
      this.#context,
    );
    await this.clock.beforeEvents();
  }

  /** @param last no other location is read behind it */
  beginLocation(last: boolean): void {
    this.events.estimator = this.#createEstimator?.();
    this.events.beginLocation(last);
  }

  /** Goes on with one of several locations. @param others the least of what the others have reached, ms */
  enterLocation({ highest, active, estimator }: LocationTimes, others: number): void {
    this.events.estimator = this.#createEstimator?.();
    if (estimator !== undefined) this.events.estimator?.restore(estimator);
    this.events.enterLocation(highest, others);
    this.#active = active === NONE ? this.#now : active;
  }

  /** What the location that is read has come to. */
  get reached(): Omit<LocationTimes, 'latest'> {
    return {
      highest: this.events.state.highest,
      active: this.#active,
      estimator: this.events.estimator?.save(),
    };
  }

  /** Makes events of the records [from, to): see `EventTime.place`. */
  place(records: TimedRecords, out: Batch, to: number, from: number): void {
    const { maxAhead } = this.#options;
    if (maxAhead !== undefined) this.events.latest = this.#now + maxAhead;
    this.#active = this.#now;
    this.events.place(records, out, to, from);
  }

  /** What the clock said last, epoch ms. */
  get #now(): number {
    return this.clock?.now ?? NONE;
  }

  save(): Pick<WholePosition, 'watermark' | 'clock'> {
    return {
      watermark: finite(this.events.watermark),
      ...(this.#lines === undefined ? {} : { clock: clockPosition(this.#lines.state) }),
    };
  }

  restore({ watermark, clock }: WholePosition): void {
    this.events.state = { highest: NONE, watermark: watermark ?? NONE };
    this.#clockBefore = clock;
  }

  /** Events that were too far ahead of the clock are often of a clock that is wrong. */
  tellAhead(): void {
    const { ahead } = this.events;
    if (ahead === 0) return;
    this.#context.count('ahead', ahead);
    const events = ahead === 1 ? '1 event was' : `${ahead} events were`;
    const most = formatDuration(this.#options.maxAhead!);
    this.#context.notice(`${events} more than ${most} ahead of the clock, and did not move the watermark`);
  }
}

const clockPosition = ({ tick, now, active, events, idle }: ClockState): ClockPosition => ({
  tick: finite(tick),
  now: finite(now),
  active: finite(active),
  events,
  idle,
});

const clockState = ({ tick, now, active, events, idle }: ClockPosition): ClockState => ({
  tick: tick ?? NONE,
  now: now ?? NONE,
  active: active ?? NONE,
  events,
  idle,
});
