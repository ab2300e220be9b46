import type { Split } from '../connectors/connector.ts';
import { pump } from '../connectors/stream-input.ts';
import { usageError } from '../errors.ts';
import { MAIN } from '../operators/operator.ts';
import { StreamReader } from '../stream/reader.ts';
import type { SourceContext } from './stage.ts';

/** Reads a stored stream (`--format stream`) and passes it on as it is, times, windows and watermarks. */
export async function replayStream(splits: readonly Split[], context: SourceContext): Promise<void> {
  const [split, ...others] = splits;
  if (split === undefined) return;
  if (others.length > 0)
    throw usageError('a stored stream is one location', 'read each by a command of its own');
  const { signal, maxLine } = context;
  const input = await split.open(signal);
  const reader = new StreamReader({
    eof: 'cut',
    maxLine,
    notice: (message, hint) => context.notice(message, hint),
  });
  try {
    await pump(
      input,
      reader,
      {
        onBatch: (_input, batch) => context.emit(MAIN, batch),
        onMarker: (_input, marker) => context.emitMarker(MAIN, marker),
      },
      maxLine,
    );
  } catch (error) {
    // Who stopped it knows that it is cut off.
    if (!signal.aborted) throw error;
  } finally {
    await input.close();
  }
}
