import type { Split } from '../connectors/connector.ts';
import { StoredStreams } from '../connectors/stored-streams.ts';
import { pump } from '../connectors/stream-input.ts';
import { errorIn, TidemarkError } from '../errors.ts';
import { MAIN, type Operator, type Work } from '../operators/operator.ts';
import { Batch, SKIPPED, TICK, WATERMARK } from '../stream/batch.ts';
import { headerJson } from '../stream/header.ts';
import type { EndReason, Header, Marker } from '../stream/marker.ts';
import { StreamReader } from '../stream/reader.ts';
import type { SourceContext } from './stage.ts';

/**
 * Reads stored streams (`--format stream`). One is passed on as it is: times, windows and watermarks. Of several, in
 * several locations or one behind the other in one, a stream is made that has the events of all. Those that have not
 * been read hold the watermark back, so that no event is late for standing behind another stream: only watermarks of
 * the last location count.
 * @param drain a stream that was suspended, and would go on some time, is complete where it stops
 * @throws TidemarkError when one of several is not complete, or of another kind than the first
 */
export async function replayStream(
  splits: readonly Split[],
  drain: boolean,
  context: SourceContext,
): Promise<void> {
  const replay = new Replay(context, drain);
  for (const [i, split] of splits.entries()) {
    await readLocation(split, i === splits.length - 1, replay, context);
    if (context.signal.aborted) return;
  }
  await replay.finish();
}

async function readLocation(
  split: Split,
  last: boolean,
  replay: Replay,
  context: SourceContext,
): Promise<void> {
  const { signal, maxLine } = context;
  const input = new StoredStreams(await split.open(signal));
  try {
    for (let number = 1; number === 1 || (await input.another()); number++) {
      replay.begin(number === 1 ? split.name : `${split.name}, stream ${number}`, last);
      const reader = new StreamReader({
        eof: 'cut',
        maxLine,
        notice: (message, hint) => context.notice(message, hint),
      });
      await pump(input, reader, replay, maxLine);
    }
  } catch (error) {
    // Who stopped it knows that it is cut off.
    if (!signal.aborted) throw replay.located(error);
  } finally {
    await input.close();
  }
}

/** Joins the streams, which are read one after the other, to one. */
class Replay {
  readonly #context: SourceContext;
  readonly #drain: boolean;
  /** Streams that have been begun. */
  #begun = 0;
  /** The one that is read. */
  #name = '';
  /** Whether its location is the last. */
  #last = false;
  /** The header of the first stream, and its name. */
  #first: { readonly name: string; readonly header: Header } | undefined;
  /** A watermark was passed on that is not that of the end: what follows in another stream may be late. */
  #watermarks = false;
  /** The latest tick, epoch ms: those of another stream may be of an earlier clock, and none goes back. */
  #tick = Number.NEGATIVE_INFINITY;
  /** A watermark says that the stream is complete; it is passed on when that is true of all. */
  #complete = false;
  /** The end of the stream read last, passed on when it is that of all. */
  #end: Marker | undefined;
  /** The stream was suspended where it stands, and is complete unless it goes on. */
  #suspended: Marker | undefined;

  constructor(context: SourceContext, drain: boolean) {
    this.#context = context;
    this.#drain = drain;
  }

  begin(name: string, last: boolean): void {
    this.#begun++;
    this.#name = name;
    this.#last = last;
  }

  readonly onBatch: Operator['onBatch'] = (_input, batch) => {
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === TICK) this.#takeTick(batch, row);
      if (batch.kind[row] !== WATERMARK) continue;
      if (batch.time[row] === Number.POSITIVE_INFINITY) this.#complete = true;
      else if (this.#last) {
        this.#watermarks = true;
        continue;
      }
      batch.kind[row] = SKIPPED;
    }
    return this.#context.emit(MAIN, batch);
  };

  #takeTick(batch: Batch, row: number): void {
    const time = batch.time[row]!;
    if (time < this.#tick) batch.kind[row] = SKIPPED;
    else this.#tick = time;
  }

  readonly onMarker = (_input: number, marker: Marker): Work => {
    if (marker.kind === 'stream') return this.#onHeader(marker.header);
    if (marker.kind === 'end' && marker.reason === 'drained') {
      this.#end = marker;
      return undefined;
    }
    if (marker.kind === 'end' && marker.reason === 'suspended' && this.#drain) {
      this.#suspended = marker;
      this.#complete = true;
      this.#end = { kind: 'end', reason: 'drained' };
      return undefined;
    }
    if (this.#alone) return this.#context.emitMarker(MAIN, marker);
    if (marker.kind === 'end') throw refusedEnd(marker.reason);
    // What else a stream says of itself is not true of all.
    return undefined;
  };

  /** No other stream has been seen. */
  get #alone(): boolean {
    return this.#begun === 1 && this.#last;
  }

  #onHeader(header: Header): Work {
    const first = this.#first;
    this.#end = undefined;
    this.#complete = false;
    this.#first ??= { name: this.#name, header };
    const suspended = this.#suspended;
    this.#suspended = undefined;
    // A stream that was suspended goes on behind a header of its own.
    if (first === undefined || this.#alone) return this.#passHeader(header, suspended);
    if (kindOf(header) !== kindOf(first.header))
      throw refused(`its @stream line is of another kind than that of ${first.name}`);
    if (this.#watermarks) {
      throw new TidemarkError('failed', 'the watermarks of the stream before are passed on already', {
        hint: 'store each stream in a file of its own and name them all, or make them without --delay',
      });
    }
    return undefined;
  }

  async #passHeader(header: Header, suspended: Marker | undefined): Promise<void> {
    if (suspended !== undefined) await this.#context.emitMarker(MAIN, suspended);
    await this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** All streams have been read. */
  async finish(): Promise<void> {
    if (this.#complete) {
      const batch = new Batch(1, 0);
      batch.addTime(WATERMARK, Number.POSITIVE_INFINITY);
      await this.#context.emit(MAIN, batch);
    }
    if (this.#end !== undefined) await this.#context.emitMarker(MAIN, this.#end);
  }

  /** Where there are several, an error says in which. */
  located(error: unknown): unknown {
    return this.#alone ? error : errorIn(this.#name, error);
  }
}

const refused = (why: string): TidemarkError =>
  new TidemarkError('failed', `the streams cannot be read as one: ${why}`, {
    hint: 'read streams that were made by the same commands, each to its end',
  });

const refusedEnd = (reason: EndReason): TidemarkError =>
  new TidemarkError('failed', `the streams cannot be read as one: it ended ${reason}`, {
    hint:
      reason === 'suspended'
        ? '--drain takes the end of a stream that was suspended for its end'
        : 'read streams that were made by the same commands, each to its end',
  });

/** What must be the same in headers of streams that are read as one: windows, and what the events are. */
const kindOf = (header: Header): string =>
  headerJson({ ...header, commands: [], bounded: true, watermark: {}, branch: '' });
