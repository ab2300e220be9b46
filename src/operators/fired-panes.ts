import type { Batch } from '../stream/batch.ts';
import type { Firing } from '../stream/firing.ts';
import { addSlot } from '../windows/grouping.ts';
import { CollectedOutput } from './collected-output.ts';
import { type CombineOptions, paneWriter } from './combine-options.ts';
import type { LabelPane } from './computed-results.ts';
import type { OperatorContext } from './operator.ts';
import { OrderedResults } from './ordered-results.ts';
import { paneLabel, setPaneLabel, writePaneLabel } from './pane-label.ts';
import { type PaneWriter, writePane } from './pane-writer.ts';
import type { Moment, PanedGroups } from './paned-groups.ts';
import type { PanesOnDisk } from './panes-on-disk.ts';

/** Bytes of results that are collected before they are handed on. */
const OUTPUT_BYTES = 1 << 16;

const BEFORE_END: Moment = { ended: false, ending: false, closing: false };
const BEHIND_END: Moment = { ended: true, ending: false, closing: false };

/** Fires groups under a trigger: their panes, written in the order in which they are fired, with the times between them. */
export class FiredPanes {
  readonly #options: CombineOptions;
  readonly #writer: PaneWriter;
  readonly #output: CollectedOutput;
  /** Undefined: a window has one pane at most, which says nothing of itself. */
  readonly #label: LabelPane | undefined;
  /** What is fired, and when: meant only while it is. */
  #paned: PanedGroups | undefined;
  #moment = BEFORE_END;

  constructor(options: CombineOptions, firing: Firing, context: OperatorContext) {
    this.#options = options;
    if (firing.mode !== undefined)
      this.#label = (slot, batch) => writePaneLabel(this.#paned!, slot, this.#moment, batch);
    this.#writer = paneWriter(options, context, this.#label);
    this.#output = new CollectedOutput(context, OUTPUT_BYTES);
  }

  /**
   * Fires those groups of a window whose trigger says so, or closes all; its bounds are in `closed`.
   * @param slots those in memory
   * @param tick of those on disk only what waits for a tick up to this one, ms; left out: all
   */
  fireClosed(
    paned: PanedGroups,
    slots: Int32Array,
    moment: Moment,
    disk: PanesOnDisk,
    tick?: number,
  ): Generator<undefined | Promise<void>, void, void> {
    const { closed } = paned.grouping;
    const { windows } = disk;
    if (windows?.holds(closed) !== true) return this.#fire(paned, slots, moment);
    return this.#fireMerged(paned, windows.merged(closed, slots, moment, tick), moment, disk);
  }

  *#fire(
    paned: PanedGroups,
    slots: Int32Array,
    moment: Moment,
  ): Generator<undefined | Promise<void>, void, void> {
    const { grouping, trigger, groups } = paned;
    const { closed } = grouping;
    this.#paned = paned;
    this.#moment = moment;
    const fired = new Int32Array(slots.length);
    let count = 0;
    closed.count = 0;
    for (const slot of slots) {
      if (trigger.isFinished(slot) || !(moment.closing || trigger.shouldFire(slot, moment.ended))) continue;
      if (paned.fire(slot, moment)) addSlot(closed, slot);
      fired[count++] = slot;
    }
    for (const slot of this.#writer.arrange(groups)) {
      if (this.#output.isFull) yield* this.#output.flush();
      this.#write(groups, slot);
    }
    for (let i = 0; i < count; i++) {
      if (moment.closing) trigger.forget(fired[i]!);
      else paned.begin(fired[i]!, moment.ended);
    }
  }

  /**
   * The same of groups that come one by one in the order of their keys, each in memory as long as the next
   * is not asked for.
   */
  *#fireMerged(
    paned: PanedGroups,
    slots: Generator<number, void, void>,
    moment: Moment,
    disk: PanesOnDisk,
  ): Generator<undefined | Promise<void>, void, void> {
    const { trigger, groups } = paned;
    const { order, limit } = this.#options;
    this.#paned = paned;
    this.#moment = moment;
    const results =
      order.length === 0 ? undefined : new OrderedResults(order, limit, disk.memory / 4, disk.files);
    let left = limit;
    for (const slot of slots) {
      if (trigger.isFinished(slot) || !(moment.closing || trigger.shouldFire(slot, moment.ended))) continue;
      if (paned.fire(slot, moment)) {
        if (results !== undefined) this.#addTo(results, paned, slot, moment);
        else if (left-- > 0) {
          if (this.#output.isFull) yield* this.#output.flush();
          this.#write(groups, slot);
        }
      }
      if (moment.closing) trigger.forget(slot);
      else paned.begin(slot, moment.ended);
    }
    if (results === undefined) return;
    const { closed } = groups.grouping;
    for (const { bytes, ends, time } of results.all()) {
      if (this.#output.isFull) yield* this.#output.flush();
      const { batch } = this.#output;
      writePane(bytes, ends.at(-3)!, ends.at(-2)!, time, closed, batch);
      if (this.#label !== undefined) setPaneLabel(bytes, ends.at(-2)!, ends.at(-1)!, batch);
    }
    results.remove();
  }

  #addTo(results: OrderedResults, paned: PanedGroups, slot: number, moment: Moment): void {
    const { groups } = paned;
    results.add(
      groups.resultTime(slot),
      (column, out) => {
        if (column === undefined) this.#writer.writeMembers(groups, slot, out);
        else this.#writer.writeMember(groups, slot, column, out);
      },
      (out) => {
        if (this.#label !== undefined) out.ascii(paneLabel(paned, slot, moment));
      },
    );
  }

  /** Whether they are to be handed on before `fireOne`. */
  get isFull(): boolean {
    return this.#output.isFull;
  }

  /** Fires the group of an event, which is in its accumulators. `ended`: the watermark has passed the end of the window. */
  fireOne(paned: PanedGroups, slot: number, ended: boolean): void {
    const { grouping } = paned;
    const moment = ended ? BEHIND_END : BEFORE_END;
    if (paned.fire(slot, moment)) {
      this.#paned = paned;
      this.#moment = moment;
      grouping.closed.start = grouping.start(slot);
      grouping.closed.end = grouping.end(slot);
      this.#write(paned.groups, slot);
    }
    paned.begin(slot, ended);
  }

  /** A watermark or a tick goes on. */
  addTime(batch: Batch, row: number): Generator<undefined | Promise<void>, void, void> {
    return this.#output.addTime(batch, row);
  }

  flush(): Generator<undefined | Promise<void>, void, void> {
    return this.#output.flush();
  }

  #write(groups: PanedGroups['groups'], slot: number): void {
    const { batch } = this.#output;
    this.#writer.write(groups, slot, batch);
    this.#label?.(slot, batch);
  }
}
