import { TidemarkError } from '../errors.ts';
import { RecordBatch, type RecordReader } from '../formats/format.ts';
import { formatDuration } from '../time/duration.ts';
import type { FilePart } from './byte-file.ts';
import type { ByteFile } from './connector.ts';

/** Bytes of a probe at first; it grows until a record is in it, … */
const PROBE = 1 << 14;
/** … and is given up at this: with longer lines more of the file is read than need be. */
const LONGEST_PROBE = 1 << 20;
/** Bytes that are rather read than halved: about one read. */
const NEAR = 1 << 18;
/** Records of a probe that are looked at until one has a time. */
const ROWS = 64;

export interface TimeSearch {
  readonly name: string;
  /** The start of the file is what tells its columns: it is read before all other. */
  readonly hasHeader: boolean;
  /** A reader that passes over what it cannot read. */
  createReader(): RecordReader;
  /** The time of a record, epoch ms, or NaN. */
  timeOf(records: RecordBatch, row: number): number;
  /** Epoch ms: records before it are not wanted. */
  readonly from: number;
  /** How much older than one before it a record may be, ms. */
  readonly disorder: number;
}

export interface Found extends FilePart {
  /** Lines in the head. */
  readonly headLines: number;
  /** The highest time that was seen before `start`, ms. */
  readonly highest: number;
}

interface Probe {
  /** The byte at which the record begins, and its time. */
  readonly position: number;
  readonly time: number;
}

/**
 * Finds a byte before which no record of a file is wanted, by halving. The records must be in the order of their
 * times, none more than `disorder` older than one before it: then all before a record that is older than
 * `from - disorder` are older than `from`. Lines must be records, wherever one begins.
 * @throws TidemarkError `failed` where the records that were looked at are not in that order, or cannot be read
 */
export function findStart(file: ByteFile, search: TimeSearch): Found {
  const prober = new Prober(file, search);
  const head = search.hasHeader ? prober.readHead() : { end: 0, lines: 0 };
  const wanted = search.from - search.disorder;
  const probes: Probe[] = [];
  let start = head.end;
  /** Records from here on need not be looked at. */
  let end = file.size;
  const look = (position: number): boolean => {
    const probe = prober.probe(position);
    if (probe === undefined) return false;
    probes.push(probe);
    if (probe.time >= wanted) return false;
    start = Math.max(start, probe.position);
    return true;
  };
  // Is all of the file older?
  if (end - start > NEAR) look(end - PROBE);
  while (end - start > NEAR) {
    const middle = start + Math.floor((end - start) / 2);
    if (!look(middle)) end = middle;
  }
  checkOrder(probes, search);
  const before = probes.filter(({ position }) => position < start).map(({ time }) => time);
  return {
    head: head.end,
    headLines: head.lines,
    start,
    highest: Math.max(Number.NEGATIVE_INFINITY, ...before),
  };
}

function checkOrder(probes: Probe[], { name, disorder }: TimeSearch): void {
  probes.sort((a, b) => a.position - b.position);
  let highest = Number.NEGATIVE_INFINITY;
  for (const { position, time } of probes) {
    if (time < highest - disorder) {
      throw notSorted(highest - time, disorder, { where: `${name}, byte ${position + 1}` });
    }
    highest = Math.max(highest, time);
  }
}

/** `--sorted` was said of records that are not: `behind` is how much older one is than another before it, ms. */
export const notSorted = (
  behind: number,
  disorder: number,
  place: { readonly where: string; readonly line?: number },
): TidemarkError =>
  new TidemarkError(
    'failed',
    `the record is ${formatDuration(behind)} older than one before it, and --sorted allows ${formatDuration(disorder)}`,
    {
      ...place,
      hint: `leave --sorted out to have all records looked at, or allow for more: --delay ${formatDuration(Math.ceil(behind / 1000) * 1000)}`,
    },
  );

/** Reads single records out of the middle of a file. */
class Prober {
  readonly #file: ByteFile;
  readonly #search: TimeSearch;
  readonly #batch = new RecordBatch(ROWS, PROBE);
  #reader: RecordReader;

  constructor(file: ByteFile, search: TimeSearch) {
    this.#file = file;
    this.#search = search;
    this.#reader = search.createReader();
  }

  /** What stands before the first record: it tells the columns. */
  readHead(): { end: number; lines: number } {
    for (let length = PROBE; ; length *= 2) {
      const have = this.#read(0, length);
      // Anew: a reader goes on where it stopped.
      this.#reader = this.#search.createReader();
      const cut = this.#wholeLines(have);
      const next = cut > 0 ? this.#reader.read(this.#batch, 0, cut, false) : 0;
      if (this.#batch.rows > 0) {
        return { end: this.#batch.rawStart[0]!, lines: this.#batch.line[0]! - 1 };
      }
      if (have < length || length >= LONGEST_PROBE) return { end: next, lines: 0 };
    }
  }

  /** The first record with a time that begins at `from` or behind it; undefined: there is none near. */
  probe(from: number): Probe | undefined {
    for (let length = PROBE; ; length *= 2) {
      // One byte more: a line begins at `from` when one ends before it.
      const have = this.#read(from - 1, length);
      const begin = this.#batch.bytes.subarray(0, have).indexOf(LF) + 1;
      const cut = this.#wholeLines(have);
      if (begin > 0 && begin < cut) {
        const found = this.#firstTimed(from - 1, begin, cut);
        if (found !== undefined) return found;
      }
      if (have < length || length >= LONGEST_PROBE) return undefined;
    }
  }

  #firstTimed(base: number, begin: number, cut: number): Probe | undefined {
    const batch = this.#batch;
    for (let at = begin; at < cut; ) {
      batch.rows = 0;
      const next = this.#reader.read(batch, at, cut, false);
      for (let row = 0; row < batch.rows; row++) {
        const time = this.#search.timeOf(batch, row);
        if (!Number.isNaN(time)) return { position: base + batch.rawStart[row]!, time };
      }
      if (next <= at) return undefined;
      at = next;
    }
    return undefined;
  }

  /** Reads bytes of the file into the batch; returns how many there are. */
  #read(position: number, length: number): number {
    const batch = this.#batch;
    batch.clear();
    batch.reserve(length);
    let have = 0;
    while (have < length) {
      const count = this.#file.read(batch.bytes, have, length - have, position + have);
      if (count === 0) break;
      have += count;
    }
    batch.used = have;
    return have;
  }

  #wholeLines = (have: number): number => this.#batch.bytes.lastIndexOf(LF, have - 1) + 1;
}

const LF = 0x0a;
