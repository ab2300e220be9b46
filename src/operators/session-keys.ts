import type { Buffer } from 'node:buffer';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { BATCH_ROWS, Batch, UNMERGED } from '../stream/batch.ts';
import { assign, type OpenCounts } from '../windows/grouping.ts';
import { SessionGrouping } from '../windows/session-grouping.ts';
import type { GroupKey } from './group-key.ts';
import { DUPLICATE, FIRST, LATE_THERE, type SeenKeys, type Verdict } from './seen-keys.ts';
import type { KeyNumbers, SpilledKeys } from './spilled-keys.ts';

/** Of the gap between sessions: where they end is counted so exactly, for what is on disk. */
const GRAINS = 8;

/**
 * Sessions that are open, by key. On disk a session is what it was when it was written; when an event of its key comes, all
 * of the key's are put into memory again, where they grow. What is on disk of it then is a part of it, and lies in it when
 * both are read again: sessions that overlap are one.
 */
export class SessionKeys implements SeenKeys {
  disk: SpilledKeys | undefined;
  readonly numbers: KeyNumbers;
  readonly #grouping = new SessionGrouping(() => {});
  /** Holds the window of a session that comes from disk. */
  readonly #carrier = new Batch(1, 1);

  /** @param gap of the sessions, ms */
  constructor(gap: number) {
    const grain = Math.max(1, Math.ceil(gap / GRAINS));
    this.numbers = { named: 0, forgottenAt: (end) => Math.ceil(end / grain) * grain };
    this.#carrier.addEvent(0, 0, 0, 0);
    this.#carrier.windowCount[0] = UNMERGED;
  }

  /** Judges the event in `row`, and puts it into a session of its key. */
  judge(batch: Batch, row: number, key: GroupKey, watermark: number): Verdict {
    const grouping = this.#grouping;
    // What is in memory of a key is all that is open of it.
    if (this.disk?.any === true && grouping.keys.find(0, key.bytes, key.start, key.end) < 0)
      this.#load(this.disk, key, watermark);
    assign(grouping, batch, row, key, watermark);
    if (grouping.missed > 0) return LATE_THERE;
    return grouping.opened ? FIRST : DUPLICATE;
  }

  #load(
    disk: SpilledKeys,
    key: { readonly bytes: Buffer; readonly start: number; readonly end: number },
    watermark: number,
  ): void {
    const count = disk.find(0, 0, key.bytes, key.start, key.end);
    for (let i = 0; i < count; i++) {
      const end = disk.seconds[i]!;
      // It has closed, or has grown: then there is a later part of it.
      if (end <= watermark) continue;
      this.#carrier.windowStart[0] = disk.firsts[i]!;
      this.#carrier.windowEnd[0] = end;
      assign(this.#grouping, this.#carrier, 0, key, watermark);
    }
  }

  exceeds(memory: number): boolean {
    const { columns, keys } = this.#grouping;
    return columns.memoryFor(BATCH_ROWS) > memory / 2 || keys.memoryFor(BATCH_ROWS) > memory / 2;
  }

  spill(disk: SpilledKeys): void {
    const grouping = this.#grouping;
    const { keys, closed } = grouping;
    disk.spill(grouping.columns.count, (staged) => {
      while (grouping.due(Number.POSITIVE_INFINITY)) {
        grouping.closeNext();
        for (let i = 0; i < closed.count; i++) {
          const slot = grouping.keySlot(closed.slots[i]!);
          staged.add(closed.start, closed.end, keys.keys, keys.keyStart(slot), keys.keyEnd(slot));
        }
        grouping.release();
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

  /** A session of which parts are on disk is counted for each of them. */
  get open(): OpenCounts {
    const { keys, windows } = this.#grouping.open;
    const onDisk = this.disk?.count ?? 0;
    return { keys: keys + onDisk, windows: windows + onDisk };
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
