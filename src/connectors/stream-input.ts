import { kernel } from '../kernel/kernel.ts';
import type { Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { Batch } from '../stream/batch.ts';
import type { StreamReader } from '../stream/reader.ts';
import type { SplitReader } from './connector.ts';

/** Bytes that a batch has room for at first; a longer line makes it grow. */
const BLOCK = 1 << 18;
/** Room that a read wants at least. */
const READ_MINIMUM = 1 << 16;

/**
 * Reads a stream block by block and hands its batches and markers to an operator, waiting for each: what a
 * block gave is written before the next is read.
 * @throws what the reader and the operator throw
 */
export async function pump(
  input: SplitReader,
  reader: StreamReader,
  operator: Operator,
  maxLine: number,
): Promise<void> {
  const batch = new Batch(undefined, BLOCK, kernel().buffers);
  try {
    await pumpThrough(batch, input, reader, operator, maxLine);
  } finally {
    batch.release();
  }
}

async function pumpThrough(
  batch: Batch,
  input: SplitReader,
  reader: StreamReader,
  operator: Operator,
  maxLine: number,
): Promise<void> {
  /** Bytes at the start of the batch that have been read and not consumed. */
  let have = 0;
  for (;;) {
    batch.used = have;
    if (batch.bytes.length - have < READ_MINIMUM) batch.reserve(BLOCK);
    const result = input.read(batch.bytes, have);
    const count = typeof result === 'number' ? result : await result;
    if (count <= 0) break;
    const cut = lineEnd(batch, have, count);
    have += count;
    let at = 0;
    while (at < cut) {
      batch.used = have;
      at = reader.scan(batch, at, cut);
      const handed = hand(reader, batch, operator);
      if (handed !== undefined) await handed;
    }
    batch.bytes.copyWithin(0, at, have);
    have -= at;
    if (have > maxLine) throw reader.tooLong(have);
  }
  let at = 0;
  while (!reader.done) {
    batch.used = have;
    at = reader.finish(batch, at, have);
    await hand(reader, batch, operator);
  }
}

/** The index behind the last line end among the bytes just read; 0: there is none. */
function lineEnd(batch: Batch, have: number, count: number): number {
  const end = batch.bytes.lastIndexOf(LF, have + count - 1) + 1;
  return end > have ? end : 0;
}

/** Hands on what the reader found: first the batch, then the marker that ended it. */
function hand(reader: StreamReader, batch: Batch, operator: Operator): undefined | Promise<void> {
  const { marker } = reader;
  reader.marker = undefined;
  const first = batch.rows > 0 ? settle(operator.onBatch(0, batch)) : undefined;
  if (first === undefined) {
    batch.rows = 0;
    return marker === undefined ? undefined : settle(operator.onMarker(0, marker));
  }
  return first.then(() => {
    batch.rows = 0;
    return marker === undefined ? undefined : settle(operator.onMarker(0, marker));
  });
}

const LF = 10;
