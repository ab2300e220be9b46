/**
 * When a window fires, as an expression (Akidau et al., "The Dataflow Model", VLDB 2015; the composites are those of
 * Apache Beam). Each is judged for a key in a window. One that has fired may be finished: then it never fires again.
 * Durations in ms.
 */
export type Trigger =
  /**
   * Fires when the watermark passes the end of the window. Before that `early` fires again and again, behind it `late`; without
   * `late` it is finished then.
   */
  | { readonly kind: 'after-watermark'; readonly early?: Trigger; readonly late?: Trigger }
  /** Fires at each tick that passes a multiple of `period` since the epoch, where the pane is not empty; never finished. */
  | { readonly kind: 'every'; readonly period: number }
  /** Fires at the first tick at or behind `delay` from the tick before the first event of the pane; finished then. */
  | { readonly kind: 'delay'; readonly delay: number }
  /** Fires when the pane has this many events; finished then. */
  | { readonly kind: 'count'; readonly count: number }
  /** Fires at each event; never finished. */
  | { readonly kind: 'each' }
  /** Begins `of` anew when it is finished; never finished. */
  | { readonly kind: 'repeat'; readonly of: Trigger }
  /** Fires when one of them does; finished when one is. */
  | { readonly kind: 'any'; readonly of: readonly Trigger[] }
  /** Fires when all of them would; finished when all are. */
  | { readonly kind: 'all'; readonly of: readonly Trigger[] }
  /** Fires as the first that is not finished does; finished with the last. */
  | { readonly kind: 'each-of'; readonly of: readonly Trigger[] }
  /** Fires as `of` or `until` does; finished when either is. */
  | { readonly kind: 'or-finally'; readonly of: Trigger; readonly until: Trigger }
  /** Never fires: all that there is comes with the last pane, when the window is closed. */
  | { readonly kind: 'never' };

/** What a pane holds: what came since the one before, or all that the window has had. */
export type PaneMode = 'discard' | 'accumulate';

/** How windows fire, and how long they are open for late events. Absent in a header: once, when they are complete. */
export interface Firing {
  readonly trigger: Trigger;
  /** A window is closed, and its late events are left out, when the watermark has passed its end by this, ms. */
  readonly lateness: number;
  /** Undefined: a window fires once at most, so that it does not matter. */
  readonly mode: PaneMode | undefined;
  /** Whether a pane is written when the watermark passes the end of a window though nothing has come since the one before. */
  readonly onTime: 'always' | 'if-any';
  /** The same of the pane that closes a window. */
  readonly closing: 'always' | 'if-any';
}

/**
 * What the results of a grouping are to the groupings behind it: panes of which each replaces the one before cannot be grouped
 * again, for what they hold would count more than once.
 */
export type Panes = 'each-once' | 'replacing';
