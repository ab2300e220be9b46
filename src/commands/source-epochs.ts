import type { SplitReader } from '../connectors/connector.ts';
import { FileProgress } from '../connectors/file-progress.ts';
import { type Pauses, readRecords } from '../connectors/record-loop.ts';
import {
  isFile,
  type LocationProgress,
  type ReplayableLocation,
  type ReplayOptions,
  type Stretch,
} from '../connectors/replayable.ts';
import { replayableLocations } from '../connectors/replayable-locations.ts';
import type { RecordBatch, ResumableReader } from '../formats/format.ts';
import { finite, type LocationPosition, positionOf, type SourcePosition } from './source-position.ts';
import { refuseUnreachable } from './source-range.ts';
import { shardText } from './source-shard.ts';
import type { SourceEpochs } from './stage.ts';

/** What is kept of the whole source, beside its locations. */
export type WholePosition = Omit<SourcePosition, 'version' | 'locations' | 'shard' | 'drained'>;

/** The source whose locations are read: what it makes of their records, and what it has to keep of that. */
export interface EpochSource {
  readonly epochs: SourceEpochs;
  readonly signal: AbortSignal;
  readonly records: RecordBatch;
  /** The input ends where it ends now: half a line at its end is one. */
  readonly drain: boolean;
  formatOf(location: string): string;
  /** A location is gone on with. @param others the least of the highest event times of the other locations, ms */
  beginLocation(location: string, times: LocationTimes, others: number): void;
  /** What follows need not be in the order of the times before. */
  beginOrder(): void;
  /** A file of it is begun, or gone on with. @param name for messages @param cut only the lines of a part are read */
  beginFile(name: string, cut: boolean): void;
  createReader(location: string, name: string): ResumableReader;
  onRecords(location: string): Promise<boolean>;
  /** Those of the location that is read. */
  readonly times: LocationTimes;
  /** No more events are wanted, of any location. */
  readonly satisfied: boolean;
  save(): WholePosition;
  restore(position: WholePosition): void;
}

/** The highest event time of a location, and the highest time of all its records; ms, -Infinity where there is none. */
export interface LocationTimes {
  readonly highest: number;
  readonly latest: number;
}

/** How far one location is. */
interface LocationReading {
  readonly location: ReplayableLocation;
  times: LocationTimes;
  /** No later record of it is wanted. */
  passed: boolean;
  /** The file that was read last, and the place in it; null: it was taken whole, or none was begun. */
  file: LocationProgress['file'];
}

/** The file that is read. */
interface Current {
  readonly reading: LocationReading;
  readonly stretch: Stretch;
  readonly progress: FileProgress;
  /** Knows which file it is, where that changes; undefined before it is open. */
  reader: SplitReader | undefined;
}

/** Reads the locations of a source from where an earlier run has stopped, with a barrier whenever one is due. */
export class EpochReading {
  /** The state is that of a stream that has its end: nothing more may come. */
  readonly drained: boolean;
  readonly #source: EpochSource;
  readonly #shard: string | null;
  readonly #readings: readonly LocationReading[];
  /** Those of which something is read here. */
  readonly #own: readonly LocationReading[];
  /** Undefined between two files. */
  #current: Current | undefined;
  readonly #pauses: Pauses;

  /**
   * @throws TidemarkError `usage` for a location that cannot be read again, or where the position is that of another line;
   *   `failed` for one that is not there
   */
  static async begin(
    locations: readonly string[],
    options: ReplayOptions,
    source: EpochSource,
  ): Promise<EpochReading> {
    const { shard } = options;
    return new EpochReading(
      await replayableLocations(locations, options),
      source,
      shard === undefined ? null : shardText(shard),
    );
  }

  private constructor(locations: readonly ReplayableLocation[], source: EpochSource, shard: string | null) {
    this.#shard = shard;
    const { epochs } = source;
    const shape = locations.map(({ name }) => ({ name, format: source.formatOf(name) }));
    refuseUnreachable(locations);
    const saved = positionOf(epochs.restored, { locations: shape, shard });
    if (saved !== undefined) source.restore(saved);
    this.drained = saved?.drained ?? false;
    this.#source = source;
    this.#readings = locations.map((location, i) => readingOf(location, saved?.locations[i]));
    // What was restored is committed: it is told at once.
    this.#own = this.#readings.filter(({ location }) => !location.foreign);
    epochs.onCommitted = (position) => this.#committed(position as SourcePosition);
    this.#pauses = {
      due: () => epochs.due(),
      untilDue: () => epochs.untilDue(),
      pause: () => epochs.barrier(this.#position(false)),
    };
  }

  /** A location that has no end. */
  get endless(): string | undefined {
    return this.#readings.find(({ location }) => location.endless)?.location.name;
  }

  /** Nothing more can come of any location. */
  get finished(): boolean {
    return this.#source.satisfied || (this.#own.length > 0 && this.#own.every(({ passed }) => passed));
  }

  /** Reads what there is, until the signal. */
  async read(): Promise<void> {
    for (const reading of this.#own) {
      if (this.#stopped) return;
      if (!reading.passed) await this.#readLocation(reading);
    }
  }

  /** Ends the last epoch. @param drained the stream ends with it */
  async end(drained: boolean): Promise<void> {
    await this.#source.epochs.barrier(this.#position(drained));
  }

  async #committed({ locations }: SourcePosition): Promise<void> {
    for (const [i, { location }] of this.#readings.entries()) await location.committed?.(locations[i]!);
  }

  get #stopped(): boolean {
    return this.#source.signal.aborted || this.#source.satisfied;
  }

  async #readLocation(reading: LocationReading): Promise<void> {
    const source = this.#source;
    const { location } = reading;
    const others = this.#own.filter((other) => other !== reading).map(({ times }) => times.highest);
    source.beginLocation(location.name, reading.times, Math.min(Number.POSITIVE_INFINITY, ...others));
    for await (const stretch of location.stretches(reading.file)) {
      // The files of a directory have each an order of their own.
      if (location.take !== undefined && stretch.from === undefined) source.beginOrder();
      const wanted = await this.#readStretch(reading, stretch);
      if (this.#stopped) return;
      if (location.take !== undefined) takeWhole(reading, stretch);
      else if (!wanted) {
        reading.passed = true;
        return;
      }
    }
  }

  /** Reads one file; false: no more records of its location are wanted. */
  async #readStretch(reading: LocationReading, stretch: Stretch): Promise<boolean> {
    const source = this.#source;
    const { name } = reading.location;
    const progress = new FileProgress();
    progress.begin(stretch.from?.byte ?? 0, stretch.known);
    source.beginFile(stretch.name, stretch.cut === true);
    const current: Current = { reading, stretch, progress, reader: undefined };
    const open = async (signal: AbortSignal): Promise<SplitReader> => {
      current.reader = await stretch.open(signal);
      this.#current = current;
      return current.reader;
    };
    let { from } = stretch;
    const wanted = await readRecords({ name: stretch.name, open }, source.records, {
      signal: source.signal,
      progress,
      pauses: this.#pauses,
      growing: stretch.growing && !source.drain,
      createReader: () => {
        const records = source.createReader(name, stretch.name);
        const reader = stretch.readingBy?.(records) ?? records;
        // A file that follows in the same stretch is read from its start.
        if (from !== undefined) reader.restore(from.reader);
        from = undefined;
        progress.readBy(reader);
        return reader;
      },
      onRecords: () => source.onRecords(name),
    });
    this.#note();
    this.#current = undefined;
    return wanted;
  }

  /** Notes how far the file that is read has been read. */
  #note(): void {
    if (this.#current === undefined) return;
    const { reading, stretch, progress, reader } = this.#current;
    reading.times = this.#source.times;
    const { place } = progress;
    if (place !== undefined) reading.file = { ...(reader?.file ?? stretch.id), ...place };
  }

  #position(drained: boolean): SourcePosition {
    this.#note();
    return {
      version: 1,
      ...this.#source.save(),
      drained,
      shard: this.#shard,
      locations: this.#readings.map(({ location, times, passed, file }) => ({
        name: location.name,
        format: this.#source.formatOf(location.name),
        highest: finite(times.highest),
        latest: finite(times.latest),
        passed,
        file,
        // As it is now: files that are taken later belong to a later epoch.
        ...(location.taken === undefined ? {} : { taken: [...location.taken] }),
      })),
    };
  }
}

/** A file of a directory or a pattern was read to its end, or as far as is wanted. */
function takeWhole(reading: LocationReading, stretch: Stretch): void {
  const { location, file } = reading;
  if (file === null || !isFile(file)) return;
  const { device, inode, born, modified, fingerprint, byte } = file;
  const bytes = Math.max(byte, stretch.size ?? 0);
  location.take?.({ path: stretch.name, device, inode, born, modified, fingerprint, bytes });
  reading.file = null;
}

function readingOf(location: ReplayableLocation, saved: LocationPosition | undefined): LocationReading {
  if (saved?.taken !== undefined) location.taken = saved.taken;
  return {
    location,
    times: {
      highest: saved?.highest ?? Number.NEGATIVE_INFINITY,
      latest: saved?.latest ?? Number.NEGATIVE_INFINITY,
    },
    passed: saved?.passed ?? false,
    file: saved?.file ?? null,
  };
}
