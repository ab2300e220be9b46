import type { ByteFile, Split } from '../connectors/connector.ts';
import { PartBatch, type PartOrigin, partBatches } from '../operators/part-batch.ts';
import type { WatermarkState } from '../operators/watermark-state.ts';

/** A file, and what must be known to read blocks of it. */
export interface BlockLocation {
  /** For messages. */
  readonly name: string;
  readonly format: string;
  /** Bytes that a line may have. */
  readonly maxLine: number;
  /** ms; undefined: no watermark before its end. */
  readonly delay: number | undefined;
  readonly every: number;
  /** Where the watermark stands before it. */
  readonly state: WatermarkState;
}

/** A piece of a file; they come in its order, without gaps. */
export type Piece =
  /** What another thread has combined: the rows of a `PartWriter`. */
  | ({ readonly kind: 'parts'; readonly memory: ArrayBuffer } & PartOrigin)
  /** What is to be read by the ordinary way: lines of which some have a message, or that no block holds. */
  | {
      readonly kind: 'records';
      readonly split: Split;
      readonly linesBefore: number;
      readonly state: WatermarkState;
    };

/** Other threads that read and combine blocks of files. */
export interface BlockReading {
  /** Bytes that a file must have to be worth it. */
  readonly least: number;
  read(file: ByteFile, location: BlockLocation): AsyncIterable<Piece>;
  close(): Promise<void>;
}

/** Formats whose records are lines, each of which can be read without those before it. */
const LINE_FORMATS = ['ndjson', 'combined', 'common', 'logfmt', 'journal', 'text'];

/** Whether any line of the format can be read without those before it. */
export const readInBlocks = (format: string): boolean =>
  LINE_FORMATS.includes(format) || format.startsWith('regex:');

/** The file of a location that is to be read in blocks; undefined: it is none, or too small. */
export function fileOfBlocks(
  blocks: Pick<BlockReading, 'least'> | undefined,
  split: Split,
  format: string,
): ByteFile | undefined {
  if (blocks === undefined || !readInBlocks(format)) return undefined;
  const file = split.openBytes?.();
  if (file === undefined || file.size >= blocks.least) return file;
  file.close();
  return undefined;
}

/** What is done with the pieces of a file. */
export interface PieceTakers {
  /** Hands on what was combined. */
  emit(batch: PartBatch): undefined | Promise<void>;
  /** Reads records, before which the watermark stands at `state`. */
  read(split: Split, linesBefore: number, state: WatermarkState): Promise<void>;
}

/** Takes the pieces of a file one after the other, until the signal. */
export async function readPieces(
  pieces: AsyncIterable<Piece>,
  signal: AbortSignal,
  { emit, read }: PieceTakers,
): Promise<void> {
  const part = new PartBatch();
  try {
    for await (const piece of pieces) {
      if (signal.aborted) return;
      if (piece.kind === 'records') await read(piece.split, piece.linesBefore, piece.state);
      // As on one thread: where there is nothing, nothing is handed on.
      else if (piece.lines > 0) {
        for (const batch of partBatches(piece.memory, piece, part)) await emit(batch);
      }
    }
  } finally {
    part.release();
  }
}
