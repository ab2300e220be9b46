import type { Path } from '../json/path.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState, StateShape } from '../state/snapshot.ts';
import { PLAIN_HEADER } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import type { Projection } from '../stream/project.ts';
import type { KeyedState } from './keyed-state.ts';
import type { LateReport } from './late-report.ts';
import type { RejectedEvents } from './rejected-events.ts';
import { compareShapes, WINDOWS, windowsInWords } from './state-shape.ts';

/** What of a map with a module survives from one run to the next. */
export interface MapParts {
  readonly keyed: KeyedState | undefined;
  readonly projection: Projection;
  readonly late: LateReport;
  readonly rejected: RejectedEvents;
  readonly counted: {
    save(): { readonly events: number; readonly watermark: number };
    restore(events: number, watermark: number): void;
  };
  /** What the header says of the windows; undefined: it has not come. */
  windows(): Pick<Header, 'windowing' | 'firing'> | undefined;
}

/** The module itself may change from one run to the next: what it keeps is its own affair. */
export function mapState(by: readonly Path[], parts: MapParts): OperatorState {
  const { keyed, projection, late, rejected, counted } = parts;
  const shape = (): StateShape => {
    if (keyed === undefined) return {};
    const { windowing, firing } = parts.windows() ?? PLAIN_HEADER;
    return { '--by': by.map(({ text }) => text).join(','), [WINDOWS]: windowsInWords(windowing, firing) };
  };
  return {
    get shape() {
      return shape();
    },
    compare: (saved) => compareShapes(saved, shape(), ['--by', WINDOWS]),
    summary: () => ({
      ...(keyed === undefined ? {} : { keys: keyed.count }),
      watermark: counted.save().watermark,
    }),
    track: () => keyed?.track(),
    save(out) {
      const { events, watermark } = counted.save();
      out.value('map', {
        events,
        watermark: savedNumber(watermark),
        rejected: rejected.count,
        seen: projection.seenTexts,
        late: late.save(),
      });
      keyed?.save(out);
    },
    restore(from) {
      const saved = new SavedValue(from.value('map'));
      counted.restore(saved.integer('events', 0), saved.number('watermark'));
      rejected.restore(saved.integer('rejected', 0));
      projection.markSeenTexts(saved.texts('seen'));
      late.restore(saved.inner('late'));
      keyed?.restore(from);
    },
  };
}
