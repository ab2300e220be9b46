import { damaged } from '../state/saved-bytes.ts';
import type { SavedValue } from '../state/saved-value.ts';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { ON_DISK, type SpillFiles } from '../state/spill-files.ts';
import type { OpenCounts } from '../windows/grouping.ts';
import { KeptTimes } from './kept-times.ts';
import type { SeenKeys } from './seen-keys.ts';
import { SessionKeys } from './session-keys.ts';
import { WindowKeys } from './window-keys.ts';

/** All keys that dedup remembers, and what of them goes to disk. */
export class RememberedKeys {
  /** Undefined: keys are remembered by window. */
  readonly kept: KeptTimes | undefined;
  /** Keys seen in windows that are open; made by the first event of its kind. */
  #windows: WindowKeys | undefined;
  #sessions: SessionKeys | undefined;
  /** Bytes. */
  readonly #memory: number;
  readonly #open: (() => Promise<SpillFiles>) | undefined;
  /** Where keys are that do not fit in memory, once there are any. */
  #files: SpillFiles | undefined;
  /** What a snapshot has said of those on disk, until they are there. */
  #runs: unknown;
  /** Whether what is held is to remember what changes. */
  #tracked = false;

  /**
   * @param within distance in event time at which an event is no duplicate any more, ms; undefined: once per window
   * @param memory bytes that they may take
   * @param open gives files; undefined: all stay in memory
   */
  constructor(within: number | undefined, memory: number, open: (() => Promise<SpillFiles>) | undefined) {
    this.kept = within === undefined ? undefined : new KeptTimes(within);
    this.#memory = memory;
    this.#open = open;
  }

  get windows(): WindowKeys {
    this.#windows ??= this.#tracking(new WindowKeys());
    return this.#windows;
  }

  /** @param gap of the sessions, ms */
  sessions(gap: number): SessionKeys {
    this.#sessions ??= this.#tracking(new SessionKeys(gap));
    return this.#sessions;
  }

  /** Forgets what nothing can be a duplicate of any more. */
  forget(watermark: number): void {
    this.kept?.forget(watermark);
    this.#windows?.forget(watermark);
    this.#sessions?.forget(watermark);
  }

  get open(): OpenCounts {
    let [keys, windows] = [0, 0];
    for (const { open } of this.#all.values()) {
      keys += open.keys;
      windows += open.windows;
    }
    return { keys, windows };
  }

  /** Moves keys to disk where they take more memory than they should, and there is a disk. */
  *makeRoom(): Generator<undefined | Promise<void>, void, void> {
    const open = this.#open;
    if (open === undefined) return;
    for (const seen of this.#all.values()) {
      if (!seen.exceeds(seen.disk?.room ?? this.#memory)) continue;
      if (seen.disk === undefined) yield this.#beginSpilling(seen, open);
      seen.spill(seen.disk!);
    }
  }

  track(): void {
    this.#tracked = true;
    for (const seen of this.#all.values()) seen.track();
  }

  /** What `restore` needs to know first. */
  get saved(): { readonly tiled: boolean; readonly sessions: boolean } {
    return { tiled: this.#windows !== undefined, sessions: this.#sessions !== undefined };
  }

  /** Makes durable what is on disk, and writes the rest. */
  save(out: SnapshotWriter): void {
    const runs: Record<string, unknown> = {};
    for (const [name, seen] of this.#all) {
      seen.save(out);
      if (seen.disk?.any === true) runs[name] = seen.disk.save();
    }
    this.#files?.sync();
    if (Object.keys(runs).length > 0) out.value(ON_DISK, runs);
  }

  /**
   * @param saved has the members of `saved`
   * @param gap of sessions, ms
   * @throws TidemarkError `failed`
   */
  restore(saved: SavedValue, from: SnapshotReader, gap: number): void {
    if (saved.boolean('tiled')) this.windows.restore(from);
    if (saved.boolean('sessions')) this.sessions(gap).restore(from);
    this.kept?.restore(from);
    this.#runs = from.value(ON_DISK);
  }

  /** Opens the files that the snapshot has named. @throws TidemarkError `failed` */
  async restored(watermark: number): Promise<void> {
    const saved = this.#runs;
    this.#runs = undefined;
    if (saved === undefined) return;
    const { savedKeyRuns } = await import('./spilled-keys.ts');
    for (const [name, runs] of Object.entries(saved as Readonly<Record<string, unknown>>)) {
      const seen = this.#all.get(name);
      if (seen === undefined) throw damaged(`it has no ${name}`);
      await this.#beginSpilling(seen, this.#open!);
      seen.disk!.restore(savedKeyRuns(runs));
      seen.disk!.forget(watermark);
    }
  }

  async #beginSpilling(seen: SeenKeys, open: () => Promise<SpillFiles>): Promise<void> {
    const [{ SpilledKeys }, files] = await Promise.all([import('./spilled-keys.ts'), open()]);
    this.#files = files;
    seen.disk = new SpilledKeys(seen.numbers, files, this.#memory);
  }

  /** By the names that they have in a snapshot. */
  get #all(): ReadonlyMap<string, SeenKeys> {
    const all = new Map<string, SeenKeys>();
    if (this.kept !== undefined) all.set('times', this.kept);
    if (this.#windows !== undefined) all.set('tiled', this.#windows);
    if (this.#sessions !== undefined) all.set('sessions', this.#sessions);
    return all;
  }

  #tracking<S extends SeenKeys>(seen: S): S {
    if (this.#tracked) seen.track();
    return seen;
  }
}
