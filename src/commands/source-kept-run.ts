import { turn } from '../connectors/regular-reader.ts';
import { usageError } from '../errors.ts';
import { MAIN } from '../operators/operator.ts';
import { readInBlocks } from './source-blocks.ts';
import { EpochReading } from './source-epochs.ts';
import type { EpochSource } from './source-kept.ts';
import { formatOf, namesTold, type SourceOptions } from './source-options.ts';
import { refuseEndlessSearch } from './source-range.ts';
import { SourceRecords } from './source-records.ts';
import { type SourceContext, type SourceEpochs, SUSPENDED } from './stage.ts';

/**
 * Reads the locations on where an earlier run has stopped, and keeps where this one stops: the work of `tm source --state`.
 * @throws TidemarkError `usage` where the locations cannot be read again
 */
export async function runKept(
  options: SourceOptions,
  context: SourceContext,
  epochs: SourceEpochs,
): Promise<void> {
  if (options.format === 'stream' || options.splits !== undefined) {
    throw usageError(
      options.splits === undefined
        ? 'a stored stream has its own epochs: --state cannot keep where it was read up to'
        : "a program's own records cannot be read again, so --state cannot keep where they were read up to",
      'leave --state out',
    );
  }
  const records = new SourceRecords(options, context);
  try {
    await new KeptRun(options, context, records).run(epochs);
  } finally {
    records.release();
  }
}

class KeptRun {
  readonly #options: SourceOptions;
  readonly #context: SourceContext;
  readonly #records: SourceRecords;

  constructor(options: SourceOptions, context: SourceContext, records: SourceRecords) {
    this.#options = options;
    this.#context = context;
    this.#records = records;
  }

  async run(epochs: SourceEpochs): Promise<void> {
    const records = this.#records;
    const { signal } = this.#context;
    const { locations, follow, onLostFile, onCommit, shard, drain, drainOnInterrupt } = this.#options;
    const notice = (message: string, hint?: string): void => this.#context.notice(message, hint);
    const reading = await EpochReading.begin(
      locations,
      {
        follow,
        onLostFile,
        onCommit,
        shard,
        isCut: (location) => readInBlocks(formatOf(this.#options, location)),
        notice,
      },
      this.#epochSource(epochs),
    );
    refuseEndlessSearch(reading.endless, this.#options);
    records.drained = reading.drained;
    await records.begin(namesTold(locations), reading.endless === undefined);
    records.hintAboutEndless(reading.endless);
    try {
      await reading.read();
    } finally {
      await records.rejects.flush();
    }
    records.rejects.tell();
    records.times.tellAhead();
    if (reading.drained) return this.#context.emitMarker(MAIN, { kind: 'end', reason: 'drained' });
    // An interrupt that also ended the input must be seen before the end is written.
    await turn();
    await turn();
    const atStop = drainOnInterrupt && signal.reason !== SUSPENDED;
    const drains = reading.finished || (signal.aborted ? atStop : drain);
    if (drains) {
      records.tellEmptyRange();
      await records.complete();
    } else if (this.#options.completeToNow && !signal.aborted) {
      // As far as events are not older than the delay.
      await reading.completeTo(this.#context.now() - (this.#options.delay ?? 0));
    } else if (!signal.aborted) await this.#passIdle(reading);
    await reading.end(drains);
    await this.#context.emitMarker(MAIN, { kind: 'end', reason: drains ? 'drained' : 'suspended' });
  }

  /** Locations that have had nothing for long hold the watermark back no more. */
  async #passIdle(reading: EpochReading): Promise<void> {
    const { idle, delay = 0 } = this.#options;
    const reached = idle === undefined ? undefined : reading.reachedWithout(this.#context.now() - idle);
    if (reached !== undefined && reached > this.#records.times.events.watermark + delay)
      await reading.completeTo(reached - delay);
  }

  #epochSource(epochs: SourceEpochs): EpochSource {
    const records = this.#records;
    return {
      epochs,
      signal: this.#context.signal,
      records: records.batch,
      drain: this.#options.drain,
      formatOf: (location) => formatOf(this.#options, location),
      beginLocation: (_location, times, others) => records.enterLocation(times, others),
      beginOrder: () => records.range?.beginLocation(),
      beginFile: (name, cut) => records.beginFile(name, cut),
      createReader: (location, name) => records.createReader(location, records.rejects, 0, name),
      onRecords: (location) => records.onRecords(location),
      get times() {
        return records.reached;
      },
      get clock() {
        return records.times.clock;
      },
      clockAgain: async () => records.times.clock?.again(),
      completeTo: (time) => records.completeTo(time),
      get satisfied() {
        return records.satisfied;
      },
      save: () => records.save(),
      restore: (position) => records.restore(position),
    };
  }
}
