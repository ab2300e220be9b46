import { windowCommand } from '../commands/window.ts';
import type { CalendarUnit } from '../stream/marker.ts';
import { partOf } from './given.ts';
import type {
  WindowCalendarOptions,
  WindowCumulateOptions,
  WindowFixedOptions,
  WindowGlobalOptions,
  WindowSessionOptions,
  WindowSlidingOptions,
} from './options.generated.ts';
import type { Step, Unchanged } from './step.ts';

type WindowStep = Step<Unchanged, unknown>;

const windowStep = (kind: string, words: readonly string[], options: object): WindowStep => ({
  role: 'step',
  ...partOf(windowCommand, words, options, kind),
});

/** Stamps each event with its windows. All throw a TidemarkError `usage`. */
export const window = {
  /** Windows of one size, end to end: `window.fixed('5m')`. */
  fixed: (size: string, options: WindowFixedOptions = {}): WindowStep => windowStep('fixed', [size], options),
  /** Windows of one size that overlap: `window.sliding('10m', { every: '1m' })`. */
  sliding: (size: string, options: WindowSlidingOptions & { readonly every: string }): WindowStep =>
    windowStep('sliding', [size], options),
  /** Windows that start together and grow: `window.cumulate('1d', { every: '1h' })`. */
  cumulate: (size: string, options: WindowCumulateOptions & { readonly every: string }): WindowStep =>
    windowStep('cumulate', [size], options),
  /** Windows of activity, which end when a key has been quiet for `gap`: `window.session('30m')`. */
  session: (gap: string, options: WindowSessionOptions = {}): WindowStep =>
    windowStep('session', [gap], options),
  /** Hours, days … of a calendar: `window.calendar('day', { timezone: 'Europe/Berlin' })`. */
  calendar: (unit: CalendarUnit, options: WindowCalendarOptions = {}): WindowStep =>
    windowStep('calendar', [unit], options),
  /** One window that holds all time. */
  global: (options: WindowGlobalOptions = {}): WindowStep => windowStep('global', [], options),
} as const;
