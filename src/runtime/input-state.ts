import type { Buffer } from 'node:buffer';
import { ByteWriter } from '../json/byte-writer.ts';
import { changesOf } from '../state/shape.ts';
import type { OperatorState, SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { BATCH_ROWS, Batch, EVENT } from '../stream/batch.ts';
import { PLAIN_HEADER } from '../stream/header.ts';
import { StreamPrinter } from '../stream/printer.ts';
import { StreamReader } from '../stream/reader.ts';
import type { InputItem, InputQueue } from './input-queue.ts';
import type { InputTimes, SavedTimes } from './input-times.ts';

/** What of several inputs must survive: how far each is, and what came before its barrier and was not taken. */
export interface HeldInputs {
  readonly times: InputTimes;
  readonly queues: readonly InputQueue[];
}

const TIMES = 'inputs';
const held = (input: number): string => `input ${input + 1}`;
/** Lines of a snapshot are as long as the stream let them be when they came. */
const ANY_LENGTH = 2 ** 31 - 1;

/** What is held fits either order in which lines are taken: a run that follows may be gone on with by one that does not. */
export const inputState = ({ times, queues }: HeldInputs): OperatorState => ({
  shape: { inputs: String(queues.length) },
  compare(saved) {
    return { refused: changesOf(saved, this.shape), added: [], lost: [] };
  },
  summary: () => ({
    held: queues.reduce((sum, { items }) => sum + eventsIn(beforeBarrier(items)), 0),
    watermark: times.watermark,
  }),
  track: () => {},
  save(out: SnapshotWriter) {
    out.value(TIMES, times.save());
    queues.forEach(({ items }, input) => {
      const before = beforeBarrier(items);
      if (before.length > 0) out.bytes(held(input), linesOf(before));
    });
  },
  restore(from: SnapshotReader) {
    times.restore(from.value(TIMES) as SavedTimes);
    queues.forEach((queue, input) => {
      const bytes = from.bytes(held(input));
      // The header, which is taken behind this, stands first.
      if (bytes !== undefined) queue.items.splice(1, 0, ...itemsOf(bytes));
    });
  },
});

function beforeBarrier(items: readonly InputItem[]): readonly InputItem[] {
  const barrier = items.findIndex((item) => item.kind === 'marker' && item.marker.kind === 'barrier');
  return items.slice(0, Math.max(barrier, 0));
}

/** The items as lines of a stream. */
function linesOf(items: readonly InputItem[]): Buffer {
  const printer = new StreamPrinter();
  const out = new ByteWriter();
  printer.printMarker({ kind: 'stream', header: PLAIN_HEADER }, out);
  for (const item of items) {
    if (item.kind === 'marker') printer.printMarker(item.marker, out);
    else printer.printBatch(rest(item.batch, item.row), out);
  }
  return out.view();
}

/** Reads what `linesOf` wrote. The rows are from no line: the input in which they stood is not this one. */
function itemsOf(bytes: Buffer): InputItem[] {
  const reader = new StreamReader({ eof: 'cut', maxLine: ANY_LENGTH, notice: () => {} });
  const items: InputItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const batch = new Batch(BATCH_ROWS, bytes.length - at);
    batch.used = bytes.copy(batch.bytes, 0, at);
    at += reader.scan(batch, 0, batch.used);
    batch.line.fill(0);
    if (batch.rows > 0) items.push({ kind: 'rows', batch, row: 0, settle: undefined });
    const { marker } = reader;
    reader.marker = undefined;
    if (marker !== undefined && marker.kind !== 'stream')
      items.push({ kind: 'marker', marker, settle: undefined });
  }
  return items;
}

function rest(from: Batch, first: number): Batch {
  const rows = new Batch(Math.max(from.rows - first, 1), 0);
  rows.bytes = from.bytes;
  rows.used = from.used;
  for (let row = first; row < from.rows; row++) rows.addRow(from, row);
  return rows;
}

const eventsIn = (items: readonly InputItem[]): number =>
  items.reduce(
    (sum, item) =>
      item.kind === 'marker'
        ? sum
        : sum + item.batch.kind.subarray(item.row, item.batch.rows).filter((kind) => kind === EVENT).length,
    0,
  );
