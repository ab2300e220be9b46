import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { Batch, SKIPPED, TICK, UNMERGED, WATERMARK } from '../../src/stream/batch.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import type { Marker } from '../../src/stream/marker.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';

/** Adds an event with members and, where they are given, its windows and its pane. */
function add(batch: Batch, time: number, members: string, windows?: number[], pane?: string): number {
  const append = (text: string): number => {
    const from = batch.used;
    batch.reserve(text.length * 3);
    batch.used += batch.bytes.write(text, from);
    return from;
  };
  const start = append(members);
  const row = batch.addEvent(time, start, batch.used, 1);
  if (windows !== undefined) {
    const [windowStart, windowEnd, every, count] = windows;
    batch.windowStart[row] = windowStart!;
    batch.windowEnd[row] = windowEnd!;
    batch.windowEvery[row] = every!;
    batch.windowCount[row] = count!;
  }
  if (pane !== undefined) {
    batch.paneStart[row] = append(pane);
    batch.paneEnd[row] = batch.used;
  }
  return row;
}

function printed(batch: Batch, printer = new StreamPrinter(), room = 1): string {
  const out = new ByteWriter(room);
  printer.printBatch(batch, out);
  return out.toString();
}

describe('the printer', () => {
  it('writes metadata first, in one order, and leaves out what is not there', () => {
    const batch = new Batch(8, 16);
    add(batch, 0, '');
    add(batch, -1, '"a":1, "b":"é"');
    add(batch, 1, '"a":1', [0, 10, 0, 1]);
    add(batch, 2, '', [0, 10, 0, 1], '{"index":0}');
    add(batch, 3, '"a":1', [3, 8, 0, UNMERGED]);
    add(batch, 4, '"a":1', [-5, 5, 5, 2], '{"index":1}');
    add(batch, 5, '', undefined, '{}');
    expect(printed(batch).split('\n')).toEqual([
      '{"@t":"1970-01-01T00:00:00.000Z"}',
      '{"@t":"1969-12-31T23:59:59.999Z","a":1, "b":"é"}',
      '{"@t":"1970-01-01T00:00:00.001Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:00.010Z","a":1}',
      '{"@t":"1970-01-01T00:00:00.002Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:00.010Z","@pane":{"index":0}}',
      '{"@t":"1970-01-01T00:00:00.003Z","@w":"1970-01-01T00:00:00.003Z/PT0.005S","a":1}',
      '{"@t":"1970-01-01T00:00:00.004Z","@w":"R2/1969-12-31T23:59:59.995Z/PT0.01S/PT0.005S","@pane":{"index":1},"a":1}',
      '{"@t":"1970-01-01T00:00:00.005Z","@pane":{}}',
      '',
    ]);
  });

  it('tells windows apart that differ in one thing only', () => {
    const batch = new Batch(8, 16);
    const printer = new StreamPrinter();
    const windows = [
      [0, 10, 5, 1],
      [0, 10, 5, 2],
      [0, 10, 4, 2],
      [0, 20, 4, 2],
      [1, 20, 4, 2],
      [1, 20, 4, UNMERGED],
    ];
    for (const one of windows) add(batch, 0, '', one);
    const together = printed(batch, printer);
    expect(printed(batch, printer)).toBe(together);
    const apart = windows.map((one) => {
      const single = new Batch(1, 16);
      add(single, 0, '', one);
      return printed(single);
    });
    expect(together).toBe(apart.join(''));
  });

  it('passes over rows that an operator took out', () => {
    const batch = new Batch(4, 16);
    batch.kind[add(batch, 0, '"a":1')] = SKIPPED;
    batch.addTime(WATERMARK, 5);
    batch.kind[batch.addTime(TICK, 5)] = SKIPPED;
    expect(printed(batch)).toBe('{"@watermark":"1970-01-01T00:00:00.005Z"}\n');
  });

  it('writes watermarks and ticks, and the last watermark as the end', () => {
    const batch = new Batch(4, 16);
    batch.addTime(WATERMARK, -1);
    batch.addTime(TICK, 1_431_857_103_000);
    batch.addTime(WATERMARK, Number.POSITIVE_INFINITY);
    expect(printed(batch)).toBe(
      '{"@watermark":"1969-12-31T23:59:59.999Z"}\n{"@tick":"2015-05-17T10:05:03.000Z"}\n{"@watermark":"end"}\n',
    );
  });

  it.each([
    [
      { kind: 'stream', header: PLAIN_HEADER },
      '{"@stream":{"version":1,"commands":[],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}',
    ],
    [{ kind: 'idle' }, '{"@idle":true}'],
    [{ kind: 'barrier', epoch: 8 }, '{"@barrier":8}'],
    [{ kind: 'end', reason: 'drained' }, '{"@end":"drained"}'],
    [{ kind: 'end', reason: 'suspended' }, '{"@end":"suspended"}'],
    [{ kind: 'end', reason: 'skipped' }, '{"@end":"skipped"}'],
  ] as [Marker, string][])('writes the marker %j', (marker, line) => {
    const out = new ByteWriter(1);
    new StreamPrinter().printMarker(marker, out);
    expect(out.toString()).toBe(`${line}\n`);
  });

  it('writes members of any length behind what is there', () => {
    const printer = new StreamPrinter();
    const out = new ByteWriter(1);
    const members = `"a":"${'x'.repeat(100_000)}"`;
    for (let i = 0; i < 3; i++) {
      const batch = new Batch(1, 16);
      add(batch, i, members, [0, 10, 0, 1]);
      printer.printBatch(batch, out);
    }
    const lines = out.toString().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(0, 3)) expect(line.endsWith(`,${members}}`)).toBe(true);
  });
});
