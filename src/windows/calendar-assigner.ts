import type { Batch } from '../stream/batch.ts';
import type { CalendarUnit } from '../stream/marker.ts';
import type { Zone } from '../time/zone.ts';
import type { Assigner } from './assigner.ts';
import { createCalendar } from './calendar.ts';

/** The hour, day, week … of a zone's calendar that an event is in. `timezone` is the zone as it was named. */
export function calendarAssigner(unit: CalendarUnit, timezone: string, zone: Zone): Assigner {
  const calendar = createCalendar(unit, zone);
  return {
    windowing: { kind: 'calendar', unit, timezone },
    assign(batch: Batch, row: number): void {
      calendar.locate(batch.time[row]!);
      batch.windowStart[row] = calendar.start;
      batch.windowEnd[row] = calendar.end;
      batch.windowCount[row] = 1;
    },
  };
}
