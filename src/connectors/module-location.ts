import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { ReaderState, RecordBatch, ResumableReader } from '../formats/format.ts';
import type { Shard, Split } from './connector.ts';
import type { ReadingPlace } from './file-progress.ts';
import { ModuleReader } from './module-reader.ts';
import type { LocationProgress, ReplayableLocation, ReplayOptions, Stretch } from './replayable.ts';
import {
  loadSource,
  type ModulePlace,
  type ModuleRecord,
  messageOf,
  type SourceModule,
  trackerOf,
} from './source-module.ts';

/** A source module as a location that is read once, to its end. */
export async function moduleSplit(place: ModulePlace): Promise<Split> {
  const source = await loadSource(place);
  const split = (shard: Shard | undefined): Split => ({
    name: place.name,
    endless: source.bounded === false,
    async open(signal) {
      const tracker = await trackerOf(source, place, shard);
      if (tracker === undefined) return { read: () => 0, close: async () => {} };
      const { name, parameters } = place;
      return new ModuleReader(
        { name, source, tracker, parameters, position: undefined, onRecord: () => true },
        signal,
      );
    },
    partOf: split,
  });
  return split(undefined);
}

/** A source module as a location that is gone on with. */
export async function moduleLocation(
  place: ModulePlace,
  { shard, notice }: Pick<ReplayOptions, 'shard' | 'notice'>,
): Promise<ReplayableLocation> {
  const source = await loadSource(place);
  const places =
    source.delivery === 'redelivering' ? new HeldIds(place, source, notice) : new Positions(place, source);
  return new ModuleLocation(place, source, places, shard);
}

/** What is known of the records of a module: where each of them is, or which of them are held. */
interface RecordPlaces {
  /** Goes on where an earlier run has saved. @param line the line before the first one */
  begin(line: number, saved: unknown): void;
  /** Where the module goes on. */
  readonly position: unknown;
  /** A record comes; false: it is left out. */
  onRecord(record: ModuleRecord): boolean;
  /** What is to be saved when all lines up to this one have been handed on. */
  at(line: number): unknown;
  committed(saved: unknown): Promise<void>;
}

class ModuleLocation implements ReplayableLocation {
  readonly name: string;
  readonly endless: boolean;
  /** A module is cut by its tracker: each part has something of it. */
  readonly foreign = false;
  readonly redelivers: boolean;
  readonly #place: ModulePlace;
  readonly #source: SourceModule;
  readonly #places: RecordPlaces;
  readonly #shard: Shard | undefined;

  constructor(place: ModulePlace, source: SourceModule, places: RecordPlaces, shard: Shard | undefined) {
    this.#shard = shard;
    this.name = place.name;
    this.endless = source.bounded === false;
    this.redelivers = source.delivery === 'redelivering';
    this.#place = place;
    this.#source = source;
    this.#places = places;
  }

  async *stretches(saved: ReadingPlace | null): AsyncGenerator<Stretch> {
    const from = saved ?? undefined;
    const places = this.#places;
    places.begin(from?.reader.line ?? 0, from?.reader.module);
    const tracker = await trackerOf(this.#source, this.#place, this.#shard);
    if (tracker === undefined) return;
    yield {
      name: this.name,
      id: undefined,
      from,
      known: Buffer.alloc(0),
      growing: false,
      readingBy: (reader) => new PlacedReader(reader, places),
      open: async (signal) =>
        new ModuleReader(
          {
            name: this.name,
            source: this.#source,
            tracker,
            parameters: this.#place.parameters,
            position: places.position,
            onRecord: (record) => places.onRecord(record),
          },
          signal,
        ),
    };
  }

  committed({ file }: LocationProgress): Promise<void> {
    return this.#places.committed(file?.reader.module);
  }
}

/** Reads the lines of a module, and knows where it is. */
class PlacedReader implements ResumableReader {
  readonly #reader: ResumableReader;
  readonly #places: RecordPlaces;

  constructor(reader: ResumableReader, places: RecordPlaces) {
    this.#reader = reader;
    this.#places = places;
  }

  get lines(): number {
    return this.#reader.lines;
  }

  read(batch: RecordBatch, from: number, cut: number, last: boolean): number {
    return this.#reader.read(batch, from, cut, last);
  }

  save(): ReaderState {
    const state = this.#reader.save();
    return { ...state, module: this.#places.at(state.line) };
  }

  restore(state: ReaderState): void {
    this.#reader.restore(state);
  }
}

/** Ids that were acknowledged and are known yet. */
const REMEMBERED = 100_000;

/** @throws TidemarkError `failed` where the module throws */
async function tell(place: ModulePlace, source: SourceModule, what: unknown): Promise<unknown> {
  try {
    return await source.acknowledge?.(what, { parameters: place.parameters });
  } catch (error) {
    throw new TidemarkError('failed', `${place.name} cannot acknowledge: ${messageOf(error)}`, {
      hint: 'what was read is committed: run the same line again, which acknowledges it first',
      cause: error,
    });
  }
}

/** The positions of a replayable source, by line. */
class Positions implements RecordPlaces {
  position: unknown;
  readonly #place: ModulePlace;
  readonly #source: SourceModule;
  /** Positions of the lines behind `#line`, in order; those before are not asked for any more. */
  #positions: unknown[] = [];
  #line = 0;

  constructor(place: ModulePlace, source: SourceModule) {
    this.#place = place;
    this.#source = source;
  }

  begin(line: number, saved: unknown): void {
    this.#line = line;
    this.#positions = [];
    this.position = saved;
  }

  onRecord({ position }: ModuleRecord): boolean {
    if (position === undefined) {
      throw new TidemarkError('failed', `${this.#place.name} gave a record without a position`, {
        hint: "with --state each record says where to go on behind it; where a queue redelivers: delivery: 'redelivering'",
      });
    }
    this.#positions.push(position);
    return true;
  }

  at(line: number): unknown {
    const passed = line - this.#line;
    if (passed > 0) {
      this.position = this.#positions[passed - 1];
      this.#positions.splice(0, passed);
      this.#line = line;
    }
    return this.position;
  }

  async committed(saved: unknown): Promise<void> {
    if (saved !== undefined) await tell(this.#place, this.#source, saved);
  }
}

/**
 * The ids of a redelivering source that were handed on and are not acknowledged: they are kept until their epoch is
 * committed, then acknowledged, and what comes again meanwhile is left out.
 */
class HeldIds implements RecordPlaces {
  readonly position = undefined;
  readonly #place: ModulePlace;
  readonly #source: SourceModule;
  readonly #notice: (message: string, hint?: string) => void;
  /** Ids that are held, with the line of each, in order. */
  readonly #held = new Map<string, number>();
  #line = 0;
  /**
   * The newest of those that this run has acknowledged: the module may have had one of them at hand, a second time,
   * before it was. The oldest go first.
   */
  readonly #acknowledged = new Set<string>();
  #told = false;

  constructor(place: ModulePlace, source: SourceModule, notice: (message: string, hint?: string) => void) {
    this.#place = place;
    this.#source = source;
    this.#notice = notice;
  }

  begin(line: number, saved: unknown): void {
    this.#line = line;
    const { ids } = (saved ?? { ids: [] }) as { ids: string[] };
    // What an earlier run has committed is told before this one reads: some of it may be acknowledged by now.
    for (const id of ids) if (!this.#acknowledged.has(id)) this.#held.set(id, line);
  }

  onRecord({ id }: ModuleRecord): boolean {
    if (id === undefined) {
      this.#tellNoIds();
      this.#line++;
      return true;
    }
    if (typeof id !== 'string') {
      throw new TidemarkError('failed', `${this.#place.name} gave an id that is no text`, {
        hint: 'an id is a text, the same whenever its record is delivered',
      });
    }
    if (this.#held.has(id)) return false;
    if (this.#acknowledged.delete(id)) {
      // It may be that the queue did not take it: it is told once more.
      this.#held.set(id, this.#line);
      return false;
    }
    this.#held.set(id, ++this.#line);
    return true;
  }

  at(line: number): unknown {
    const ids: string[] = [];
    for (const [id, at] of this.#held) if (at <= line) ids.push(id);
    return { ids };
  }

  async committed(saved: unknown): Promise<void> {
    const { ids: all } = (saved ?? { ids: [] }) as { ids: string[] };
    const ids = all.filter((id) => !this.#acknowledged.has(id));
    if (ids.length === 0) return;
    const answer = await tell(this.#place, this.#source, ids);
    const later = new Set<unknown>(Array.isArray(answer) ? answer : []);
    for (const id of ids) {
      if (later.has(id)) continue;
      this.#held.delete(id);
      this.#acknowledged.add(id);
    }
    for (const id of this.#acknowledged) {
      if (this.#acknowledged.size <= REMEMBERED) break;
      this.#acknowledged.delete(id);
    }
  }

  #tellNoIds(): void {
    if (this.#told) return;
    this.#told = true;
    this.#notice(
      `${this.#place.name} gives records without ids: those that it gives again come at least once`,
      'a record with an id comes once',
    );
  }
}
