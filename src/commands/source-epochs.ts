import type { SplitReader } from '../connectors/connector.ts';
import { FileProgress } from '../connectors/file-progress.ts';
import { LimitedReader } from '../connectors/limited-reader.ts';
import { bothPauses, type Pauses, readRecords } from '../connectors/record-loop.ts';
import {
  isFile,
  keyOf,
  type LocationProgress,
  type ReplayableLocation,
  type ReplayOptions,
  type Stretch,
} from '../connectors/replayable.ts';
import { replayableLocations } from '../connectors/replayable-locations.ts';
import { SourceDecisions, type Step } from './source-decisions.ts';
import type { EpochSource, LocationTimes } from './source-kept.ts';
import { finite, type LocationPosition, positionOf, type SourcePosition } from './source-position.ts';
import { refuseUnreachable } from './source-range.ts';
import { shardText } from './source-shard.ts';

/** How far one location is. */
interface LocationReading {
  readonly location: ReplayableLocation;
  /** Its place among all locations. */
  readonly number: number;
  /** Bytes that were read, in all runs, up to the file that is read. */
  bytes: number;
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

/**
 * Reads the locations of a source from where an earlier run has stopped, with a barrier whenever one is due. They are read
 * in their order, each as far as it goes: how far that was is noted before the next is begun, for files grow.
 */
export class EpochReading {
  /** The state is that of a stream that has its end: nothing more may come. */
  readonly drained: boolean;
  readonly #source: EpochSource;
  readonly #shard: string | null;
  readonly #readings: readonly LocationReading[];
  /** Those of which something is read here. */
  readonly #own: readonly LocationReading[];
  readonly #decisions: SourceDecisions;
  /** The location that is read: a run that goes on from here begins with it. */
  #reading: number;
  /** What is to be noted before anything else is read or written. */
  #left: Step | undefined;
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
    this.#reading = saved?.reading ?? 0;
    this.#decisions = new SourceDecisions(epochs.journal);
    this.#source = source;
    this.#readings = locations.map((location, i) => readingOf(location, i, saved?.locations[i]));
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
    // Another source of the run has begun an epoch, and may have nothing to read: then nothing is read here either.
    if (this.#source.epochs.isAwaited === true) await this.#pauses.pause();
    const again = await this.#readAgain();
    if (this.#reading > 0 || again) await this.#readFrom(this.#reading);
    await this.#readFrom(0);
    if (!this.#stopped) this.#reading = 0;
  }

  /** Takes the steps of the run before, up to where it was killed; false: there were none. */
  async #readAgain(): Promise<boolean> {
    const decisions = this.#decisions;
    let again = false;
    for (;;) {
      const { step } = decisions;
      await this.#source.clockAgain();
      if (this.#stopped || step === undefined) return again;
      again = true;
      const reading = step.kind === 'left' ? this.#readings[step.location] : undefined;
      if (step.kind === 'complete') await this.#source.completeTo(step.time);
      else if (reading !== undefined && !reading.passed) await this.#readLocation(reading, step.bytes);
      if (this.#stopped) return again;
      await this.#source.clockAgain();
      // What was noted meanwhile has given it up, where the input is not what it was.
      if (decisions.step === step) decisions.passStep();
      this.#reading = step.kind === 'left' ? step.location + 1 : this.#readings.length;
    }
  }

  /** Reads the locations from this one on, as far as they go. */
  async #readFrom(number: number): Promise<void> {
    for (const reading of this.#own) {
      if (reading.number < number) continue;
      if (this.#stopped) return;
      this.#noteLeft();
      this.#reading = reading.number;
      if (!reading.passed) await this.#readLocation(reading);
      this.#left = { kind: 'left', location: reading.number, bytes: reading.bytes };
    }
  }

  /**
   * How far all locations are that have had an event since this time of the clock, or have their end; undefined: all have,
   * or none has. Times in epoch ms.
   */
  reachedWithout(activeSince: number): number | undefined {
    const reading = this.#own.filter(({ passed }) => !passed);
    const active = reading.filter(({ times }) => times.active > activeSince);
    if (active.length === 0 || active.length === reading.length) return undefined;
    return Math.min(...active.map(({ times }) => times.highest));
  }

  #noteLeft(): void {
    if (this.#left !== undefined) this.#decisions.note(this.#left);
    this.#left = undefined;
  }

  /** The input, as far as it was read, is complete up to this time, epoch ms. */
  async completeTo(time: number): Promise<void> {
    this.#noteLeft();
    this.#decisions.note({ kind: 'complete', time });
    await this.#source.completeTo(time);
  }

  /** Ends the last epoch. @param drained the stream ends with it */
  async end(drained: boolean): Promise<void> {
    await this.#source.epochs.barrier(this.#position(drained), true);
  }

  async #committed({ locations }: SourcePosition): Promise<void> {
    for (const [i, { location }] of this.#readings.entries()) await location.committed?.(locations[i]!);
  }

  get #stopped(): boolean {
    return this.#source.signal.aborted || this.#source.satisfied;
  }

  /** @param limit reads up to so many bytes of it, in all runs */
  async #readLocation(reading: LocationReading, limit = Number.POSITIVE_INFINITY): Promise<void> {
    const source = this.#source;
    const { location, number } = reading;
    const most = location.redelivers === true ? Number.POSITIVE_INFINITY : limit;
    if (reading.bytes >= most) return;
    // One of which nothing more is wanted has its end.
    const others = this.#own
      .filter((other) => other !== reading && !other.passed)
      .map(({ times }) => times.highest);
    source.beginLocation(location.name, reading.times, Math.min(Number.POSITIVE_INFINITY, ...others));
    const known = new Set([...(location.order ?? []), ...this.#decisions.filesOf(number)]);
    if (location.order !== undefined) location.order = [...known];
    for await (const stretch of location.stretches(reading.file)) {
      await source.clockAgain();
      if (location.take !== undefined && stretch.from === undefined) {
        // The files of a directory have each an order of their own.
        source.beginOrder();
        this.#noteOrder(reading, stretch, known);
      }
      const wanted = await this.#readStretch(reading, stretch, most);
      if (this.#stopped) return;
      if (location.take !== undefined) takeWhole(reading, stretch);
      else if (!wanted) {
        reading.passed = true;
        return;
      }
      if (reading.bytes >= most) return;
    }
  }

  /** Notes in which order the files of a location are read, before one is begun of which that is not known. */
  #noteOrder({ location, number }: LocationReading, { id }: Stretch, known: Set<string>): void {
    this.#decisions.passFiles();
    if (id === undefined || known.has(keyOf(id))) return;
    const keys = location.upcoming ?? [];
    location.order = keys;
    this.#decisions.note({ kind: 'files', location: number, keys });
    for (const key of keys) known.add(key);
  }

  /** Reads one file; false: no more records of its location are wanted. */
  async #readStretch(reading: LocationReading, stretch: Stretch, most: number): Promise<boolean> {
    const source = this.#source;
    const { name } = reading.location;
    const progress = new FileProgress();
    progress.begin(stretch.from?.byte ?? 0, stretch.known);
    source.beginFile(stretch.name, stretch.cut === true);
    const current: Current = { reading, stretch, progress, reader: undefined };
    const open = async (signal: AbortSignal): Promise<SplitReader> => {
      const whole = await stretch.open(signal);
      current.reader =
        most === Number.POSITIVE_INFINITY ? whole : new LimitedReader(whole, most - reading.bytes);
      this.#current = current;
      return current.reader;
    };
    let { from } = stretch;
    const wanted = await readRecords({ name: stretch.name, open }, source.records, {
      signal: source.signal,
      progress,
      pauses: bothPauses(source.clock, this.#pauses),
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
    reading.bytes += progress.taken;
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
      reading: this.#reading,
      locations: this.#readings.map(({ location, bytes, times, passed, file }) => ({
        name: location.name,
        format: this.#source.formatOf(location.name),
        highest: finite(times.highest),
        latest: finite(times.latest),
        ...(times.active === Number.NEGATIVE_INFINITY ? {} : { active: times.active }),
        ...(times.estimator === undefined ? {} : { estimator: times.estimator }),
        bytes: bytes + (this.#current?.reading.location === location ? this.#current.progress.taken : 0),
        passed,
        file,
        // As it is now: files that are taken later belong to a later epoch.
        ...(location.taken === undefined ? {} : { taken: [...location.taken] }),
        ...(location.order === undefined ? {} : { order: [...location.order] }),
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

function readingOf(
  location: ReplayableLocation,
  number: number,
  saved: LocationPosition | undefined,
): LocationReading {
  if (saved?.taken !== undefined) location.taken = saved.taken;
  if (saved?.order !== undefined) location.order = saved.order;
  return {
    location,
    number,
    bytes: saved?.bytes ?? 0,
    times: {
      highest: saved?.highest ?? Number.NEGATIVE_INFINITY,
      latest: saved?.latest ?? Number.NEGATIVE_INFINITY,
      active: saved?.active ?? Number.NEGATIVE_INFINITY,
      estimator: saved?.estimator,
    },
    passed: saved?.passed ?? false,
    file: saved?.file ?? null,
  };
}
