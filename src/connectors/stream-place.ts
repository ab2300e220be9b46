import { usageError } from '../errors.ts';
import type { SplitReader } from './connector.ts';
import { resolveLocations, statOf } from './locations.ts';
import { ReadingAhead } from './reading-ahead.ts';
import type { ReadingPace } from './reading-pace.ts';

export interface StreamPlaceOptions {
  /** For messages: `input 2 (clicks.stream)`. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly pace: ReadingPace;
  /** What `-` stands for. */
  openStdin(signal: AbortSignal): SplitReader;
}

/**
 * Opens the place of one of several streams: a file, a FIFO, an open descriptor, `-`. What is no regular file is read ahead
 * of who takes it.
 * @throws TidemarkError `usage` for what is not one place, `failed` for one that cannot be read
 */
export async function openStreamPlace(place: string, options: StreamPlaceOptions): Promise<SplitReader> {
  const { name, signal, pace, openStdin } = options;
  if (place === '-') return new ReadingAhead(openStdin(signal), name, pace);
  const [split, ...others] = await resolveLocations([place], { follow: false, notice: () => {} });
  if (split === undefined || others.length > 0)
    throw usageError(
      `${place} is not one stream`,
      'name files, FIFOs or <(COMMAND), each of them one stream',
    );
  const bytes = await split.open(signal);
  return statOf(place)?.isFile() === true ? bytes : new ReadingAhead(bytes, name, pace);
}
