import { Buffer } from 'node:buffer';
import type { Split } from '../connectors/connector.ts';
import { toldAt, usageError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { writeMembers } from '../operators/user-event.ts';
import { headerJson, PLAIN_HEADER } from '../stream/header.ts';
import { parseDuration } from '../time/duration.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A time: epoch milliseconds, a Date, or a text as in RFC 3339. */
export type Time = number | string | Date;

/** What happens in a test, in order. */
export type ScriptStep<T = object> =
  /** An event comes. */
  | { readonly time: Time; readonly value: T }
  /** No event before this time is on time any more. */
  | { readonly watermark: Time }
  /** Processing time goes on, by milliseconds or `'90s'`. */
  | { readonly advance: number | string };

/** Where a script is: the index of the step that is at work; behind the last one its length. */
export interface ScriptPlace {
  step: number;
}

/** A script as a stream that is read step by step: the next one is taken when all is done that the one before has caused. */
export const scriptSplit = (
  script: readonly ScriptStep[],
  place: ScriptPlace,
  clock: VirtualClock,
): Split => ({
  name: 'the script',
  open: async () => {
    let next = -1;
    let reading = false;
    clock.follow(() => (reading ? undefined : next));
    return {
      async read(target, offset) {
        reading = true;
        try {
          return await readStep(target, offset);
        } finally {
          reading = false;
        }
      },
      close: async () => clock.release(),
    };

    async function readStep(target: Buffer, offset: number): Promise<number> {
      for (;;) {
        const index = next++;
        if (index > script.length) return 0;
        place.step = Math.max(index, 0);
        if (index === -1) return put(`${HEADER}${tickOf(clock)}`, target, offset);
        if (index === script.length) {
          // All that time was to do for the steps is done first.
          await clock.advance(0);
          clock.release();
          return put(END, target, offset);
        }
        const step = script[index]!;
        if ('advance' in step) await clock.advance(durationOf(step.advance, index));
        return put('advance' in step ? tickOf(clock) : lineOf(step, index), target, offset);
      }
    }
  },
});

const HEADER = `{"@stream":${headerJson({ ...PLAIN_HEADER, commands: ['source'] })}}\n`;
const END = '{"@watermark":"end"}\n{"@end":"drained"}\n';

/** What triggers see of processing time. */
const tickOf = (clock: VirtualClock): string => `{"@tick":"${new Date(clock.now()).toISOString()}"}\n`;

function put(text: string, target: Buffer, offset: number): number {
  const bytes = Buffer.from(text);
  if (bytes.length > target.length - offset)
    throw usageError('an event of the script is too large', 'read large events from a source');
  return bytes.copy(target, offset);
}

function lineOf(step: Exclude<ScriptStep, { readonly advance: unknown }>, index: number): string {
  if ('watermark' in step) return `{"@watermark":"${instant(step.watermark, index)}"}\n`;
  if (typeof step.value !== 'object' || step.value === null)
    throw usageError(
      `step ${index} of the script is no event, no watermark, and no time that goes by`,
      "{ time: '2026-01-01T00:00:00Z', value: { n: 1 } }, { watermark: … }, { advance: '1m' }",
    );
  const members = new ByteWriter();
  writeMembers(step.value as Record<string, unknown>, members);
  const text = members.view().toString();
  return `{"@t":"${instant(step.time, index)}"${text === '' ? '' : ','}${text}}\n`;
}

const durationOf = (by: number | string, index: number): number =>
  typeof by === 'number' ? by : toldAt(`step ${index} of the script`, () => parseDuration(by));

function instant(time: Time, index: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime()))
    throw usageError(`step ${index} of the script: '${time}' is no time`, "'2026-01-01T00:00:00Z'");
  return date.toISOString();
}
