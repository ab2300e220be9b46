import { type AggregateArgument, callInWords } from '../expressions/aggregate-argument.ts';
import type { ShapeChanges, StateShape } from '../state/snapshot.ts';
import type { Firing } from '../stream/firing.ts';
import type { Weekday, Windowing } from '../stream/marker.ts';
import { triggerText } from '../stream/trigger-text.ts';
import { formatDuration } from '../time/duration.ts';

/** The name in a shape of the windows that the header declares. */
export const WINDOWS = 'tm window';

/** The windows of a stream, and how they fire, in the words of `tm window`. */
export const windowsInWords = (windowing: Windowing, firing?: Firing): string =>
  `${kindInWords(windowing)}${firing === undefined ? '' : firingInWords(firing)}`;

/** The same of how they fire: with a space before it. */
export function firingInWords({ trigger, lateness, mode, onTime, closing }: Firing): string {
  return [
    lateness === 0 ? '' : ` --lateness ${formatDuration(lateness)}`,
    ` --trigger '${triggerText(trigger)}'`,
    mode === undefined ? '' : ` --mode ${mode}`,
    onTime === 'always' ? '' : ` --on-time ${onTime}`,
    closing === 'if-any' ? '' : ` --closing ${closing}`,
  ].join('');
}

function kindInWords(windowing: Windowing): string {
  switch (windowing.kind) {
    case 'global':
      return 'global';
    case 'fixed':
      return `fixed ${formatDuration(windowing.size)}${offsetInWords(windowing.offset)}`;
    case 'sliding':
    case 'cumulate': {
      const every = `--every ${formatDuration(windowing.every)}`;
      return `${windowing.kind} ${formatDuration(windowing.size)} ${every}${offsetInWords(windowing.offset)}`;
    }
    case 'session':
      return `session ${formatDuration(windowing.gap)}`;
    case 'calendar':
      return `calendar ${windowing.unit} --timezone ${windowing.timezone}${weekStartInWords(windowing.weekStart)}${offsetInWords(windowing.offset ?? 0)}`;
  }
}

const offsetInWords = (offset: number): string => (offset === 0 ? '' : ` --offset ${formatDuration(offset)}`);

const weekStartInWords = (day: Weekday | undefined): string =>
  day === undefined ? '' : ` --week-start ${day}`;

/** An aggregate with the name of its result: `p95 = quantile(bytes, 0.95)`. */
export const aggregateInWords = (argument: AggregateArgument): string =>
  `${argument.name} = ${callInWords(argument)}`;

/**
 * Compares shapes where what is named in `fixed` must stay as it is, and all others, which are results, may come and go.
 * What is empty was not given.
 */
export function compareShapes(saved: StateShape, now: StateShape, fixed: readonly string[]): ShapeChanges {
  const refused = fixed
    .filter((name) => (saved[name] ?? '') !== (now[name] ?? ''))
    .map((name) => `${name} was ${given(saved[name])} and is ${given(now[name])}`);
  const only = (these: StateShape, those: StateShape): string[] =>
    Object.entries(these)
      .filter(([name, text]) => !fixed.includes(name) && those[name] !== text)
      .map(([name, text]) => `${name} = ${text}`);
  return { refused, added: only(now, saved), lost: only(saved, now) };
}

const given = (text: string | undefined): string => (text === undefined || text === '' ? 'not given' : text);
