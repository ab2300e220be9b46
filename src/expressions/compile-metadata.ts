import { findPath, type Path } from '../json/path.ts';
import { GLOBAL } from '../stream/batch.ts';
import { atPlace, type Compute } from './compiling.ts';
import type { Frame } from './frame.ts';
import { readValue } from './json-value.ts';
import { isOfPane, type Metadata, type OfPane, PANE_MEMBERS, typeOfMetadata } from './metadata.ts';
import { TIMINGS } from './pane-timing.ts';
import { EvaluationError, Timestamp, type Value } from './value.ts';
import { isOfType } from './value-type.ts';
import { inWords, shown } from './wording.ts';

/** Makes a closure that tells what is known of an event beside its members. @param at for errors */
export function compileMetadata(name: Metadata, at: number, frame: Frame): Compute {
  if (isOfPane(name)) return compilePane(name, at, frame);
  if (name === 'event_time') return (row) => new Timestamp(frame.batch!.time[row]!);
  const bounds = (): Float64Array =>
    name === 'window_start' ? frame.batch!.windowStart : frame.batch!.windowEnd;
  return (row) => {
    const count = frame.batch!.windowCount[row]!;
    if (count === GLOBAL) return null;
    if (count === 1) return new Timestamp(bounds()[row]!);
    const where = count < 0 ? 'a session that is not merged yet' : `${count} windows`;
    throw new EvaluationError(
      `${name}() of an event in ${where}, which has no one answer before combine`,
      at,
    );
  };
}

/** Where a member of `@pane` was found: written and read within one call. */
const found = { start: 0, end: 0 };

/** Null where the event is no pane. What another program has made of `@pane` is held to the type. */
function compilePane(name: OfPane, at: number, frame: Frame): Compute {
  const member = PANE_MEMBERS[name];
  const path: Path = { text: member, steps: [member] };
  const type = typeOfMetadata(name);
  const wanted = name === 'pane_timing' ? 'early, on-time or late' : inWords(type);
  const fits = (value: Value): boolean =>
    isOfType(value, type) && (typeof value !== 'string' || TIMINGS.includes(value));
  return (row) => {
    const { paneStart, paneEnd } = frame.batch!;
    const end = paneEnd[row]!;
    if (end === 0) return null;
    const { bytes } = frame;
    const start = paneStart[row]!;
    if (bytes[start] !== OPEN_OBJECT || !findPath(bytes, start + 1, end - 1, path, found)) return null;
    let value: Value;
    try {
      value = readValue(bytes, found.start, found.end);
    } catch (error) {
      throw atPlace(error, at);
    }
    if (value === null || fits(value)) return value;
    throw new EvaluationError(`${name}() wants ${wanted} in @pane, not ${shown(value)}`, at);
  };
}

const OPEN_OBJECT = 0x7b;
