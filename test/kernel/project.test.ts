import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setNames } from '../../src/kernel/names.ts';
import { edited, edits, hostile, numberText, valueText } from '../json/json-text.ts';
import { type Found, findMembers } from '../reference/members.ts';
import { check, garbage, placeLast, smallKernel } from './placing.ts';

const kernel = smallKernel();
const { call, columns } = kernel;

const NAMES = ['a', 'status', 'eightlet', 'a longer name', 'größe', ''].map((name) => Buffer.from(name));
const LATIN = NAMES.map((name) => name.toString('latin1'));
const EVENT = 0;
const WATERMARK = 1;
const ABSENT = 0;
const NUMBER = 4;

/** Types of values by their first byte, as in src/stream/projection.ts. */
const typeOf = (c: string): number => ({ n: 1, f: 2, t: 3, '"': 5, '[': 6, '{': 7 })[c] ?? NUMBER;

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES.map((each) => each.toString())) },
  { weight: 3, arbitrary: fc.constantFrom('b', 'statu', 'status2', 'eightlex', 'a longer namE', '@t') },
  { weight: 1, arbitrary: fc.constantFrom('\\u0061', 'x\\"', 'abcdefgh\\/') },
);
const space = fc.stringMatching(/^[ \t\r]{0,2}$/);
const value = valueText.map((text) => text.replaceAll('\n', ' '));
const members = fc
  .array(
    fc.tuple(name, space, space, value, space, space).map(([key, behind, inside, each, after, next]) => ({
      text: `"${key}"${behind}:${inside}${each}${after}`,
      next,
    })),
    { maxLength: 7 },
  )
  .map((all) => all.map(({ text, next }, index) => (index === 0 ? text : `${next}${text}`)).join(','));
const row = fc.oneof(
  { weight: 5, arbitrary: members.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.tuple(members, edits).map(([text, changes]) => edited(text, changes)) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(members, fc.nat())
      .map(([text, cut]) => Buffer.from(text).subarray(0, cut % (text.length + 1))),
  },
);

function place(rows: readonly Buffer[], between: Buffer, behind: Buffer): number {
  const at = placeLast(kernel, Buffer.concat(rows.flatMap((each) => [each, between])), behind);
  let from = 100;
  rows.forEach((each, index) => {
    columns.kind[index] = EVENT;
    columns.start[index] = from;
    columns.end[index] = from + each.length;
    from += each.length + between.length;
  });
  return at - 100;
}

/** What a row gives; undefined: the kernel leaves it. */
const plain = (bytes: Buffer): readonly Found[] | undefined =>
  bytes.includes(10) ? undefined : findMembers(bytes.toString('latin1'), LATIN);

function expectRow(index: number, found: readonly Found[], text: string): void {
  const offset = columns.start[index]!;
  found.forEach((span, n) => {
    const type = columns.fieldType[n]![index];
    check(
      type === (span === undefined ? ABSENT : typeOf(text[span[0]]!)),
      () => `${NAMES[n]}, type ${type}: ${text}`,
    );
    if (span === undefined) return;
    const [start, end] = [columns.fieldStart[n]![index]! - offset, columns.fieldEnd[n]![index]! - offset];
    check(start === span[0] && end === span[1], () => `${NAMES[n]} from ${start} to ${end}: ${text}`);
  });
}

describe('project', () => {
  it('finds the members that a plain walk finds, and leaves the rows that this cannot walk', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), garbage, (rows, behind) => {
        const base = place(rows, Buffer.from('}\n'), behind);
        setNames(NAMES, kernel);
        const expected = rows.map(plain);
        for (let from = 0; from < rows.length; ) {
          const left = expected.indexOf(undefined, from);
          const stop = call.project(base, from, rows.length, NAMES.length);
          const named = rows[Math.min(stop, rows.length - 1)]!.toString('latin1');
          check(stop === (left < 0 ? rows.length : left), () => `stopped at ${stop}, not ${left}: ${named}`);
          for (let each = from; each < stop; each++)
            expectRow(each, expected[each]!, rows[each]!.toString('latin1'));
          from = stop + 1;
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('never takes what stands behind a row for a part of it', () => {
    const behind = fc.oneof(
      hostile.map((text) => Buffer.from(text)),
      garbage,
    );
    fc.assert(
      fc.property(row, behind, (bytes, next) => {
        const base = place([bytes], Buffer.alloc(0), next);
        setNames(NAMES, kernel);
        const found = plain(bytes);
        // A number may go on behind the row: then the row is left, and JavaScript looks where it ends.
        if (call.project(base, 0, 1, NAMES.length) === 0) return;
        check(found !== undefined, () => `taken: ${bytes}`);
        expectRow(0, found!, bytes.toString('latin1'));
      }),
      { numRuns: 5000 },
    );
  });

  it('does not take the usual for unusual', () => {
    const rows = [
      '"status":200,"eightlet":"x","a longer name":[1,{"a":2}],"größe":1e3,"a":null',
      '"b":"\\u0041","a":true,"status":"\\"","a":false',
      '"a" : 1 , "b" : 2 ',
      '',
    ].map((text) => Buffer.from(text));
    const base = place(rows, Buffer.from('}\n'), Buffer.alloc(0));
    setNames(NAMES, kernel);
    expect(call.project(base, 0, rows.length, NAMES.length)).toBe(rows.length);
    rows.forEach((bytes, index) => {
      expectRow(index, plain(bytes)!, bytes.toString('latin1'));
    });
  });

  it('passes over rows that are no events, whatever their spans are', () => {
    const base = place(
      [Buffer.from('no members'), Buffer.from('"a":1')],
      Buffer.from('}\n'),
      Buffer.alloc(0),
    );
    setNames(NAMES, kernel);
    columns.kind[0] = WATERMARK;
    expect(call.project(base, 0, 2, NAMES.length)).toBe(2);
    expect(columns.fieldType[0]!.subarray(0, 2)).toEqual(Uint8Array.of(ABSENT, NUMBER));
  });
});

const NO_NUMBER = 0;
const INTEGER = 1;
const DOUBLE = 2;
const UNREAD = 254;
const NOT_A_NUMBER = 255;

/** How the kernel reads a number; UNREAD where it is JavaScript's to read. */
function formOf(text: string): number {
  const digits = text.replace(/\D/g, '').length;
  if (/[eE]/.test(text) || digits > 15 || text === '-0') return UNREAD;
  return text.includes('.') ? DOUBLE : INTEGER;
}

describe('readNumbers', () => {
  it('gives the nearest double of each spelling that it takes, whatever stands behind', () => {
    const decimal = fc.stringMatching(/^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,16})?$/);
    const number = fc.oneof(
      numberText,
      decimal,
      fc.constantFrom(
        '999999999999999',
        '1000000000000000',
        '0.00000000000001',
        '0.000000000000001',
        '-0.0',
        '0.1',
        '-0.3',
        '4.35',
        '1.15',
      ),
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), garbage, (numbers, behind) => {
        const at = placeLast(kernel, Buffer.from(numbers.join('')), behind);
        let from = 50;
        numbers.forEach((text, index) => {
          columns.fieldType[0]![index] = NUMBER;
          columns.fieldStart[0]![index] = from;
          from += text.length;
          columns.fieldEnd[0]![index] = from;
        });
        const unread = call.readNumbers(at - 50, numbers.length);
        check(unread === numbers.filter((text) => formOf(text) === UNREAD).length, () => `${unread} left`);
        numbers.forEach((text, index) => {
          const form = columns.form[index]!;
          check(form === formOf(text), () => `${text} has the form ${form}`);
          if (form === UNREAD) return;
          check(Object.is(columns.value[index], Number(text)), () => `${text} is ${columns.value[index]}`);
        });
      }),
      { numRuns: 5000 },
    );
  });

  it('tells the types that are no numbers', () => {
    const types = [0, 1, 2, 3, 5, 6, 7];
    columns.fieldType[0]!.set(types);
    expect(call.readNumbers(0, types.length)).toBe(0);
    expect([...columns.form.subarray(0, types.length)]).toEqual([
      NO_NUMBER,
      NO_NUMBER,
      ...Array(5).fill(NOT_A_NUMBER),
    ]);
  });
});
