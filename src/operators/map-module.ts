import { TidemarkError } from '../errors.ts';
import type { SideInputs } from './side-views.ts';
import type { UserEvent, UserWindow } from './user-event.ts';

/** What a function of a user's may give back for an event: nothing, an event, or several, also one by one. */
export type MapResult =
  // A function that gives nothing may be one of void.
  // biome-ignore lint/suspicious/noConfusingVoidType: see above
  | void
  | undefined
  | null
  | object
  | Iterable<object | null | undefined>
  | AsyncIterable<object | null | undefined>;

/** State of one key: JSON values by name. What is read is a copy, and what is not set again has not changed. */
export interface KeyState {
  /** The value that was set; undefined: none was, or it is forgotten. */
  get(name: string): unknown;
  /** @throws for what has no JSON */
  set(name: string, value: unknown): void;
  delete(name: string): void;
}

/**
 * What a function of a user's is told, and may do, while it is called.
 * @template S its side inputs by name
 */
export interface MapContext<S = SideInputs> {
  /** Event time of the event, or of the timer: epoch milliseconds. */
  readonly time: number;
  /** Its window; null: it is in the global window, in several, or in a session that is not merged. */
  readonly window: UserWindow | null;
  /** Of a result that can come more than once, which one it is. */
  readonly pane: unknown;
  /** With `--by`: the fields of the key, by name. */
  readonly key: Readonly<UserEvent> | undefined;
  /** The watermark: no event before it is on time any more; epoch milliseconds, -Infinity: there was none. */
  readonly watermark: number;
  /** What stands behind the ? of the module, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** With `--by`: what is kept of the key, in each of its windows. */
  readonly state: KeyState;
  /**
   * Side inputs by name, in the window of the event or of the timer. `NAME=STREAM`: its event there, or null;
   * `NAME[]=STREAM`: a list of all; `NAME[FIELD]=STREAM`: a `SideMap`. None of it can be changed.
   */
  readonly side: S;
  /** Gives an event to the stream, before those that are returned; also later, up to the end of `endBundle`. */
  emit(event: object): void;
  /** Gives an event to the side output of this name. */
  output(name: string, event: object): void;
  /** The event with a later time: only where the stream has no windows. */
  timed(time: number | Date, event: object): object;
  /** With `--by`: has `onTimer` called when the watermark has passed the time; null: not any more. */
  timer(name: string, time: number | Date | null): void;
  /** Adds to a counter of --stats. */
  count(name: string, by?: number): void;
  /**
   * Calls the function when what was done is committed. As good as can be, and no more: it is not kept, so that a process
   * that dies between the commit and the call has not called it, and no later run will.
   */
  afterCommit(call: () => unknown): void;
}

/** What is known outside of events. */
export interface SetupContext {
  readonly parameters: Readonly<Record<string, string>>;
  count(name: string, by?: number): void;
}

/**
 * What a module for `tm map --js` exports as default: this, a class that makes it, or the function `process` alone.
 * @template Event what is told of an event
 * @template Sides its side inputs by name
 */
export interface MapModule<Event = UserEvent, Sides = SideInputs> {
  /** Side outputs that it has; left out: those that are connected. */
  readonly outputs?: readonly string[];
  /** It uses `afterCommit`: it takes part in epochs also without `--by`. */
  readonly commits?: boolean;
  setup?(context: SetupContext): unknown;
  startBundle?(context: SetupContext): unknown;
  process(event: Event, context: MapContext<Sides>): MapResult | Promise<MapResult>;
  endBundle?(context: SetupContext): unknown;
  onTimer?(name: string, context: MapContext<Sides>): MapResult | Promise<MapResult>;
  teardown?(): unknown;
}

/** `process` alone, as a module may export it. */
export type MapFunction<Event = UserEvent, Sides = SideInputs> = (
  event: Event,
  context: MapContext<Sides>,
) => MapResult | Promise<MapResult>;

/** The world's part in the calls of a module: its time, and where in it something was thrown. */
export interface ModuleHost {
  /** As the user wrote it: `./fn.mjs?size=3`. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  /**
   * What a call gave, when it is there.
   * @param what for the message: `process`
   * @throws TooLong
   */
  within<T>(promise: PromiseLike<T>, what: string): Promise<T>;
  /** What was thrown, in one line, with its line in the module where that is known. */
  reason(error: unknown): string;
}

export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

/** A call has not settled in the time that it has: what it does later would get in the way, so that the run ends. */
export class TooLong extends TidemarkError {
  constructor(message: string, hint: string) {
    super('failed', message, { hint });
  }
}
