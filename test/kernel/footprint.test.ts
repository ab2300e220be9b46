import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { KERNEL_FIELDS, KERNEL_ROWS } from '../../src/kernel/columns.ts';
import { setNames } from '../../src/kernel/names.ts';
import { placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns, bytes } = kernel;
const MAX_LINE = 1 << 20;
/** Below the columns the kernel keeps what it remembers: the last date, the last label. */
const OWN = columns.kind.byteOffset;

/** What a call may write to. */
type Allowed = readonly Pick<Uint8Array, 'byteOffset' | 'byteLength'>[];

/** The addresses that a call wrote to, beside those that it may; other columns hold what they held. */
function writtenBeside(allowed: Allowed, act: () => void): number[] {
  const before = Buffer.from(bytes);
  act();
  for (const { byteOffset, byteLength } of allowed)
    bytes.copy(before, byteOffset, byteOffset, byteOffset + byteLength);
  bytes.copy(before, 0, 0, OWN);
  if (bytes.equals(before)) return [];
  return [...before.keys()].filter((at) => before[at] !== bytes[at]).slice(0, 5);
}

const fields = [...columns.fieldType, ...columns.fieldStart, ...columns.fieldEnd];
const rows = (text: string): Buffer => Buffer.from(text.repeat(KERNEL_ROWS));
const names = Array.from({ length: KERNEL_FIELDS }, (_, n) => Buffer.from(`m${n}${'x'.repeat(n)}`));
const members = names.map((name, n) => `"${name}":${n}`).join(',');

describe('a call that has as many rows as there may be writes to its columns alone:', () => {
  it('scanRecords', () => {
    const text = rows('{"m0":1,"m63":2}\n');
    const at = placeLast(kernel, text);
    setNames(names, kernel);
    const { start, end, lineOffset, timeStart, timeEnd, rawStart, rawEnd, form } = columns;
    const allowed = [start, end, lineOffset, timeStart, timeEnd, rawStart, rawEnd, form, ...fields];
    const act = (): void => {
      const end = at + text.length;
      expect(
        call.scanRecords(at, at, end, KERNEL_ROWS, MAX_LINE, KERNEL_FIELDS - 1, KERNEL_FIELDS, true),
      ).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside(allowed, act)).toEqual([]);
  });

  it('project', () => {
    const text = Buffer.from(members);
    const at = placeLast(kernel, text);
    setNames(names, kernel);
    columns.kind.fill(0);
    columns.start.fill(0);
    columns.end.fill(text.length);
    const act = (): void => {
      expect(call.project(at, 0, KERNEL_ROWS, KERNEL_FIELDS)).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside(fields, act)).toEqual([]);
    expect(columns.fieldEnd.every((column) => column[KERNEL_ROWS - 1]! > 0)).toBe(true);
  });

  it('readNumbers', () => {
    const at = placeLast(kernel, Buffer.from('12.5'));
    columns.fieldType[0]!.fill(4);
    columns.fieldStart[0]!.fill(0);
    columns.fieldEnd[0]!.fill(4);
    const act = (): void => {
      expect(call.readNumbers(at, KERNEL_ROWS)).toBe(0);
    };
    expect(writtenBeside([columns.form, columns.value], act)).toEqual([]);
  });

  it('readTimes', () => {
    const at = placeLast(kernel, Buffer.from('"2015-05-17T10:05:03.000Z"'));
    columns.timeStart.fill(0);
    columns.timeEnd.fill(26);
    const act = (): void => {
      expect(call.readTimes(at, KERNEL_ROWS, 0)).toBe(0);
    };
    expect(writtenBeside([columns.time], act)).toEqual([]);
  });

  it('stamp, of half as many, since each may have its watermark', () => {
    for (let row = 0; row < KERNEL_ROWS; row++) columns.time[row] = row;
    const { kind, outTime, outStart, outEnd, outLine } = columns;
    const act = (): void => {
      expect(call.stamp(KERNEL_ROWS / 2, 0, 1, 0, Infinity, -1, -1)).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside([kind, outTime, outStart, outEnd, outLine], act)).toEqual([]);
  });

  it('scanLines', () => {
    const label = '"@w":"R2/2015-05-17T10:05:00.000Z/PT1H/PT1M"';
    const text = rows(`{"@t":"2015-05-17T10:05:03.000Z",${label},"a":1}\n`);
    const at = placeLast(kernel, text);
    const { kind, time, start, end, lineOffset, windowStart, windowEnd, windowEvery, windowCount } = columns;
    const allowed = [kind, time, start, end, lineOffset, windowStart, windowEnd, windowEvery, windowCount];
    const act = (): void => {
      const taken = call.scanLines(at, at, at + text.length, KERNEL_ROWS, 0, true, MAX_LINE);
      expect(taken).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside(allowed, act)).toEqual([]);
  });

  it('printRows', () => {
    const members = Buffer.from('"a":1');
    const base = placeLast(kernel, members);
    columns.kind.fill(0);
    columns.time.fill(0);
    columns.start.fill(0);
    columns.end.fill(members.length);
    columns.windowCount.fill(1);
    columns.windowStart.fill(0);
    columns.windowEnd.fill(60_000);
    columns.paneEnd.fill(0);
    const from = kernel.scratch + kernel.scratchSize;
    const length =
      '{"@t":"1970-01-01T00:00:00.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","a":1}\n'
        .length;
    const act = (): void => {
      expect(call.printRows(base, 0, KERNEL_ROWS, from, from + KERNEL_ROWS * length + 300)).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside([bytes.subarray(from, from + KERNEL_ROWS * length + 300)], act)).toEqual([]);
  });

  it('scanAccessLog', () => {
    const line = '127.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 17\n';
    const text = rows(line);
    const at = placeLast(kernel, text);
    const to = kernel.scratch + kernel.scratchSize;
    const { time, start, end, lineOffset, timeStart, timeEnd, rawStart, rawEnd } = columns;
    const allowed = [
      time,
      start,
      end,
      lineOffset,
      timeStart,
      timeEnd,
      rawStart,
      rawEnd,
      bytes.subarray(to, at - 300),
    ];
    const act = (): void => {
      const taken = call.scanAccessLog(
        to,
        at,
        at + text.length,
        KERNEL_ROWS,
        MAX_LINE,
        false,
        3,
        0,
        to,
        at - 300,
      );
      expect(taken).toBe(KERNEL_ROWS);
    };
    expect(writtenBeside(allowed, act)).toEqual([]);
  });
});

describe('the table of names', () => {
  it('has room for as many names as a call may have, of the longest that there may be', () => {
    const longest = Array.from({ length: KERNEL_FIELDS }, (_, n) =>
      Buffer.from(String(n).padStart(128, 'x')),
    );
    const between = bytes.subarray(kernel.names, kernel.affixes);
    expect(writtenBeside([between], () => setNames(longest, kernel))).toEqual([]);
    const text = Buffer.from(`${longest.map((name) => `"${name}":1`).join(',')}`);
    const at = placeLast(kernel, text);
    [columns.kind[0], columns.start[0], columns.end[0]] = [0, 0, text.length];
    expect(call.project(at, 0, 1, KERNEL_FIELDS)).toBe(1);
    expect(columns.fieldType.every((column) => column[0] === 4)).toBe(true);
  });
});
