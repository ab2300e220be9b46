import { usageError } from '../errors.ts';
import { nearestWord } from '../expressions/suggestion.ts';
import type { Firing, PaneMode, Trigger } from '../stream/firing.ts';
import { firesTwice, hasLate, losesEvents, WHEN_COMPLETE } from '../stream/firing-rules.ts';
import { parseTrigger } from '../stream/trigger-parser.ts';
import { triggerText } from '../stream/trigger-text.ts';
import { formatDuration } from '../time/duration.ts';
import type { DefaultedOption, Given, OptionSpec, ValueType } from './spec.ts';
import { choice, DURATION, option, optionOrDefault } from './values.ts';

/** When windows fire, how often, and what their panes hold: options of every kind of `tm window`. */

const trigger = (placeholder: string): ValueType<Trigger> => ({
  placeholder,
  parse: (text) => parseTrigger(text, nearestWord),
});

const lateness: DefaultedOption<number> = {
  name: 'lateness',
  value: DURATION,
  help: 'keep windows open for late events until the watermark has passed their end by this',
  details:
    'A late event fires its window again at once, or as --late says. A window is closed, and later events are left out, when the watermark has passed its end by this.',
  default: '0s',
};

const early: OptionSpec<Trigger> = {
  name: 'early',
  value: trigger('SPEC'),
  help: "fire windows before they are complete: 'every 10s', 'delay 5s', 'count 100', each",
  details:
    'It repeats: `count 100` fires at each 100th event of a group. `every` and `delay` are told the time by the ticks of the stream.',
};

const late: OptionSpec<Trigger> = {
  name: 'late',
  value: trigger('SPEC'),
  help: 'fire windows again for late events: as --early',
  default: 'each, with --lateness',
};

const whole: OptionSpec<Trigger> = {
  name: 'trigger',
  value: trigger('EXPR'),
  help: 'fire windows by an expression: repeat(any(count(100), delay(5s)))',
  details: 'In place of --early and --late. tm-time(7) tells the language.',
};

const mode: OptionSpec<PaneMode> = {
  name: 'mode',
  value: choice('MODE', ['discard', 'accumulate']),
  help: 'discard: a pane holds what came since the one before; accumulate: all that the window has had',
  details:
    'It must be given when a window can fire more than once. Results of discard can be added up, and grouped again; those of accumulate replace each other.',
};

const whether = (name: string, by: string, help: string): DefaultedOption<'always' | 'if-any'> => ({
  name,
  value: choice('WHEN', ['always', 'if-any']),
  help,
  default: by,
});

const onTime = whether(
  'on-time',
  'always',
  'always or if-any: a pane when a window is complete, also if nothing has come since the one before, or only if something has',
);

const closing = whether(
  'closing',
  'if-any',
  'always or if-any: a pane when a window is closed, as --on-time; it is the last one',
);

export const FIRING: readonly OptionSpec[] = [lateness, early, late, whole, mode, onTime, closing];

/**
 * How windows fire; undefined: once, when they are complete.
 * @throws TidemarkError `usage`
 */
export function firingOf(given: Given): Firing | undefined {
  const open = option(given, lateness) ?? 0;
  if (given.kind === 'global') refuseLate(given);
  const fires = triggerOf(given, open);
  if (open === 0 && triggerText(fires) === triggerText(WHEN_COMPLETE)) return undefined;
  const twice = firesTwice(fires, given.kind === 'session');
  const holds = option(given, mode);
  if (twice && holds === undefined)
    throw usageError(
      'a window can fire more than once, and --mode does not say what a pane holds',
      '--mode discard: what came since the one before; --mode accumulate: all so far',
    );
  return {
    trigger: fires,
    lateness: open,
    mode: twice ? holds : undefined,
    onTime: optionOrDefault(given, onTime),
    closing: optionOrDefault(given, closing),
  };
}

/** @throws TidemarkError `usage` */
function refuseLate(given: Given): void {
  const told = [lateness, late].find(({ name }) => given.options.has(name));
  if (told !== undefined)
    throw usageError(`--${told.name}: no event is late for the global window`, 'leave it out');
}

function triggerOf(given: Given, open: number): Trigger {
  const fires = option(given, whole);
  const [before, behind] = [option(given, early), option(given, late)];
  if (fires !== undefined) {
    const other = [early, late].find(({ name }) => given.options.has(name));
    if (other !== undefined)
      throw usageError(
        `--trigger and --${other.name} exclude each other`,
        "write it into the trigger: --trigger 'after-watermark(early: …, late: …)'",
      );
    refuseUseless(fires, open);
    return fires;
  }
  for (const { name, spec } of [
    { name: early.name, spec: before },
    { name: late.name, spec: behind },
  ])
    if (spec !== undefined) refuseWatermark(name, spec);
  if (behind !== undefined && open === 0) throw noLateness('--late');
  const atLate: Trigger | undefined = behind ?? (open > 0 ? { kind: 'each' } : undefined);
  return {
    kind: 'after-watermark',
    ...(before === undefined ? {} : { early: before }),
    ...(atLate === undefined ? {} : { late: atLate }),
  };
}

/** A trigger that leaves out what the user cannot have meant to be left out, or waits for what cannot come. */
function refuseUseless(fires: Trigger, open: number): void {
  if (open === 0 && hasLate(fires)) throw noLateness('late:');
  if (!losesEvents(fires, open)) return;
  const text = triggerText(fires);
  if (fires.kind === 'after-watermark')
    throw usageError(
      `--trigger '${text}' is finished when a window is complete, and --lateness ${formatDuration(open)} keeps it open for nothing`,
      'write after-watermark(late: each)',
    );
  throw usageError(
    `--trigger '${text}' can be finished while a window is open, and what comes then would be lost`,
    `write repeat(${text}); or … or-finally …, where it is to be finished`,
  );
}

const noLateness = (what: string): Error =>
  usageError(`${what} has nothing to fire for: no event is late without --lateness`, '--lateness 1h');

/** What repeats before and behind the watermark is put into a trigger of the watermark. */
function refuseWatermark(name: string, spec: Trigger): void {
  try {
    parseTrigger(`after-watermark(${name}: ${triggerText(spec)})`);
  } catch {
    throw usageError(
      `--${name} '${triggerText(spec)}': after-watermark has nothing to wait for there`,
      `write what fires again and again: 'every 10s', 'count 100', each; or all of it with --trigger`,
    );
  }
}
