import type { Batch } from '../stream/batch.ts';
import type { CalendarUnit, Weekday } from '../stream/marker.ts';
import type { Zone } from '../time/zone.ts';
import type { Assigner } from './assigner.ts';
import { createCalendar } from './calendar.ts';

/**
 * The hour, day, week … of a zone's calendar that an event is in. `timezone` is the zone as it was named; `offset` (ms of local
 * time) is how much later windows begin.
 */
export function calendarAssigner(
  unit: CalendarUnit,
  timezone: string,
  zone: Zone,
  offset = 0,
  weekStart: Weekday = 'monday',
): Assigner {
  const calendar = createCalendar(unit, zone, offset, weekStart);
  return {
    windowing: {
      kind: 'calendar',
      unit,
      timezone,
      ...(offset === 0 ? {} : { offset }),
      ...(weekStart === 'monday' ? {} : { weekStart }),
    },
    assign(batch: Batch, row: number): void {
      calendar.locate(batch.time[row]!);
      batch.windowStart[row] = calendar.start;
      batch.windowEnd[row] = calendar.end;
      batch.windowCount[row] = 1;
    },
  };
}
