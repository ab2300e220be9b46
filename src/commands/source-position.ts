import type { LocationProgress } from '../connectors/replayable.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { YearState } from '../time/nearest-year.ts';

/** Where a source stands between two records: JSON, in which null stands for what is infinite or not there. */
export interface SourcePosition {
  readonly version: 1;
  /** In the order in which they were given. */
  readonly locations: readonly LocationPosition[];
  /** The number of the location that was being read; 0: all had been read. */
  readonly reading: number;
  /** The part of `--shard`, as it was given. */
  readonly shard: string | null;
  /** The watermark written last, epoch ms. */
  readonly watermark: number | null;
  /** The time that tells the next year where a format writes none. */
  readonly years: YearState | null;
  /** Events that were handed on, of all runs: `--limit` counts them. */
  readonly events: number;
  /** Records that could not be read, of all runs. */
  readonly rejected: number;
  /** Absent: no line of the stream was made by a clock. */
  readonly clock?: ClockPosition;
  readonly range: RangePosition | null;
  /** The stream has its end: nothing follows. */
  readonly drained: boolean;
}

export interface LocationPosition extends LocationProgress {
  readonly name: string;
  readonly format: string;
  /** The highest event time, epoch ms. */
  readonly highest: number | null;
  /** The highest time of all records, also those out of the range; epoch ms. */
  readonly latest: number | null;
  /** When it had its last event, by the clock; epoch ms. */
  readonly active?: number | null;
  /** What its estimator has saved. */
  readonly estimator?: unknown;
  /** Bytes of it that were read, in all runs. */
  readonly bytes: number;
  /** Of a directory or a pattern: keys of the files that are read before all others, in this order. */
  readonly order?: readonly string[];
  /** No later record of it can be in the range. */
  readonly passed: boolean;
}

/** Where the lines of a clock stand: see `ClockState`. */
export interface ClockPosition {
  readonly tick: number | null;
  readonly now: number | null;
  readonly active: number | null;
  readonly events: number;
  readonly idle: boolean;
}

/** With `--from` or `--to`: what was seen of the range; times in epoch ms. */
export interface RangePosition {
  readonly kept: number;
  readonly least: number | null;
  readonly greatest: number | null;
}

/** Of a number that may be infinite, what JSON can hold. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What a run has to have in common with the one before it. */
export interface PositionShape {
  readonly locations: readonly { readonly name: string; readonly format: string }[];
  readonly shard: string | null;
}

const ANEW = 'give what was given before, or begin anew with --reset-state';

/**
 * Takes a position that was saved.
 * @throws TidemarkError `usage` where this run does not fit it, with what has changed; `failed` for one of a later version
 */
export function positionOf(restored: unknown, now: PositionShape): SourcePosition | undefined {
  if (restored === undefined) return undefined;
  const position = restored as SourcePosition;
  if (position.version !== 1) {
    throw new TidemarkError('failed', 'the position was written by a version that this one does not know', {
      hint: 'run the version that wrote it, or begin anew with --reset-state',
    });
  }
  const [before, given] = [position.locations, now.locations].map((list) => list.map(({ name }) => name));
  if (before!.join('\0') !== given!.join('\0')) {
    throw usageError(
      `the state is that of other locations: ${before!.join(' ')}, not ${given!.join(' ')}`,
      given!.length > 1 ? `${ANEW}; a pattern whose files change is put in quotes: 'logs/*.log'` : ANEW,
    );
  }
  for (const [i, { name, format }] of now.locations.entries()) {
    const saved = position.locations[i]!.format;
    if (saved !== format) throw usageError(`${name} was read as ${saved}, not as ${format}`, ANEW);
  }
  if (position.shard !== now.shard) {
    const said = (shard: string | null): string => (shard === null ? 'no --shard' : `--shard ${shard}`);
    throw usageError(`the state is that of ${said(position.shard)}, not of ${said(now.shard)}`, ANEW);
  }
  return position;
}
