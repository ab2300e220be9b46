import { TidemarkError } from '../errors.ts';
import type { Batch } from '../stream/batch.ts';
import { withSchema } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { Combine } from './combine.ts';
import { CombineParts, combinePart } from './combine-in-parts.ts';
import type { CombineOptions } from './combine-options.ts';
import type { Operator, OperatorContext, Work } from './operator.ts';
import { PartBatch } from './part-batch.ts';
import { resultSchema } from './result-schema.ts';
import { settle } from './work.ts';

/**
 * Combines a stream of which other threads have combined blocks: for those it gets `PartBatch`es in place of events.
 * Events that come as such are combined to parts here, so that all parts are merged in the order of the stream, and
 * what has an order of its own (the first value, a list) comes out as if all had been combined here.
 */
export class CombineBlocks implements Operator {
  readonly reads: readonly string[];
  /** Combines events, and tells what there is to tell of all that were combined, here and elsewhere. */
  readonly #events: Combine;
  readonly #parts: CombineParts;
  /** Whether groups of events may be open that have not gone to the parts. */
  #open = false;
  readonly #options: CombineOptions;
  readonly #context: OperatorContext;
  readonly #merges: () => boolean;
  #header: Marker | undefined;
  /** Of the events, when it has come. */
  #before: Header | undefined;
  /** Combines all by itself where there are no parts; undefined: there may be, or nothing has come so far. */
  #alone: Combine | undefined;

  /** @param merges asked when the first events come: false if no parts will come at all */
  constructor(options: CombineOptions, context: OperatorContext, merges: () => boolean) {
    this.#options = options;
    this.#context = context;
    this.#merges = merges;
    this.#parts = new CombineParts(options, {
      ...context,
      emitMarker: (output, marker) => context.emitMarker(output, this.#typed(marker)),
    });
    this.#events = combinePart(
      { ...options, order: [], limit: Number.POSITIVE_INFINITY, unordered: true },
      {
        ...context,
        emit: (_output, batch) => settle(this.#parts.onBatch(0, batch)),
        emitMarker: (_output, marker) => settle(this.#parts.onMarker(0, onceThrough(marker))),
      },
    );
    this.reads = this.#events.reads;
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    if (this.#header !== undefined && !this.#merges()) this.#alone = this.#createAlone(this.#header);
    this.#header = undefined;
    if (this.#alone !== undefined) {
      yield* this.#alone.onBatch(0, batch);
      return;
    }
    if (!(batch instanceof PartBatch)) {
      this.#open = true;
      yield* this.#events.onBatch(0, batch);
      return;
    }
    if (this.#open) yield* this.#events.drain();
    this.#open = false;
    this.#events.account(batch.tally, batch.watermark);
    yield settle(this.#parts.onBatch(0, batch));
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'stream') {
      // What other threads have read ahead is behind no barrier.
      if (marker.header.state !== undefined) throw noState();
      this.#header = marker;
      this.#before = marker.header;
    }
    return (this.#alone ?? this.#events).onMarker(0, marker);
  }

  /** Parts tell nothing of the events: what is known of results is what is known of those. */
  #typed(marker: Marker): Marker {
    if (marker.kind !== 'stream') return marker;
    return { ...marker, header: withSchema(marker.header, resultSchema(this.#options, this.#before!)) };
  }

  /** @param header has been handed on already */
  #createAlone(header: Marker): Combine {
    const context = this.#context;
    const combine = new Combine(this.#options, {
      ...context,
      emitMarker: (output, marker) =>
        marker.kind === 'stream' ? undefined : context.emitMarker(output, marker),
    });
    combine.onMarker(0, header);
    return combine;
  }
}

const noState = (): TidemarkError =>
  new TidemarkError('failed', 'state cannot be kept of blocks that other threads combine', {
    hint: 'leave out --workers, or --state',
  });

/** The header as if it had gone through one `combine` behind the two. */
function onceThrough(marker: Marker): Marker {
  if (marker.kind !== 'stream') return marker;
  const header: Header = { ...marker.header, commands: marker.header.commands.slice(0, -1) };
  return { kind: 'stream', header };
}
