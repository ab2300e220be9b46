import { TidemarkError, usageError } from '../errors.ts';
import { nameOfPath, type Path } from '../json/path.ts';
import { keptText, parsePlain } from '../json/plain-value.ts';
import { instantText, MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';
import { type KeyEntry, keptValue } from './keyed-state.ts';
import { type Gains, type Giver, TimedEvent } from './map-gains.ts';
import type { KeyState, MapContext, ModuleHost } from './map-module.ts';
import { counterName } from './map-names.ts';
import type { SideInputs } from './side-views.ts';
import { type EventView, type Origin, type UserEvent, type UserWindow, windowOf } from './user-event.ts';

/** The stage that calls are made in. */
export interface CallStage {
  readonly host: ModuleHost;
  readonly by: readonly Path[];
  readonly watermark: number;
  /** Whether events may be given other times: the stream has no windows yet. */
  readonly mayChangeTime: boolean;
  /** Whether the module has an `onTimer`. */
  readonly takesTimers: boolean;
  /** The bundle that a call belongs to, by number. */
  readonly turn: number;
  /** Whether events may be given when their call is over, up to the end of the bundle. */
  readonly takesLater: boolean;
  /** The output of a name: a number, or `unconnected`, where nobody listens. @throws TidemarkError `usage` for one that there is not */
  outputOf(name: string): number | 'unconnected';
  /** A result of this call, which counts when the call has gone well. @throws TidemarkError `failed` for what is no event */
  add(call: MapCall, output: number, event: unknown): void;
  count(call: MapCall, name: string, by: number): void;
  afterCommit(call: MapCall, then: () => unknown): void;
  /** @throws TidemarkError `usage` where there are no side inputs */
  sideInputs(call: MapCall): SideInputs;
}

/** The key that a call works on, and what is kept of it. */
export interface CallKey {
  readonly entry: KeyEntry;
  keyValues(): unknown[];
  /** Of a timer: its time, ms. What it sets must be later. */
  readonly firing: number | undefined;
}

/** One call of a function of a user's: the context that it is given. */
export class MapCall implements MapContext, Giver {
  readonly origin: Origin;
  /** Undefined: of a timer. */
  readonly view: EventView | undefined;
  /** Its window was complete before its event came. */
  readonly late: boolean;
  /** What it gives. */
  readonly gains: Gains;
  readonly watermark: number;
  readonly #stage: CallStage;
  readonly #key: CallKey | undefined;
  /** The turn of the stage that it belongs to. */
  readonly #turn: number;
  #over = false;

  constructor(
    stage: CallStage,
    origin: Origin,
    view: EventView | undefined,
    key: CallKey | undefined,
    gains: Gains,
    late = false,
  ) {
    this.#stage = stage;
    this.origin = origin;
    this.view = view;
    this.gains = gains;
    this.late = late;
    this.watermark = stage.watermark;
    this.#key = key;
    this.#turn = stage.turn;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The call is over: events may be given until the bundle ends, its key is out of reach. */
  end(): void {
    this.#over = true;
  }

  get time(): number {
    return this.origin.time;
  }

  get window(): UserWindow | null {
    return windowOf(this.origin);
  }

  get pane(): unknown {
    const { pane } = this.origin;
    return pane === undefined ? null : parsePlain(pane.toString());
  }

  get parameters(): Readonly<Record<string, string>> {
    return this.#stage.host.parameters;
  }

  get side(): SideInputs {
    // What a window had is not known when the batch is over.
    this.#refuseOver('context.side');
    return this.#stage.sideInputs(this);
  }

  get key(): Readonly<UserEvent> | undefined {
    if (this.#key === undefined) return undefined;
    const values = this.#key.keyValues();
    return Object.fromEntries(this.#stage.by.map((path, i) => [nameOfPath(path), values[i]]));
  }

  get state(): KeyState {
    const { entry } = this.#keyed('context.state');
    const alive = (): void => this.#refuseOver('context.state');
    return {
      get(name) {
        alive();
        return keptValue(entry.values.get(String(name)));
      },
      set(name, value) {
        alive();
        if (value === undefined) entry.values.delete(String(name));
        else entry.values.set(String(name), keptText(value));
        entry.changed = true;
      },
      delete(name) {
        alive();
        if (entry.values.delete(String(name))) entry.changed = true;
      },
    };
  }

  emit(event: object): void {
    this.#refuseGone();
    this.#stage.add(this, 0, event);
  }

  output(name: string, event: object): void {
    this.#refuseGone();
    const output = this.#stage.outputOf(name);
    if (output !== 'unconnected') this.#stage.add(this, output, event);
  }

  timed(time: number | Date, event: object): object {
    const at = instantOf(time, 'context.timed');
    if (!this.#stage.mayChangeTime)
      throw usageError(
        'the time of an event is not changed where the stream has windows',
        'put map before window',
      );
    if (at < this.time)
      throw new TidemarkError(
        'failed',
        `an event of ${instantText(this.time)} cannot be moved to ${instantText(at)}: it may be too late there`,
      );
    return new TimedEvent(at, event);
  }

  timer(name: string, time: number | Date | null): void {
    const { entry, firing } = this.#keyed('context.timer');
    this.#refuseOver('context.timer');
    entry.changed = true;
    if (time === null) {
      entry.timers.delete(String(name));
      return;
    }
    if (!this.#stage.takesTimers)
      throw usageError(
        'a timer is set, and there is no onTimer',
        'the module exports an object with onTimer',
      );
    const at = instantOf(time, 'context.timer');
    const window = this.window;
    if (window !== null && at > window.end)
      throw new TidemarkError(
        'failed',
        `a timer of ${instantText(at)} is behind the end of its window, ${instantText(window.end)}, with which its key is forgotten`,
      );
    if (firing !== undefined && at <= firing)
      throw new TidemarkError(
        'failed',
        `a timer of ${instantText(at)} is set where one of ${instantText(firing)} fires: it must be later`,
      );
    // At the end of the stream one that renews itself would never come to an end.
    if (this.#stage.watermark === Number.POSITIVE_INFINITY) this.#stage.count(this, 'timers_dropped', 1);
    else entry.timers.set(String(name), at);
  }

  count(name: string, by = 1): void {
    if (!Number.isFinite(by)) throw new TidemarkError('failed', `context.count takes a number, not ${by}`);
    this.#stage.count(this, counterName(name), by);
  }

  afterCommit(call: () => unknown): void {
    if (typeof call !== 'function') throw new TidemarkError('failed', 'context.afterCommit takes a function');
    this.#stage.afterCommit(this, call);
  }

  #keyed(what: string): CallKey {
    if (this.#key !== undefined) return this.#key;
    throw usageError(`${what} is kept by key, and there is none`, 'give --by FIELDS');
  }

  /** What the event was is not known any more. */
  #refuseGone(): void {
    if (this.#turn !== this.#stage.turn || (this.#over && !this.#stage.takesLater))
      throw new TidemarkError('failed', 'an event is given when the bundle that it belongs to is over');
  }

  #refuseOver(what: string): void {
    if (this.#over)
      throw new TidemarkError('failed', `${what} is used when the call that it belongs to is over`);
  }
}

/** @throws TidemarkError `failed` */
function instantOf(time: number | Date, what: string): number {
  const at = Math.floor(Number(time));
  if (at >= MIN_INSTANT && at <= MAX_INSTANT) return at;
  throw new TidemarkError('failed', `${what} takes epoch milliseconds or a Date, not ${String(time)}`);
}
