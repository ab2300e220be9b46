import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch } from '../stream/batch.ts';
import { noWindow, readWindow } from '../windows/event-window.ts';
import { NO_SCOPE, type OpenCounts } from '../windows/grouping.ts';
import { TiledGrouping } from '../windows/tiled-grouping.ts';
import type { GroupKey } from './group-key.ts';
import { DUPLICATE, FIRST, LATE_THERE, type SeenKeys, type Verdict } from './seen-keys.ts';
import type { KeyNumbers, SpilledKeys } from './spilled-keys.ts';

/** Keys seen in windows that are open, each event being in one; made by the first event of a key, forgotten with the window. */
export class WindowKeys implements SeenKeys {
  disk: SpilledKeys | undefined;
  /** On disk a key is found by its window too. */
  readonly numbers: KeyNumbers = { named: 2, forgottenAt: (end) => end };
  readonly #grouping = new TiledGrouping();
  /** That of one event; valid within `judge`. */
  readonly #window = noWindow();

  /** Judges the event in `row`, which is in one window, and remembers its key. */
  judge(batch: Batch, row: number, key: GroupKey, watermark: number): Verdict {
    const grouping = this.#grouping;
    const scope = grouping.scope(batch, row, watermark);
    if (scope === NO_SCOPE) return LATE_THERE;
    const { keys } = grouping;
    if (this.disk?.any === true && keys.find(scope, key.bytes, key.start, key.end) < 0) {
      readWindow(batch, row, 0, this.#window);
      const { start, end } = this.#window;
      if (this.disk.find(start, end, key.bytes, key.start, key.end) > 0) return DUPLICATE;
    }
    const slot = keys.upsert(scope, key.bytes, key.start, key.end);
    if (!keys.inserted) return DUPLICATE;
    grouping.place(batch, row, slot, true);
    return FIRST;
  }

  exceeds(memory: number): boolean {
    return this.#grouping.columns.memoryFor(BATCH_ROWS) > memory;
  }

  /** The windows stay open. */
  spill(disk: SpilledKeys): void {
    const { keys } = this.#grouping;
    disk.spill(keys.count, (staged) => {
      for (const { start, end, slots, count } of this.#grouping.takeOpen()) {
        for (let i = 0; i < count; i++)
          staged.add(start, end, keys.keys, keys.keyStart(slots[i]!), keys.keyEnd(slots[i]!));
      }
    });
  }

  forget(watermark: number): void {
    while (this.#grouping.due(watermark)) {
      this.#grouping.closeNext();
      this.#grouping.release();
    }
    this.disk?.forget(watermark);
  }

  get open(): OpenCounts {
    const { keys, windows } = this.#grouping.open;
    return { keys: keys + (this.disk?.count ?? 0), windows };
  }

  track(): void {
    this.#grouping.track();
  }

  save(out: SnapshotWriter): void {
    this.#grouping.save(out);
  }

  restore(from: SnapshotReader): void {
    this.#grouping.restore(from);
  }
}
