import { Buffer } from 'node:buffer';
import { usageError } from '../errors.ts';
import { readInstant } from './instant.ts';
import { parseTimeFormat, type TimeReader } from './time-format.ts';

/** Dates and local times, as ISO 8601 writes them; seconds and their fraction may be missing. */
const LOCAL_FORMATS = ['', 'T%H:%M', ' %H:%M', 'T%H:%M:%S', ' %H:%M:%S', 'T%H:%M:%S.%f', ' %H:%M:%S.%f'];

/** Reads an instant that a user names; throws a TidemarkError (usage) that does not say where it was named. */
export type InstantReader = (text: string) => number;

/**
 * Reads instants that a user names beside records: RFC 3339, a date or a local time in the zone of the records, or
 * what `reader`, that of the records' time format `format`, reads. Epoch milliseconds. A promise where a zone of
 * the IANA database has to be loaded.
 * @param timezone absent: UTC
 */
export function instantReader(
  format: string,
  reader: TimeReader,
  timezone: string | undefined,
): InstantReader | Promise<InstantReader> {
  const local = LOCAL_FORMATS.map((time) => parseTimeFormat(`%Y-%m-%d${time}`, timezone));
  const read =
    (locals: readonly TimeReader[]): InstantReader =>
    (text) => {
      const value = Buffer.from(text);
      const quoted = Buffer.from(JSON.stringify(text));
      let ms = readInstant(value, 0, value.length);
      // Records have counts as numbers, not as texts.
      const own = format.startsWith('epoch-') ? value : quoted;
      if (Number.isNaN(ms)) ms = reader.read(own, 0, own.length);
      for (let i = 0; Number.isNaN(ms) && i < locals.length; i++)
        ms = locals[i]!.read(quoted, 0, quoted.length);
      if (Number.isNaN(ms)) throw notInstant(text);
      return ms;
    };
  const known = local.filter((each) => !(each instanceof Promise)) as TimeReader[];
  return known.length === local.length ? read(known) : Promise.all(local).then(read);
}

const notInstant = (text: string) =>
  /^\d+$/.test(text)
    ? usageError(
        `'${text}' does not say what it counts`,
        'for a number --time-format says it: --time-format epoch-s',
      )
    : usageError(
        `'${text}' is no instant`,
        'an instant is 2015-05-17T10:05:00Z, a date 2015-05-17, or a time as --time-format reads it',
      );
