import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { ByteWriter } from '../json/byte-writer.ts';
import { isMetadataName } from '../json/metadata-name.ts';
import { findPath, parsePath } from '../json/path.ts';
import { type Batch, EVENT, endOfWindow, GLOBAL, startOfWindow, UNMERGED } from '../stream/batch.ts';
import { writeWindowLabel } from '../stream/label.ts';
import { INSTANT_LENGTH, writeInstant } from '../time/instant.ts';
import type { MetaMode } from './record-writer.ts';

/** Names under which metadata are written out. */
export type MetaName = '@t' | '@w' | '@pane' | 'window_start' | 'window_end' | 'pane_index' | 'pane_timing';

const NOTHING: readonly MetaName[] = [];
const TIME: readonly MetaName[] = ['@t'];
const WINDOW: readonly MetaName[] = ['window_start', 'window_end'];
const PANE: readonly MetaName[] = ['pane_index', 'pane_timing'];
const WINDOW_AND_PANE: readonly MetaName[] = [...WINDOW, ...PANE];
const KEPT_WINDOW: readonly MetaName[] = ['@t', '@w'];
const KEPT_PANE: readonly MetaName[] = ['@t', '@pane'];
const KEPT_WINDOW_AND_PANE: readonly MetaName[] = ['@t', '@w', '@pane'];

/** The metadata that an event's records have in front of its members, in order. */
export const metaNames = (mode: MetaMode, batch: Batch, row: number): readonly MetaName[] =>
  metaOfHeader(mode, batch.windowCount[row] !== GLOBAL, batch.paneEnd[row]! > 0);

/** The same of the records of a stream, where its header has told all there is. */
export function metaOfHeader(mode: MetaMode, windowed: boolean, paned: boolean): readonly MetaName[] {
  if (mode === 'drop') return NOTHING;
  if (mode === 'flatten') {
    if (paned) return windowed ? WINDOW_AND_PANE : PANE;
    return windowed ? WINDOW : NOTHING;
  }
  if (paned) return windowed ? KEPT_WINDOW_AND_PANE : KEPT_PANE;
  return windowed ? KEPT_WINDOW : TIME;
}

/** How many records an event gives: with `flatten` one per window that it is in. */
export function recordCount(mode: MetaMode, batch: Batch, row: number): number {
  const windows = batch.windowCount[row]!;
  return mode === 'flatten' && windows > 1 ? windows : 1;
}

/** Whether the value of this name is JSON as it is written; all others are texts, without quotes or escapes. */
export const isMetaJson = (name: MetaName): boolean => name === '@pane' || name === 'pane_index';

/**
 * Writes one of an event's metadata; nothing where it has none.
 * @param record which of its records (`recordCount`): the index of the window
 */
export function writeMeta(out: ByteWriter, name: MetaName, batch: Batch, row: number, record: number): void {
  switch (name) {
    case '@t':
      writeTime(out, batch.time[row]!);
      return;
    case '@w':
      if (batch.windowCount[row] !== GLOBAL) writeWindowLabel(out, batch, row);
      return;
    case 'window_start':
      if (batch.windowCount[row] !== GLOBAL) writeTime(out, windowStart(batch, row, record));
      return;
    case 'window_end':
      if (batch.windowCount[row] !== GLOBAL) writeTime(out, windowEnd(batch, row, record));
      return;
    case '@pane':
      out.copy(batch.bytes, batch.paneStart[row]!, batch.paneEnd[row]!);
      return;
    case 'pane_index':
      writePaneMember(out, batch, row, PANE_INDEX);
      return;
    case 'pane_timing':
      writePaneMember(out, batch, row, PANE_TIMING);
      return;
  }
}

export function windowStart(batch: Batch, row: number, record: number): number {
  if (batch.windowCount[row] === UNMERGED) return batch.time[row]!;
  return startOfWindow(batch, row, record);
}

export const windowEnd = endOfWindow;

function writeTime(out: ByteWriter, time: number): void {
  out.reserve(INSTANT_LENGTH);
  writeInstant(out.bytes, out.length, time);
  out.length += INSTANT_LENGTH;
}

const PANE_INDEX = parsePath('index');
const PANE_TIMING = parsePath('timing');
const found = { start: 0, end: 0 };

/** A member of `@pane`: a number as it is spelled, a word without its quotes. */
function writePaneMember(out: ByteWriter, batch: Batch, row: number, path: typeof PANE_INDEX): void {
  const { bytes } = batch;
  const end = batch.paneEnd[row]!;
  if (end === 0 || !findPath(bytes, batch.paneStart[row]! + 1, end - 1, path, found)) return;
  if (bytes[found.start] === QUOTE) out.copy(bytes, found.start + 1, found.end - 1);
  else out.copy(bytes, found.start, found.end);
}

/** An event has a member of its own of the name that one of its metadata gets. */
export const collision = (name: string, line: number | undefined): TidemarkError =>
  new TidemarkError('failed', `the event has a member "${name}" of its own beside its ${metaWord(name)}`, {
    ...(line === undefined ? {} : { line }),
    hint: '--meta keep writes the metadata under their own names, --meta drop leaves them out',
  });

const metaWord = (name: string): string => {
  if (name === '@t') return 'time';
  return name.includes('pane') ? 'pane' : 'window';
};

/**
 * Whether an event of the batch may have a member whose name is written otherwise than it stands there (`@@t`),
 * or that collides with one that `flatten` adds. Looks for bytes that such a name must have, so that a batch
 * without any costs next to nothing.
 */
export function needsNameCheck(mode: MetaMode, batch: Batch): boolean {
  if (mode === 'keep') return false;
  const bytes = batch.bytes.subarray(0, batch.used);
  if (bytes.includes(DOUBLE_AT)) return true;
  if (mode === 'drop') return false;
  const windows = hasWindows(batch);
  const panes = hasPanes(batch);
  return (
    (windows && bytes.includes(WINDOW_NAMES)) ||
    (panes && (bytes.includes(PANE_INDEX_NAME) || bytes.includes(PANE_TIMING_NAME))) ||
    ((windows || panes) && bytes.includes(ESCAPED_ASCII))
  );
}

const DOUBLE_AT = Buffer.from('@@');
const WINDOW_NAMES = Buffer.from('window_');
const PANE_INDEX_NAME = Buffer.from('pane_index');
const PANE_TIMING_NAME = Buffer.from('pane_timing');
/** How a name would begin to spell one of these letters with an escape. */
const ESCAPED_ASCII = Buffer.from('\\u00');

function hasWindows(batch: Batch): boolean {
  const { kind, windowCount, rows } = batch;
  for (let row = 0; row < rows; row++) if (kind[row] === EVENT && windowCount[row] !== GLOBAL) return true;
  return false;
}

function hasPanes(batch: Batch): boolean {
  const { kind, paneEnd, rows } = batch;
  for (let row = 0; row < rows; row++) if (kind[row] === EVENT && paneEnd[row]! > 0) return true;
  return false;
}

/**
 * Where a member's name begins on the way out: of two or more `@` before a reserved word the first is left out,
 * which the source had added, without escapes (tm-stream(5)).
 * @returns the index of the name's first byte that is written
 */
export const writtenNameStart = (bytes: Buffer, start: number, end: number): number =>
  bytes[start] === AT && bytes[start + 1] === AT && isMetadataName(bytes, start, end) ? start + 1 : start;

/** The same of a name that is a text. */
export function withoutEscape(name: string): string {
  const bytes = Buffer.from(name);
  return bytes.toString('utf8', writtenNameStart(bytes, 0, bytes.length));
}

const QUOTE = 0x22;
const AT = 0x40;
