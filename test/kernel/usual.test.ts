import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccessLogReader } from '../../src/formats/access-log-reader.ts';
import { RecordBatch, type Rejects } from '../../src/formats/format.ts';
import type { LineReader } from '../../src/formats/location-reader.ts';
import { NdjsonReader } from '../../src/formats/ndjson-reader.ts';
import { combine, pipeline, source } from '../../src/index.ts';
import { parsePath } from '../../src/json/path.ts';
import { kernel } from '../../src/kernel/kernel.ts';
import { HEAP } from '../../src/kernel/memory.ts';
import { EventTime } from '../../src/operators/event-time.ts';
import { GroupKey } from '../../src/operators/group-key.ts';

import { LineScanner } from '../../src/stream/line.ts';
import { identity, run } from '../operators/harness.ts';
import { COMPLETE, DRAINED, HEADER, text } from '../stream/lines.ts';

/** What is usual must not be left to JavaScript: nothing would be wrong, and all of it slow. */

const rejects: Rejects = {
  reject(_line, _column, reason) {
    throw new Error(reason);
  },
};
const options = { rejects, time: parsePath('ts'), maxLine: 1 << 20 };
const left = (): never => {
  throw new Error('a usual line is left to JavaScript');
};

class UsualNdjson extends NdjsonReader {
  protected override readLine = left;
}

class UsualAccessLog extends AccessLogReader {
  protected override readLine = left;
}

const COUNT = 3000;
const repeated = (line: (n: number) => string): string =>
  Array.from({ length: COUNT }, (_, n) => `${line(n)}\n`).join('');

/** Reads all as one block, in buffers of the kernel and in others. */
function read(reader: () => LineReader, lines: string): void {
  const bytes = Buffer.from(lines);
  for (const buffers of [HEAP, kernel().buffers]) {
    const batch = new RecordBatch(undefined, bytes.length, buffers);
    bytes.copy(batch.bytes);
    batch.used = bytes.length;
    expect(reader().read(batch, 0, bytes.length, true)).toBe(bytes.length);
    expect(batch.rows).toBe(COUNT);
    batch.release();
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the kernel alone reads', () => {
  it.each([
    [
      'objects as JSON.stringify writes them',
      (n: number) =>
        JSON.stringify({
          ts: new Date(n * 1000),
          n,
          f: n / 7,
          text: 'a "b" \\ é 😀\n',
          list: [1, { a: null }],
          ok: true,
        }),
    ],
    [
      'objects as Python writes them',
      (n: number) => `{"ts": ${n}.5, "text": "caf\\u00e9 \\ud83d\\ude00", "nested": {"a": [1e-7, -0.0]}}`,
    ],
    ['lines with a carriage return', (n: number) => `{"ts":${n},"@timestamp":"x"}\r`],
    ['empty objects', () => '{}'],
  ])('%s', (_what, line) => {
    read(() => new UsualNdjson(options), repeated(line));
  });

  it('access logs', () => {
    const common = (n: number): string =>
      `10.0.0.${n % 256} - frank [17/May/2015:10:05:03 +0200] "GET /a?n=${n} HTTP/1.1" 200 ${n}`;
    const timed = { ...options, time: undefined };
    read(() => new UsualAccessLog(false, timed), repeated(common));
    read(
      () => new UsualAccessLog(true, timed),
      repeated((n) => `${common(n)} "http://x/é" "Mozilla/5.0 (X11; Linux)"`),
    );
  });

  it.each([
    ['rfc3339', (n: number) => `"${new Date(n * 1000).toISOString()}"`],
    ['rfc3339', (n: number) => `"2015-05-17T10:05:0${n % 10}Z"`],
    ['rfc3339', (n: number) => `"2015-05-17T10:05:03.${String(n).padStart(9, '0')}Z"`],
    ['epoch-s', (n: number) => `${1_700_000_000 + n}`],
    ['epoch-ms', (n: number) => `${1_700_000_000_000 + n}`],
    ['epoch-us', (n: number) => `${1_700_000_000_000_000 + n}`],
    ['epoch-ns', (n: number) => `1700000000000${String(n).padStart(6, '0')}`],
  ])('times of %s', (format, time) => {
    const lines = Buffer.from(repeated((n) => `{"ts":${time(n)}}`));
    const batch = new RecordBatch(undefined, lines.length);
    lines.copy(batch.bytes);
    batch.used = lines.length;
    new UsualNdjson(options).read(batch, 0, lines.length, true);
    const events = new EventTime({
      origin: { kind: 'record', field: 'ts', format, reader: { read: left } },
      delay: 0,
      every: 1,
      rejects,
    });
    expect(events.readTimes(batch, COUNT)).toBe(COUNT);
  });

  it('lines of a stream', async () => {
    const scan = vi.spyOn(LineScanner.prototype, 'read');
    const at = (n: number): string => new Date(n * 1000).toISOString();
    const windows = [
      (n: number) => `"@w":"${at(n - (n % 60))}/${at(n - (n % 60) + 60)}"`,
      (n: number) => `"@w":"${at(n)}/PT1M30S"`,
      (n: number) => `"@w":"R60/${at(n - 60)}/PT1H/PT1M"`,
      (n: number) => `"@w":"C${60 - (n % 59)}/${at(n - 60)}/PT1H/PT1M"`,
    ];
    const events = windows.map((label) =>
      repeated((n) => `{"@t":"${at(n)}",${label(n)},"mail":"a@b.example","path":"/\\"é\\""}`),
    );
    const others = [
      repeated((n) => `{"@t":"${at(n)}"}`),
      repeated((n) => `{"@t":"${at(n)}","n":${n}}\r`),
      repeated((n) => `{"@watermark":"${at(n)}"}`),
    ];
    await run(identity, text(HEADER) + [...events, ...others].join('') + text(COMPLETE, DRAINED));
    // The header and the two lines at the end are read one by one.
    expect(scan).toHaveBeenCalledTimes(3);
  });

  it('keys of strings, integers, true, false and null, and of members that are not there', async () => {
    const key = vi.spyOn(GroupKey.prototype, 'read');
    const records = Array.from({ length: COUNT }, (_, n) => ({
      a: `é ${n % 7}`,
      b: n % 11,
      c: [true, false, null][n % 3],
    }));
    let groups = 0;
    const stages = [source(records, { time: 'arrival' }), combine('n=count', { by: 'a,b,c,d' })];
    for await (const _group of pipeline(stages)) groups++;
    expect(groups).toBe(7 * 11 * 3);
    expect(key).not.toHaveBeenCalled();
  });
});
