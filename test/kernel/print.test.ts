import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDuration } from '../../src/time/duration.ts';
import { check, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns, bytes, affixes } = kernel;

const EVENT = 0;
const WATERMARK = 1;
const TICK = 2;
const SKIPPED = 3;
const UNMERGED = -1;
/** Room that it wants beside the members of a row. */
const METADATA_LIMIT = 256;

interface Row {
  readonly kind: number;
  readonly time: number;
  readonly members: string;
  readonly start: number;
  readonly size: number;
  readonly every: number;
  readonly count: number;
  readonly pane: boolean;
}

const LAST = 253_402_300_799_999;
const FIRST = -62_167_219_200_000;
const instant = fc.oneof(
  fc.integer({ min: FIRST, max: LAST }),
  fc.integer({ min: -90_000_000, max: 90_000_000 }),
  fc.constantFrom(FIRST, LAST, -1, 0, 951_782_400_000),
);
const row: fc.Arbitrary<Row> = fc
  .record({
    kind: fc.constantFrom(EVENT, EVENT, EVENT, EVENT, WATERMARK, TICK, SKIPPED),
    time: instant,
    members: fc.oneof(
      fc.constantFrom('', '"a":1', '"a":"é😀"'),
      fc.integer({ min: 1, max: 200 }).map((length) => `"m":"${'x'.repeat(length)}"`),
    ),
    start: fc.oneof(fc.constantFrom(0, 60_000), instant),
    size: fc.constantFrom(1, 60_000, 3_600_000, 86_399_999, 315_360_000_000),
    every: fc.constantFrom(1, 1000, 1500),
    count: fc.constantFrom(0, 0, 1, 1, 1, 2, 60, 99_999_999, UNMERGED),
    pane: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  })
  .map((each) => ({ ...each, start: Math.max(FIRST, Math.min(each.start, LAST - each.size)) }));

const text = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? 'end' : new Date(ms).toISOString());

/** What stands around the first start in a label. */
function around({ count, size, every }: Row): [prefix: string, suffix: string] {
  if (count === UNMERGED) return ['', `/${isoDuration(size)}`];
  return [`R${count}/`, `/${isoDuration(size)}/${isoDuration(every)}`];
}

function label(each: Row): string {
  if (each.count === 1) return `${text(each.start)}/${text(each.start + each.size)}`;
  const [prefix, suffix] = around(each);
  return `${prefix}${text(each.start)}${suffix}`;
}

function line(each: Row): string {
  if (each.kind === SKIPPED) return '';
  if (each.kind === WATERMARK) return `{"@watermark":"${text(each.time)}"}\n`;
  if (each.kind === TICK) return `{"@tick":"${text(each.time)}"}\n`;
  const parts = [`"@t":"${text(each.time)}"`];
  if (each.count !== 0) parts.push(`"@w":"${label(each)}"`);
  if (each.members !== '') parts.push(each.members);
  return `{${parts.join(',')}}\n`;
}

/** Puts the rows into the columns; returns the base of their spans. */
function place(rows: readonly Row[], behind: Buffer): number {
  const members = rows.map((each) => Buffer.from(each.members));
  const at = placeLast(kernel, Buffer.concat(members), behind);
  let from = 100;
  rows.forEach((each, index) => {
    columns.kind[index] = each.kind;
    columns.time[index] = each.time;
    columns.start[index] = from;
    from += members[index]!.length;
    columns.end[index] = from;
    columns.windowStart[index] = each.start;
    columns.windowEnd[index] = each.start + each.size;
    columns.windowEvery[index] = each.every;
    columns.windowCount[index] = each.count;
    columns.paneEnd[index] = each.pane ? 7 : 0;
  });
  return at - 100;
}

function setAffixes(each: Row): void {
  const [prefix, suffix] = around(each);
  bytes.write(prefix + suffix, affixes, 'latin1');
  call.setAffixes(each.size, each.every, each.count, prefix.length, suffix.length);
}

const needsRoom = (each: Row): number =>
  each.kind === EVENT ? METADATA_LIMIT + Buffer.byteLength(each.members) : METADATA_LIMIT;

/** Prints the rows in pieces of `size` bytes, and sees that nothing is written around them. */
function printed(rows: readonly Row[], base: number, size: number): string {
  const from = kernel.scratch + kernel.scratchSize + 1000;
  const to = from + size;
  let out = '';
  for (let at = 0; at < rows.length; ) {
    bytes.fill(0xa5, from - 100, to + 200);
    const next = call.printRows(base, at, rows.length, from, to);
    const end = call.printEnd.value;
    check(end <= to, () => `${end - to} bytes too many`);
    const around = [bytes.subarray(from - 100, from), bytes.subarray(to, to + 200)];
    check(
      around.every((part) => part.every((byte) => byte === 0xa5)),
      () => 'something is written around',
    );
    out += bytes.toString('utf8', from, end);
    const each = rows[next];
    if (each === undefined) return out;
    if (each.kind === EVENT && each.pane) {
      at = next + 1;
      continue;
    }
    // It stopped for want of room, or of affixes: never before a row that has both.
    if (to - end < needsRoom(each)) check(end > from || next > at, () => `no room for ${each.members}`);
    else {
      check(each.kind === EVENT && each.count !== 0 && each.count !== 1, () => `left: ${line(each)}`);
      setAffixes(each);
    }
    at = next;
  }
  return out;
}

describe('printRows', () => {
  it('prints what a plain printer prints, in room that is just enough, and writes nowhere else', () => {
    const room = fc.integer({ min: 480, max: 4000 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), room, garbage, (rows, size, behind) => {
        const base = place(rows, behind);
        const expected = rows.filter((each) => each.kind !== EVENT || !each.pane).map(line);
        const out = printed(rows, base, size);
        check(out === expected.join(''), () => `${out}\ninstead of\n${expected.join('')}`);
      }),
      { numRuns: 4000 },
    );
  });

  it('says that a stream is complete', () => {
    const end = {
      kind: WATERMARK,
      time: Number.POSITIVE_INFINITY,
      members: '',
      start: 0,
      size: 1,
      every: 1,
      count: 0,
      pane: false,
    };
    const rows = [end, { ...end, kind: TICK }];
    expect(printed(rows, place(rows, Buffer.alloc(0)), 600)).toBe('{"@watermark":"end"}\n{"@tick":"end"}\n');
  });

  it('copies members of every length, from the very end of the memory too', () => {
    for (let length = 0; length < 100; length++) {
      const members = 'x'.repeat(length);
      const rows = [{ kind: EVENT, time: 0, members, start: 0, size: 1, every: 1, count: 1, pane: false }];
      expect(printed(rows, place(rows, Buffer.alloc(0)), METADATA_LIMIT + length)).toBe(line(rows[0]!));
    }
  });

  it('prints a label again that it could not print before its affixes were there', () => {
    const one = {
      kind: EVENT,
      time: 0,
      members: '',
      start: 0,
      size: 60_000,
      every: 1,
      count: 1,
      pane: false,
    };
    const other = { ...one, size: 77, count: 5 };
    const base = place([one, other, one], Buffer.alloc(0));
    const from = kernel.scratch + kernel.scratchSize;
    expect(call.printRows(base, 0, 3, from, from + 4000)).toBe(1);
    // Without the affixes it goes on behind the row.
    expect(call.printRows(base, 2, 3, from, from + 4000)).toBe(3);
    expect(bytes.toString('latin1', from, call.printEnd.value)).toBe(line(one));
  });
});
