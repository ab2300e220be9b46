import type { Firing, Panes } from './firing.ts';
import type { Schema } from './schema.ts';

/**
 * The windowing that `window` declares for the whole stream; durations in milliseconds. Absent in a header:
 * the global window. Windows of single events are in `@w`, this says how they came about.
 */
export type Windowing =
  | { readonly kind: 'global' }
  | { readonly kind: 'fixed'; readonly size: number; readonly offset: number }
  | { readonly kind: 'sliding'; readonly size: number; readonly every: number; readonly offset: number }
  | { readonly kind: 'cumulate'; readonly size: number; readonly every: number; readonly offset: number }
  | { readonly kind: 'session'; readonly gap: number }
  | {
      readonly kind: 'calendar';
      readonly unit: CalendarUnit;
      readonly timezone: string;
      /** By how much local time is moved: windows begin so much later; ms. Absent: 0. */
      readonly offset?: number;
      /** Of weeks: the day that they begin with. Absent: monday. */
      readonly weekStart?: Weekday;
    };

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** What is known of the watermark's making: told so that a late report can name the better `--delay`. */
export interface WatermarkOrigin {
  /** `--delay` at the source, ms; absent: the watermark came only at the end, or from elsewhere. */
  readonly delay?: number;
  /** `--watermark-every`, ms. */
  readonly every?: number;
  /** What else than event times and the delay makes it: `wall`, `manual`, `module`; absent: nothing, or that is not known. */
  readonly strategy?: string;
}

/** The first line of a marked stream. */
export interface Header {
  readonly version: 1;
  /** Names of the commands that the stream went through, in order. */
  readonly commands: readonly string[];
  /** Whether the input ends by itself (a file) or not (followed). */
  readonly bounded: boolean;
  readonly watermark: WatermarkOrigin;
  /** Processing time between two ticks of the source, ms; absent: it writes none, or that is not known. */
  readonly ticks?: number;
  readonly windowing: Windowing;
  /** How windows fire; absent: once, when the watermark passes their end. Written as members of the windowing. */
  readonly firing?: Firing;
  /** What the events are that came from a grouping whose windows can fire more than once; absent: they are no panes. */
  readonly panes?: Panes;
  /** Branch of the pipeline; empty on the main line. */
  readonly branch: string;
  /** What is known of the events' members; absent: nothing. */
  readonly schema?: Schema;
  /** With `--state`: where state is kept; absent: nowhere. */
  readonly state?: StateReference;
  /** Members of the header that this version does not know: passed on as they came. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** What each stage has to know to keep its state (STATE AND EPOCHS in tm-stream(5)). */
export interface StateReference {
  /** The directory, as an absolute path. */
  readonly directory: string;
  /** The id of the directory, which it keeps for ever. */
  readonly id: string;
  /** The attempt of this run: the highest one is the only one that may write. */
  readonly attempt: number;
  /** The epoch that all stages restore; 0: there is none, all begin anew. */
  readonly epoch: number;
  /** Ids of the stages before that keep state, in order. */
  readonly stages: readonly string[];
}

export type EndReason = 'drained' | 'suspended' | 'skipped';

/** Markers that end a batch; watermarks and ticks are rows in it. */
export type Marker =
  | { readonly kind: 'stream'; readonly header: Header }
  | { readonly kind: 'idle' }
  /** `last`: nothing but other barriers and the end follow in this run. */
  | { readonly kind: 'barrier'; readonly epoch: number; readonly last?: true }
  | { readonly kind: 'end'; readonly reason: EndReason };
