import { usageError } from '../errors.ts';
import type { Type } from '../expressions/type.ts';
import { isOpen } from '../expressions/type-relations.ts';
import { Timestamp, type Value } from '../expressions/value.ts';
import { inWords } from '../expressions/wording.ts';
import type { Header } from '../stream/marker.ts';
import { MAX_INSTANT, MIN_INSTANT } from '../time/instant.ts';

// What may be assigned to `@t`, and where.

/** @throws TidemarkError `usage` for what is no time, whatever the event */
export function refuseOtherThanTime(text: string, type: Type): void {
  if (isOpen(type) || type.kind === 'timestamp' || type.kind === 'number') return;
  throw usageError(
    `@t wants a timestamp, and ${text} is ${inWords(type)}`,
    type.kind === 'string'
      ? `timestamp(${text}) reads a text as one`
      : 'give it a timestamp or epoch milliseconds',
  );
}

/** Epoch ms; undefined: the value is no instant that can be written. */
export function timeOf(value: Value): number | undefined {
  const time = value instanceof Timestamp ? value.time : value;
  if (typeof time !== 'number' || !Number.isSafeInteger(time)) return undefined;
  return time >= MIN_INSTANT && time <= MAX_INSTANT ? time : undefined;
}

/** Windows are made of event times: who changes these comes before. */
export function refuseWindows({ commands, windowing }: Header): void {
  if (!commands.includes('window') && windowing.kind === 'global') return;
  throw usageError('@t cannot be set behind tm window', 'put the map before tm window');
}
