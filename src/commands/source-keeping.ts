import { usageError } from '../errors.ts';
import type { StateShape } from '../state/snapshot.ts';
import type { DefaultedOption, Given, OptionSpec } from './spec.ts';
import type { SourceKeeping } from './stage.ts';
import { choice, DURATION, FOLDER, flag, option, optionOrDefault } from './values.ts';

export const STATE: OptionSpec<string> = {
  name: 'state',
  value: FOLDER,
  help: 'keep in DIR where the pipe stands: the next run goes on from there',
  details:
    'Every stage of the pipe keeps its state in DIR: positions, open windows, keys, the length of the target. After the end of a file, a signal or kill -9 the same line goes on where the last commit was: nothing is lost, and a file target gets each result once. The end of a file is no end then: windows stay open for the next run, and bytes behind the last newline wait for it. --delay is wanted. tm-stream(5) tells what is promised, `tm state DIR` what is kept.',
};

const checkpoint: DefaultedOption<number> = {
  name: 'checkpoint',
  value: DURATION,
  help: 'how often all stages save what they have',
  default: '10s',
};

export const DRAIN: OptionSpec = {
  name: 'drain',
  help: 'take the end of the input for the end: fire all windows, and keep nothing open',
  details:
    'Not with --follow, whose input has no end. With --format stream it is for streams that were suspended, as side outputs are between two runs that keep state.',
};

export const COMPLETE_TO: OptionSpec<'now'> = {
  name: 'complete-to',
  value: choice('WHEN', ['now']),
  help: 'the input is complete up to WHEN, which is now, minus --delay',
  details:
    'At the end of the input the watermark moves to the clock minus --delay, so that the last windows need not wait for the first line of tomorrow. Not with --follow.',
};

const ifRunning: OptionSpec<SourceKeeping['ifRunning']> = {
  name: 'if-running',
  value: choice('WHAT', ['fail', 'skip', 'wait']),
  help: 'while another run has DIR: fail, skip, wait',
  default: 'fail',
  details: 'skip does nothing, leaves the target alone, and exits with 0.',
};

const resetState: OptionSpec = {
  name: 'reset-state',
  help: 'begin anew, without what DIR holds',
};

/** All options that have to do with --state. */
export const KEEPING_OPTIONS: readonly OptionSpec[] = [
  STATE,
  checkpoint,
  DRAIN,
  COMPLETE_TO,
  ifRunning,
  resetState,
];

/**
 * How the source is kept; undefined: it is not.
 * @param shape the arguments that a position belongs to
 * @throws TidemarkError `usage` for options that want --state
 */
export function keepingOf(given: Given, shape: StateShape): SourceKeeping | undefined {
  const directory = option(given, STATE);
  if (directory === undefined) {
    // Streams that are stored have ends, too.
    const stored = given.options.get('format') === 'stream';
    const alone = KEEPING_OPTIONS.find((one) => given.options.has(one.name) && !(stored && one === DRAIN));
    if (alone === undefined) return undefined;
    throw usageError(
      `--${alone.name} is for a pipe whose state is kept`,
      alone === DRAIN
        ? 'leave it out: without --state the end of the input is the end of the stream'
        : 'say where: --state DIR',
    );
  }
  if (flag(given, DRAIN) && option(given, COMPLETE_TO) !== undefined)
    throw usageError(
      '--drain completes all there is, and leaves nothing for --complete-to',
      'leave one of them out',
    );
  // A followed input has no end: both would wait for it without a word.
  const atTheEnd = [DRAIN, COMPLETE_TO].find(({ name }) => given.options.has(name));
  if (atTheEnd !== undefined && given.options.has('follow'))
    throw usageError(
      `--${atTheEnd.name} is for the end of the input, and --follow has none`,
      'leave one of them out; --on-interrupt drain fires the open windows when the run is stopped',
    );
  return {
    directory,
    ifRunning: option(given, ifRunning) ?? 'fail',
    reset: flag(given, resetState),
    checkpoint: optionOrDefault(given, checkpoint),
    shape,
  };
}
