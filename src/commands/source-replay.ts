import type { Split } from '../connectors/connector.ts';
import { pump } from '../connectors/stream-input.ts';
import { TidemarkError } from '../errors.ts';
import { MAIN, type Operator, type Work } from '../operators/operator.ts';
import { SKIPPED, WATERMARK } from '../stream/batch.ts';
import { headerJson } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { StreamReader } from '../stream/reader.ts';
import type { SourceContext } from './stage.ts';

/**
 * Reads stored streams (`--format stream`). One is passed on as it is: times, windows and watermarks. Of several,
 * read one after the other, a stream is made that has the events of all: those that have not been read hold the
 * watermark back, so that only the last one moves it and no event is late for standing in another file.
 * @throws TidemarkError when one of several is not complete, or of another kind than the first
 */
export async function replayStream(splits: readonly Split[], context: SourceContext): Promise<void> {
  const replay = new Replay(splits.length, context);
  for (const split of splits) {
    if (context.signal.aborted) return;
    replay.begin(split);
    await readStored(split, replay, context);
  }
}

async function readStored(split: Split, replay: Replay, context: SourceContext): Promise<void> {
  const { signal, maxLine } = context;
  const input = await split.open(signal);
  const reader = new StreamReader({
    eof: 'cut',
    maxLine,
    notice: (message, hint) => context.notice(message, hint),
  });
  try {
    await pump(input, reader, replay, maxLine);
  } catch (error) {
    // Who stopped it knows that it is cut off.
    if (!signal.aborted) throw replay.located(error);
  } finally {
    await input.close();
  }
}

/** Joins the streams, which are read one after the other, to one. */
class Replay {
  readonly #count: number;
  readonly #context: SourceContext;
  /** The stream that is read, from 1 on. */
  #current = 0;
  #name = '';
  /** The header of the first stream, and its name. */
  #first: { readonly name: string; readonly header: Header } | undefined;

  constructor(count: number, context: SourceContext) {
    this.#count = count;
    this.#context = context;
  }

  begin({ name }: Split): void {
    this.#current++;
    this.#name = name;
  }

  readonly onBatch: Operator['onBatch'] = (_input, batch) => {
    if (this.#current < this.#count) {
      for (let row = 0; row < batch.rows; row++) if (batch.kind[row] === WATERMARK) batch.kind[row] = SKIPPED;
    }
    return this.#context.emit(MAIN, batch);
  };

  readonly onMarker = (_input: number, marker: Marker): Work => {
    if (this.#count === 1) return this.#context.emitMarker(MAIN, marker);
    if (marker.kind === 'stream') return this.#onHeader(marker.header);
    if (marker.kind === 'end' && marker.reason !== 'drained')
      throw this.#refused(`it ended ${marker.reason}`);
    // What else a stream says of itself is not true of all.
    return marker.kind === 'end' && this.#current === this.#count
      ? this.#context.emitMarker(MAIN, marker)
      : undefined;
  };

  #onHeader(header: Header): Work {
    const first = this.#first;
    if (first === undefined) {
      this.#first = { name: this.#name, header };
      return this.#context.emitMarker(MAIN, { kind: 'stream', header });
    }
    if (kindOf(header) !== kindOf(first.header))
      throw this.#refused(`its @stream line is of another kind than that of ${first.name}`);
    return undefined;
  }

  #refused(why: string): TidemarkError {
    return new TidemarkError('failed', `the streams cannot be read as one: ${why}`, {
      hint: 'read streams that were made by the same commands, each to its end',
    });
  }

  /** Where there are several, an error says in which. */
  located(error: unknown): unknown {
    if (this.#count === 1 || !(error instanceof TidemarkError) || error.where !== undefined) return error;
    const { code, message, hint, line, column } = error;
    return new TidemarkError(code, message, {
      where: this.#name,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    });
  }
}

/** What must be the same in headers of streams that are read as one: windows, and what the events are. */
const kindOf = (header: Header): string =>
  headerJson({ ...header, commands: [], bounded: true, watermark: {} });
