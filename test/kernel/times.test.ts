import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeFormat, type TimeReader } from '../../src/time/time-format.ts';
import { edited, edits, numberText, parses, stringText } from '../json/json-text.ts';
import { check, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns } = kernel;

const LAST = 253_402_300_799_999;

/** Formats by the kernel's numbers, and the spellings that it takes. */
const FORMATS = [
  ['rfc3339', /^"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(\.\d{1,9})?Z"$/],
  ['epoch-s', /^\d{1,12}$/],
  ['epoch-ms', /^\d{1,19}$/],
  ['epoch-us', /^\d{1,19}$/],
  ['epoch-ns', /^\d{1,19}$/],
] as const;

const two = fc.integer({ min: 0, max: 62 }).map((value) => String(value).padStart(2, '0'));
const time = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('0000', '1969', '1970', '2024', '1900', '2000', '9999'),
      fc.stringMatching(/^[0-9]{4}$/),
    ),
    fc.oneof(fc.constantFrom('01', '02', '12', '13', '00'), two),
    fc.oneof(fc.constantFrom('01', '28', '29', '30', '31', '32', '00'), two),
    fc.constantFrom('T', 'T', 'T', 't', ' '),
    fc.oneof(fc.constantFrom('00', '23', '24'), two),
    two,
    fc.oneof(fc.constantFrom('59', '60'), two),
    fc.stringMatching(/^(|\.[0-9]{0,3}|\.[0-9]{4,12})$/),
    fc.constantFrom('Z', 'Z', 'Z', 'z', '+01:30', '', 'ZZ'),
  )
  .map(
    ([year, month, day, t, hour, minute, second, fraction, zone]) =>
      `"${year}-${month}-${day}${t}${hour}:${minute}:${second}${fraction}${zone}"`,
  );
const instant = fc
  .integer({ min: -62_167_219_200_000, max: LAST })
  .map((ms) => `"${new Date(ms).toISOString()}"`);
const count = fc.oneof(
  fc.stringMatching(/^(0|[1-9][0-9]{0,20})$/),
  fc.constantFrom(
    String(LAST),
    String(LAST + 1),
    `${LAST}999`,
    `${LAST + 1}000`,
    `${LAST}999999`,
    '253402300799',
    '253402300800',
    '-1',
  ),
);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(time, instant).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: count.map((text) => Buffer.from(text)) },
  {
    weight: 1,
    arbitrary: fc
      .oneof(numberText, stringText, fc.constantFrom('null', '{}', '[1]'))
      .map((text) => Buffer.from(text)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.oneof(time, instant, count), edits)
      .map(([text, changes]) => edited(text, changes))
      .filter((bytes) => parses(bytes.toString())),
  },
);

describe('readTimes', () => {
  it.each(FORMATS.map(([name], number) => [name, number] as const))(
    'reads what the reader of %s reads, and says of all but its plain spellings that it does not',
    (name, number) => {
      const reader = parseTimeFormat(name) as TimeReader;
      const plain = FORMATS[number]![1];
      fc.assert(
        fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), garbage, (values, behind) => {
          const at = placeLast(kernel, Buffer.concat(values), behind);
          const base = at - 100;
          let from = 100;
          values.forEach((bytes, row) => {
            columns.timeStart[row] = from;
            from += bytes.length;
            columns.timeEnd[row] = from;
          });
          // A row without a time.
          columns.timeStart[values.length] = columns.timeEnd[values.length] = 0;
          const unread = call.readTimes(base, values.length + 1, number);
          let left = 1;
          values.forEach((bytes, row) => {
            const text = bytes.toString('latin1');
            const read = plain.test(text) ? reader.read(bytes, 0, bytes.length) : Number.NaN;
            if (Number.isNaN(read)) left++;
            check(Object.is(columns.time[row], read), () => `${text} as ${columns.time[row]}, not ${read}`);
          });
          check(Number.isNaN(columns.time[values.length]!), () => 'a time of a row that has none');
          check(unread === left, () => `${unread} left, not ${left}`);
        }),
        { numRuns: 3000 },
      );
    },
  );

  it('knows no date that it has not read', () => {
    const fresh = smallKernel();
    const text = Buffer.from(`"${'\0'.repeat(10)}T00:00:00Z"`);
    fresh.columns.timeEnd[0] = text.length;
    expect(fresh.call.readTimes(placeLast(fresh, text), 1, 0)).toBe(1);
  });
});

/** What `stamp` does, event by event. */
function stamped(
  times: readonly number[],
  delay: number,
  every: number,
  first: number,
  latest: number,
  top: number,
  mark: number,
) {
  const rows: { kind: number; time: number; from: number | undefined }[] = [];
  let highest = top;
  let watermark = mark;
  let ahead = 0;
  times.forEach((each, index) => {
    rows.push({ kind: 0, time: each, from: index });
    if (each <= highest) return;
    if (each > latest) {
      ahead++;
      return;
    }
    highest = each;
    const next = each - delay;
    if (next >= first && next - watermark >= every) {
      watermark = next;
      rows.push({ kind: 1, time: next, from: undefined });
    }
  });
  return { rows, highest, watermark, ahead };
}

describe('stamp', () => {
  const ms = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: -62_167_219_200_000, max: LAST }));
  const before = fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 10, LAST);

  it('puts watermarks where a plain loop puts them', () => {
    fc.assert(
      fc.property(
        fc.array(ms, { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        before,
        before,
        fc.constantFrom(Number.POSITIVE_INFINITY, 20, -1),
        (times, delay, every, highest, watermark, latest) => {
          const first = -62_167_219_200_000;
          times.forEach((each, row) => {
            columns.time[row] = each;
            columns.start[row] = row * 7;
            columns.end[row] = row * 7 + 5;
            columns.line[row] = 2 ** 40 + row;
          });
          const expected = stamped(times, delay, every, first, latest, highest, watermark);
          const rows = call.stamp(times.length, delay, every, first, latest, highest, watermark);
          check(rows === expected.rows.length, () => `${rows} rows`);
          let last = 0;
          expected.rows.forEach(({ kind, time: each, from }, row) => {
            last = from ?? last;
            const [start, end] = from === undefined ? [0, 0] : [from * 7, from * 7 + 5];
            check(columns.kind[row] === kind && columns.outTime[row] === each, () => `row ${row}`);
            check(
              columns.outStart[row] === start && columns.outEnd[row] === end,
              () => `the span of row ${row}`,
            );
            check(columns.outLine[row] === 2 ** 40 + last, () => `the line of row ${row}`);
          });
          check(call.highestTime.value === expected.highest, () => 'another highest time');
          check(call.rowsAhead.value === expected.ahead, () => 'others are ahead');
          check(call.lastWatermark.value === expected.watermark, () => 'another watermark');
        },
      ),
      { numRuns: 3000 },
    );
  });
});
