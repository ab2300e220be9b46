import { type SavedValue, savedNumber } from '../state/saved-value.ts';
import type { Header } from '../stream/marker.ts';
import { formatDuration } from '../time/duration.ts';
import type { OperatorContext } from './operator.ts';
import { eventsWere, ReportTimes } from './report-times.ts';

/** By which no delay is meant: a time of one event was wrong, or the watermark is that of another time, ms. */
const FAR = 30 * 86_400_000;

/**
 * Counts late events, and tells how many there were, how late the latest was and which `--delay` would have
 * kept them: at the end, and when `ReportTimes` says so.
 */
export class LateReport {
  readonly #context: OperatorContext;
  #count = 0;
  /** The largest W − end − lateness, ms. */
  #latest = 0;
  /** For which windows are open behind their end, ms. */
  #lateness = 0;
  #header: Header | undefined;
  /** How many were told last. */
  #told = 0;
  readonly #times = new ReportTimes();

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** @param lateness for which windows are open behind their end, ms */
  begin(header: Header, lateness = 0): void {
    this.#header = header;
    this.#times.begin(header);
    this.#lateness = lateness;
  }

  /** An event missed a window that ended at `end`, when the watermark stood at `watermark`; ms. */
  add(watermark: number, end: number): void {
    this.#count++;
    this.#latest = Math.max(this.#latest, watermark - end - this.#lateness);
    this.#context.count('late', 1);
    if (this.#times.isDue(watermark)) this.tell();
  }

  /** Counts what was late elsewhere, in a stream with an end: the latest by `latest` ms. */
  addAll(count: number, latest: number): void {
    if (count === 0) return;
    this.#count += count;
    this.#latest = Math.max(this.#latest, latest);
    this.#context.count('late', count);
  }

  /** What was counted since the last call, for `addAll` of another. */
  take(): { readonly late: number; readonly latest: number } {
    const taken = { late: this.#count, latest: this.#latest };
    this.#count = 0;
    this.#latest = 0;
    return taken;
  }

  /** What must survive, as JSON. */
  save(): unknown {
    return {
      count: this.#count,
      latest: savedNumber(this.#latest),
      nextReport: savedNumber(this.#times.next),
    };
  }

  /** Goes on from what `save` gave. What was late then was told, or is with the next that is. */
  restore(saved: SavedValue): void {
    this.#count = saved.integer('count', 0);
    this.#latest = saved.number('latest');
    this.#times.next = saved.number('nextReport');
    this.#told = this.#count;
  }

  tell(): void {
    if (this.#count === this.#told) return;
    this.#told = this.#count;
    const events = eventsWere(this.#count);
    if (this.#latest === Number.POSITIVE_INFINITY) {
      this.#context.notice(`${events} late: the watermark before said that no event follows`);
      return;
    }
    this.#context.notice(`${events} late${this.#by()}`, this.#hint());
  }

  #by(): string {
    const one = this.#count === 1;
    // The watermark stood where the window ends, and its events are before that.
    if (this.#latest === 0) return one ? ': its window had just closed' : ': their windows had just closed';
    return `${one ? ', by' : ', the latest by'} ${formatDuration(this.#latest)}`;
  }

  #hint(): string | undefined {
    const { delay, every, strategy } = this.#header?.watermark ?? {};
    if (this.#latest >= FAR) {
      return strategy === 'wall'
        ? '--watermark wall is for live input: without it the watermark goes by the times of the events'
        : 'if single events are far ahead of the others, --max-ahead 1h at the source keeps them from moving the watermark';
    }
    const them = this.#count === 1 ? 'it' : 'them';
    // An event is late from the end and the lateness on.
    const open = Math.floor((this.#lateness + this.#latest) / 1000 + 1) * 1000;
    const longer = this.#lateness === 0 ? undefined : `--lateness ${formatDuration(open)} at tm window`;
    if (delay === undefined) return longer && `${longer} would have kept ${them}`;
    const needed = Math.ceil((delay + this.#latest + Math.max(every ?? 0, 1)) / 1000) * 1000;
    const slower = `--delay ${formatDuration(needed)} at the source`;
    return `${slower}${longer === undefined ? '' : `, or ${longer},`} would have kept ${them}`;
  }
}
