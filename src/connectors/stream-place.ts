import { TidemarkError, usageError } from '../errors.ts';
import type { SplitReader } from './connector.ts';
import { isPattern, resolveLocations } from './locations.ts';
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
  const [split, ...others] = await resolvePlace(place);
  if (split === undefined || others.length > 0)
    throw usageError(
      `${place} is not one stream`,
      isPattern(place)
        ? 'leave out the quotes: the shell makes names of a pattern'
        : 'name files, FIFOs or <(COMMAND), each of them one stream',
    );
  return readAhead(await split.open(signal), name, pace);
}

async function resolvePlace(place: string): ReturnType<typeof resolveLocations> {
  try {
    return await resolveLocations([place], { follow: false, notice: () => {} });
  } catch (error) {
    const hint = hintOf(place);
    if (!(error instanceof TidemarkError) || error.hint !== undefined || hint === undefined) throw error;
    throw new TidemarkError(error.code, error.message, { hint, cause: error });
  }
}

/** What was meant by the name of a file that is not there. */
function hintOf(place: string): string | undefined {
  if (place.startsWith('<(')) return 'leave out the quotes around it: the shell runs what stands in <(…)';
  if (place.endsWith(',')) return 'inputs stand apart by spaces, without commas';
  if (/^(?:tm )?source\s/.test(place)) return `what a command writes is <(tm ${place.replace(/^tm /, '')})`;
  return undefined;
}
