import { Buffer } from 'node:buffer';
import { Xoshiro128 } from '../../src/connectors/xoshiro.ts';
import { TidemarkError } from '../../src/errors.ts';
import { RecordBatch, type Rejects } from '../../src/formats/format.ts';
import { createRecordReader } from '../../src/formats/readers.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { parsePath } from '../../src/json/path.ts';
import { EventTime } from '../../src/operators/event-time.ts';
import { Batch } from '../../src/stream/batch.ts';
import { LineScanner } from '../../src/stream/line.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';
import { StreamReader } from '../../src/stream/reader.ts';
import { parseTimeFormat, type TimeReader } from '../../src/time/time-format.ts';
import { Choice, mutated } from './mutation.ts';

/** What went wrong with one case: a text that a reader was given. */
export interface Finding {
  /** Which case of the run; with the seed it says all. */
  readonly index: number;
  readonly what: string;
  readonly input: string;
}

const bytesOf = (lines: readonly string[]): readonly Buffer[] => lines.map((line) => Buffer.from(line));

interface Corpus {
  readonly format: string;
  readonly lines: readonly Buffer[];
  readonly times: readonly (string | undefined)[];
  /** Stands before the lines. */
  readonly header?: string;
}

const LOGS = bytesOf([
  '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 203023 "http://a.example/" "Mozilla/5.0 (X11)"',
  '2001:db8::1 - ann [17/May/2015:10:05:03 -0730] "POST /\\"x\\" HTTP/2.0" 500 - "-" "\\\\"',
  'h - - [31/Dec/9999:23:59:60 +0000] "-" 408 0 "-" "-"',
  'h i u [01/Jan/1970:00:00:00 +0000] "GET /\\x16\\x03 HTTP/1.0" 400 17',
]);
const DELIMITED = (delimiter: string): readonly Buffer[] =>
  bytesOf(
    [
      ['2015-05-17T10:05:03Z', 'a', '1', ''],
      ['2015-05-17T10:05:03.123456789+02:00', 'é😀', '-1.5e300', 'x'],
      ['1431857103', '"a ""b"" c"', '01', ' y '],
      ['', '', '', ''],
    ].map((fields) => fields.join(delimiter)),
  );

const RECORDS: readonly Corpus[] = [
  {
    format: 'ndjson',
    times: ['ts', 'a.b[0]', undefined, 'value', '["t\\"s"]'],
    lines: bytesOf([
      '{"ts":"2015-05-17T10:05:03Z","a":{"b":[1,2.5,null]},"s":"x\\u00e9\\n"}',
      ' { "ts" : 1431857103 , "a" : [ ] , "@t" : 1 , "\\u0040w" : { } } ',
      '{"a":{"b":["2015-05-17T10:05:03.5Z"]},"n":-0.0e-10,"t":true}',
      '"text"',
      '[1,[2,[3,[]]]]',
      '{}',
      '184467440737095516150',
      '',
    ]),
  },
  { format: 'csv', header: 'ts,name,n,last\n', times: ['ts', undefined], lines: DELIMITED(',') },
  { format: 'tsv', header: 'ts\tname\tn\tlast\n', times: ['ts', undefined], lines: DELIMITED('\t') },
  { format: 'csv', times: [undefined, 'ts'], lines: DELIMITED(',') },
  { format: 'tsv', times: [undefined], lines: DELIMITED('\t') },
  { format: 'combined', times: [undefined, 'host'], lines: LOGS },
  { format: 'common', times: [undefined, 'request'], lines: LOGS },
  { format: 'text', times: ['text', undefined], lines: [...LOGS, ...DELIMITED(' ')] },
  {
    format: 'regex:^(?<ts>\\S+) (?<rest>.*?)(?<n>[0-9]+)?$',
    times: ['ts', undefined],
    lines: [...LOGS, ...DELIMITED(' ')],
  },
];

const STREAM = bytesOf([
  '{"@stream":{"version":1,"commands":["source","window"],"bounded":true,"watermark":{"delay":"PT1S","every":"PT1S"},"windowing":{"kind":"sliding","size":"PT5M","every":"PT1M","offset":"PT0S"},"branch":""}}',
  '{"@t":"2015-05-17T10:05:03.000Z","@w":"2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z","status":200,"bytes":203023}',
  '{"@t":"2015-05-17T10:05:03.000Z","a":{"b":[1,"x"]},"@w":"R5/2015-05-17T10:00:00.000Z/PT5M/PT1M","@@t":1}',
  '{"@t":"2015-05-17T10:05:03.000Z","@w":"C5/2015-05-17T10:00:00.000Z/PT6M/PT1M","a":1}',
  '{"a":1,"@t":1431857103000,"@w":"2015-05-17T10:05:00.000Z/PT30S","@pane":{"index":0,"timing":"on-time","first":true,"last":false}}',
  '{"@t":"2015-05-17T10:05:03.000Z"}',
  '{"@watermark":"2015-05-17T10:05:00.000Z"}',
  '{"@tick":"2015-05-17T10:05:04.000Z"}',
  '{"@idle":true}',
  '{"@barrier":8}',
  '{"@watermark":"end"}',
  '{"@end":"drained"}',
  '{"@end":"suspended"}',
  '',
]);

/** Those that may stand anywhere in a stream. */
const EVENTS = STREAM.slice(1, 9);

const TIME_FORMATS = [
  'rfc3339',
  'epoch-s',
  'epoch-ms',
  'epoch-us',
  'epoch-ns',
  'clf',
  '%Y-%m-%dT%H:%M:%S%z',
  '%s',
];
const TIME_READERS = TIME_FORMATS.map((format) => ({
  format,
  reader: parseTimeFormat(format) as TimeReader,
}));
/** A header in one block is read whatever its length. */
const MAX_STREAM_LINES = [1 << 20, 300];
const MAX_LINES = [1 << 20, 1 << 20, 200, 50, 1];

/** How bytes are cut into blocks, how many rows a batch has, and how long a line may be. */
interface Way {
  readonly blocks: readonly number[];
  readonly capacity: number;
  readonly maxLine: number;
}

/** What reading gave, as texts: equal however the bytes were cut. */
interface Reading {
  readonly rows: string[];
  readonly refusals: string[];
}

export interface LineFuzzOptions {
  /** Below 2²⁰. */
  readonly seed: number;
  /** The first case, and how many lines are made from there on. */
  readonly from?: number;
  readonly lines: number;
  /** Told of each case before it is tried: a hang is known by the last one. */
  onCase?(index: number): void;
}

/** What the run made, and what went wrong: at most ten findings. */
export interface FuzzOutcome {
  readonly cases: number;
  readonly lines: number;
  readonly findings: readonly Finding[];
}

/** Gives mutated lines to every reader, in blocks and at once. */
export function fuzzLines({ seed, from = 0, lines, onCase }: LineFuzzOptions): FuzzOutcome {
  const findings: Finding[] = [];
  let index = from;
  let made = 0;
  for (; made < lines && findings.length < 10; index++) {
    onCase?.(index);
    const choice = new Choice(new Xoshiro128(seed * 2 ** 32 + index));
    const count = 1 + choice.below(30);
    made += count;
    const isStream = choice.once(3);
    const corpus = choice.of(RECORDS);
    // A stream is refused at its first wrong line: most are to be read farther.
    const text = isStream
      ? textOf({ lines: choice.once(3) ? STREAM : EVENTS, header: streamHeader(choice) }, count, 10, choice)
      : textOf(corpus, count, 1, choice);
    const way: Way = {
      blocks: Array.from({ length: 3 }, () => 1 + choice.below(choice.once(2) ? 20 : 400)),
      capacity: 2 + choice.below(6),
      maxLine: isStream ? choice.of(MAX_STREAM_LINES) : choice.of(MAX_LINES),
    };
    const whole: Way = { ...way, blocks: [text.length + 1], capacity: 64 };
    try {
      if (isStream) {
        const drain = choice.once(2);
        compare(readStream(text, way, drain), readStream(text, whole, drain));
        scanLines(text);
      } else {
        const time = choice.of(corpus.times);
        const { format, reader } = choice.of(TIME_READERS);
        const read = (each: Way): Reading => readRecords(text, corpus.format, time, each, format, reader);
        compare(read(way), read(whole));
      }
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      findings.push({ index, what, input: text.toString('latin1').slice(0, 600) });
    }
  }
  return { cases: index - from, lines: made, findings };
}

const streamHeader = (choice: Choice): string => (choice.once(5) ? '' : `${STREAM[0]}\n`);

/** @param sound of so many lines one is mutated */
function textOf(
  { lines, header = '' }: Pick<Corpus, 'lines' | 'header'>,
  count: number,
  sound: number,
  choice: Choice,
): Buffer {
  const pieces: Buffer[] = [Buffer.from(header)];
  for (let line = 0; line < count; line++) {
    pieces.push(choice.once(sound) ? mutated(lines, choice) : choice.of(lines));
    if (line < count - 1 || choice.once(2)) pieces.push(Buffer.from(choice.once(10) ? '\r\n' : '\n'));
  }
  return Buffer.concat(pieces);
}

/** @throws Error when the two are not the same */
function compare(cut: Reading, whole: Reading): void {
  const differ = (a: readonly string[], b: readonly string[]): void => {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if (a[i] !== b[i]) throw new Error(`in blocks ${i}: ${a[i]}\nat once ${i}: ${b[i]}`);
    }
  };
  differ(cut.rows, whole.rows);
  differ(cut.refusals, whole.refusals);
}

/** Calls that may be needed for so many bytes; more of them is a loop that does not go on. */
const callsFor = (length: number): number => 4 * length + 1000;
/** Bytes that a batch may grow to for so many of input: a byte may become six, and what was written before stays. */
const memoryFor = (length: number): number => 64 * length + (1 << 20);

function readRecords(
  text: Buffer,
  format: string,
  time: string | undefined,
  way: Way,
  timeFormat: string,
  timeReader: TimeReader,
): Reading {
  const reading: Reading = { rows: [], refusals: [] };
  const rejects: Rejects = {
    reject(line, column, reason, bytes, start, end) {
      checkSpan(bytes, start, end);
      if (reason === '' || /\n/.test(reason)) throw new Error(`a reason is ${JSON.stringify(reason)}`);
      if (column < 0 || line < 1) throw new Error(`line ${line}, column ${column} of: ${reason}`);
      reading.refusals.push(`${line}:${column} ${reason}: ${bytes.toString('latin1', start, end)}`);
    },
  };
  const path = time === undefined ? undefined : parsePath(time);
  try {
    const reader = createRecordReader(format, { rejects, time: path, maxLine: way.maxLine });
    const events = new EventTime({
      origin: { kind: 'record', field: time ?? 'time', format: timeFormat, reader: timeReader },
      delay: 1000,
      every: 1,
      rejects,
    });
    events.beginLocation(true);
    const records = new RecordBatch(way.capacity, 64);
    const out = new Batch(2 * way.capacity + 2, 0);
    inBlocks(text, way, records, (from, cut, last) => {
      records.rows = 0;
      const next = reader.read(records, from, cut, last);
      for (let row = 0; row < records.rows; row++) {
        reading.rows.push(`${records.line[row]} ${membersOf(records, row)}`);
        checkSpan(records.bytes, records.rawStart[row]!, records.rawEnd[row]!);
        checkSpan(records.bytes, records.timeStart[row]!, records.timeEnd[row]!);
      }
      out.clear();
      out.bytes = records.bytes;
      try {
        events.readTimes(records, Number.POSITIVE_INFINITY);
      } finally {
        events.place(records, out, events.timed);
      }
      return { next, more: records.full };
    });
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    reading.refusals.push(error.message);
  }
  reading.refusals.sort();
  return reading;
}

/** Reads the text block by block, as a source does; `read` is called until it takes no more of a block. */
function inBlocks(
  text: Buffer,
  { blocks, maxLine }: Way,
  batch: Batch,
  read: (from: number, cut: number, last: boolean) => { next: number; more: boolean },
): void {
  let calls = callsFor(text.length);
  let have = 0;
  let at = 0;
  for (let turn = 0; ; turn++) {
    const block = text.subarray(at, at + blocks[turn % blocks.length]!);
    const last = block.length === 0;
    batch.used = have;
    batch.reserve(block.length);
    block.copy(batch.bytes, have);
    at += block.length;
    have += block.length;
    let from = 0;
    for (let more = true; more; ) {
      batch.used = have;
      const { next, more: full } = read(from, have, last);
      if (next < from || next > have) throw new Error(`read from ${from} to ${next} of ${have}`);
      if (--calls < 0) throw new Error('reading does not go on');
      more = full && next < have && next > from;
      from = next;
    }
    batch.bytes.copyWithin(0, from, have);
    have -= from;
    if (batch.bytes.length > memoryFor(text.length))
      throw new Error(`the batch has ${batch.bytes.length} bytes`);
    if (have > maxLine + Math.max(...blocks)) throw new Error(`${have} bytes are kept of a line`);
    if (last) return;
  }
}

/** The members of a row, which must be JSON on one line. */
function membersOf(batch: Batch, row: number): string {
  checkSpan(batch.bytes, batch.start[row]!, batch.end[row]!);
  const members = batch.bytes.toString('utf8', batch.start[row]!, batch.end[row]!);
  if (members.includes('\n')) throw new Error(`members on two lines: ${members}`);
  // What is nested this deep is too much for JSON.parse, not for us.
  if (members.length < 20_000) JSON.parse(`{${members}}`);
  return members;
}

function checkSpan(bytes: Buffer, start: number, end: number): void {
  if (!(start >= 0 && end >= start && end <= bytes.length)) throw new Error(`a span is [${start}, ${end})`);
}

function readStream(text: Buffer, { blocks, capacity, maxLine }: Way, drain: boolean): Reading {
  const reading: Reading = { rows: [], refusals: [] };
  const printer = new StreamPrinter();
  const out = new ByteWriter(64);
  const reader = new StreamReader({ eof: drain ? 'drain' : 'cut', maxLine, notice: () => {} });
  const batch = new Batch(capacity, 64);
  let calls = callsFor(text.length);
  const take = (): void => {
    if (--calls < 0) throw new Error('reading does not go on');
    // Members are not looked at until somebody asks for one: they need not be JSON.
    for (let row = 0; row < batch.rows; row++) checkSpan(batch.bytes, batch.start[row]!, batch.end[row]!);
    printer.printBatch(batch, out);
    batch.rows = 0;
    const { marker } = reader;
    reader.marker = undefined;
    if (marker !== undefined) printer.printMarker(marker, out);
  };
  let have = 0;
  try {
    for (let at = 0, turn = 0; at < text.length; turn++) {
      const block = text.subarray(at, at + blocks[turn % blocks.length]!);
      batch.used = have;
      batch.reserve(block.length);
      block.copy(batch.bytes, have);
      at += block.length;
      have += block.length;
      const cut = have === 0 ? 0 : batch.bytes.lastIndexOf('\n', have - 1) + 1;
      let from = 0;
      while (from < cut) {
        batch.used = have;
        from = reader.scan(batch, from, cut);
        take();
      }
      batch.bytes.copyWithin(0, from, have);
      have -= from;
      if (have > maxLine) throw reader.tooLong(have);
    }
    for (let from = 0; !reader.done; ) {
      batch.used = have;
      from = reader.finish(batch, from, have);
      take();
    }
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    // Rows before the line that is refused are there or not, as blocks fell; of two such lines either is told.
    reading.refusals.push('refused');
  }
  if (batch.bytes.length > memoryFor(text.length))
    throw new Error(`the batch has ${batch.bytes.length} bytes`);
  if (reading.refusals.length === 0) reading.rows.push(...out.toString().split('\n'));
  return reading;
}

/** Each line to the general scanner of lines by itself. */
function scanLines(text: Buffer): void {
  const scanner = new LineScanner();
  let at = 0;
  for (let line = 1; at <= text.length; line++) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed;
    try {
      scanner.read(text, at, end, line);
      for (let i = 0; i < scanner.count; i++) checkSpan(text, at, scanner.spans[i]!);
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
    }
    at = end + 1;
  }
}
