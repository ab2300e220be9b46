import { usageError } from '../errors.ts';
import type { SplitReader } from './connector.ts';
import { resolveLocations } from './locations.ts';
import { readAhead } from './reading-ahead.ts';
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
 * Opens the place of one of several streams: a file, a FIFO, an open descriptor, `-`. A pipe is read ahead of who takes it.
 * @throws TidemarkError `usage` for what is not one place, `failed` for one that cannot be read
 */
export async function openStreamPlace(place: string, options: StreamPlaceOptions): Promise<SplitReader> {
  const { name, signal, pace, openStdin } = options;
  if (place === '-') return readAhead(openStdin(signal), name, pace);
  const [split, ...others] = await resolveLocations([place], { follow: false, notice: () => {} });
  if (split === undefined || others.length > 0)
    throw usageError(
      `${place} is not one stream`,
      'name files, FIFOs or <(COMMAND), each of them one stream',
    );
  return readAhead(await split.open(signal), name, pace);
}
