import { TidemarkError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import { Batch, EVENT } from '../stream/batch.ts';
import type { Destination } from './destination.ts';
import { beginFrame, endFrame } from './frames.ts';
import { recordCount, windowEnd, windowStart } from './meta.ts';
import type { MetaMode, RecordWriter } from './record-writer.ts';

export interface PartitionOptions {
  readonly destination: Destination;
  readonly meta: MetaMode;
  /** Paths of all files so far, by the numbers of frames: shared with the target that the frames go to. */
  readonly paths: string[];
  /** The writer of one file; called once for each, before its first record. */
  createWriter(path: string): RecordWriter;
}

/** A file that records go to. */
interface File {
  readonly index: number;
  readonly writer: RecordWriter;
  /** Its first and last record of the batch at hand, in a list through `#next`; -1: it has none. */
  first: number;
  last: number;
}

/** Records of a file that are written together, and the bytes of their events. */
const PART_ROWS = 4096;
const PART_BYTES = 1 << 16;

/**
 * Divides records among files: it writes frames (frames.ts). The records of a batch are put together by their files
 * first, so that each file's are written at once. What is known of a file is kept until the end: memory grows with the
 * number of files, not with that of records.
 */
export class PartitionWriter implements RecordWriter {
  readonly #options: PartitionOptions;
  readonly #files = new Map<string, File>();
  readonly #byKey = new Map<string, File>();
  readonly #key = new ByteWriter(64);
  /** The key of the record before and its file: records of one file often come together. */
  #lastKey = new ByteWriter(64);
  #lastFile: File | undefined;
  /** Of the records of the batch at hand: the row, which record of it, and the next of the same file. */
  #rows = new Int32Array(0);
  #records = new Int32Array(0);
  #next = new Int32Array(0);
  /** The records of one file, where a batch has those of several. */
  #part: Batch | undefined;

  constructor(options: PartitionOptions) {
    this.#options = options;
  }

  write(batch: Batch, out: ByteWriter, from = 0, to = batch.rows): void {
    this.#options.destination.read(batch);
    const splits = this.#options.destination.byWindow && this.#hasManyWindows(batch, from, to);
    const files = this.#divide(batch, from, to, splits);
    const [only] = files;
    if (only !== undefined && files.length === 1 && !splits) {
      this.#writeFrame(only, batch, out, from, to);
      only.first = only.last = -1;
    } else for (const file of files) this.#writeFile(file, batch, out, splits);
  }

  end(out: ByteWriter): void {
    for (const { index, writer } of this.#files.values()) {
      const frame = beginFrame(out, index);
      writer.end(out);
      endFrame(out, frame);
    }
  }

  #hasManyWindows(batch: Batch, from: number, to: number): boolean {
    for (let row = from; row < to; row++) {
      if (batch.kind[row] !== EVENT || batch.windowCount[row]! <= 1) continue;
      if (this.#options.meta === 'flatten') return true;
      throw new TidemarkError(
        'failed',
        'the event is in several windows, and the name of its file is made of one',
        {
          line: batch.line[row]!,
          hint: '--meta flatten writes a result for each window',
        },
      );
    }
    return false;
  }

  /** Puts the records in the lists of their files; returns those that have any, in the order of their first ones. */
  #divide(batch: Batch, from: number, to: number, splits: boolean): File[] {
    const files: File[] = [];
    let count = 0;
    for (let row = from; row < to; row++) {
      if (batch.kind[row] !== EVENT) continue;
      const records = splits ? recordCount('flatten', batch, row) : 1;
      for (let record = 0; record < records; record++) {
        const file = this.#fileOf(batch, row, record);
        if (count === this.#rows.length) this.#grow();
        this.#rows[count] = row;
        this.#records[count] = record;
        this.#next[count] = -1;
        if (file.first < 0) {
          file.first = count;
          files.push(file);
        } else this.#next[file.last] = count;
        file.last = count++;
      }
    }
    return files;
  }

  #fileOf(batch: Batch, row: number, record: number): File {
    const { destination } = this.#options;
    const key = this.#key;
    key.clear();
    destination.writeKey(batch, row, record, key);
    const last = this.#lastKey;
    if (this.#lastFile !== undefined && sameBytes(key, last)) return this.#lastFile;
    const text = key.bytes.toString('latin1', 0, key.length);
    let file = this.#byKey.get(text);
    if (file === undefined) {
      file = this.#fileAt(destination.pathOf(batch, row, record));
      this.#byKey.set(text, file);
    }
    last.clear();
    last.copy(key.bytes, 0, key.length);
    this.#lastFile = file;
    return file;
  }

  #fileAt(path: string): File {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const { paths, createWriter } = this.#options;
    const file: File = { index: paths.length, writer: createWriter(path), first: -1, last: -1 };
    paths.push(path);
    this.#files.set(path, file);
    return file;
  }

  /** Copies the records of a file, bytes and all, so that its writer looks at nothing else, and writes them. */
  #writeFile(file: File, batch: Batch, out: ByteWriter, splits: boolean): void {
    this.#part ??= new Batch(PART_ROWS, PART_BYTES, kernel().buffers);
    const part = this.#part;
    const { first } = file;
    file.first = file.last = -1;
    part.clear();
    for (let at = first; at >= 0; at = this.#next[at]!) {
      const row = this.#rows[at]!;
      const copy = part.copyRow(batch, row);
      if (splits) takeWindow(part, copy, batch, row, this.#records[at]!);
      if (!part.full && part.used < PART_BYTES) continue;
      this.#writeFrame(file, part, out, 0, part.rows);
      part.clear();
    }
    if (part.rows > 0) this.#writeFrame(file, part, out, 0, part.rows);
  }

  /** A frame is whole also where an event cannot be written: what stands before it is. */
  #writeFrame(file: File, batch: Batch, out: ByteWriter, from: number, to: number): void {
    const frame = beginFrame(out, file.index);
    try {
      file.writer.write(batch, out, from, to);
    } finally {
      endFrame(out, frame);
    }
  }

  #grow(): void {
    const capacity = Math.max(1024, this.#rows.length * 2);
    this.#rows = grown(this.#rows, capacity);
    this.#records = grown(this.#records, capacity);
    this.#next = grown(this.#next, capacity);
  }
}

/** Leaves one of an event's windows. */
function takeWindow(part: Batch, copy: number, batch: Batch, row: number, record: number): void {
  if (batch.windowCount[row]! <= 1) return;
  part.windowStart[copy] = windowStart(batch, row, record);
  part.windowEnd[copy] = windowEnd(batch, row, record);
  part.windowCount[copy] = 1;
}

function sameBytes(a: ByteWriter, b: ByteWriter): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  for (let at = 0; at < length; at++) if (a.bytes[at] !== b.bytes[at]) return false;
  return true;
}

function grown(column: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(column);
  return wider;
}
