import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClf } from '../../src/time/clf.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => String(n).padStart(2, '0');

function read(text: string): number {
  const b = Buffer.from(`[1${text}0]`);
  return readClf(b, 2, 2 + Buffer.byteLength(text));
}

describe('readClf', () => {
  it.each([
    ['17/May/2015:10:05:03 +0000', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['17/May/2015:10:05:03 -0000', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['17/May/2015:12:05:03 +0200', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['16/May/2015:23:35:03 -1030', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['17/MAY/2015:10:05:03 +0000', Date.UTC(2015, 4, 17, 10, 5, 3)],
    ['29/Feb/2000:00:00:00 +0000', Date.UTC(2000, 1, 29)],
    ['31/Dec/1969:23:59:59 +0000', -1000],
    ['31/Dec/2016:23:59:60 +0000', Date.UTC(2017, 0, 1)],
  ])('reads %s', (text, ms) => {
    expect(read(text)).toBe(ms);
  });

  it.each([
    '',
    '[17/May/2015:10:05:03 +0000]',
    '17/May/2015:10:05:03',
    '17/May/2015:10:05:03 +000',
    '17/May/2015:10:05:03 +00:00',
    '17/May/2015:10:05:03  0000',
    '17/May/2015:10:05:03 Z0000',
    '17/May/2015 10:05:03 +0000',
    '17/May/2015:10:05:60 +0000',
    '17/May/2015:24:05:03 +0000',
    '17/May/2015:10:60:03 +0000',
    '17/May/2015:10:05:03 +2400',
    '17/May/2015:10:05:03 +0060',
    '17/Mai/2015:10:05:03 +0000',
    '17-May-2015:10:05:03 +0000',
    '00/May/2015:10:05:03 +0000',
    '31/Apr/2015:10:05:03 +0000',
    '29/Feb/2015:10:05:03 +0000',
    ' 7/May/2015:10:05:03 +0000',
    '1x/May/2015:10:05:03 +0000',
    '17/May/201x:10:05:03 +0000',
    '17/M\u0001y/2015:10:05:03 +0000',
    '01/Jan/0000:00:00:00 +0001',
    '31/Dec/9999:23:59:59 -0001',
  ])('refuses %s', (text) => {
    expect(read(text)).toBeNaN();
  });

  it('refuses a broken date also right after its whole one', () => {
    for (let at = 0; at < 26; at++) {
      const b = Buffer.from('17/May/2015:10:05:03 +0000');
      expect(readClf(b, 0, b.length)).toBe(Date.UTC(2015, 4, 17, 10, 5, 3));
      b[at] = 0x7f;
      expect(readClf(b, 0, b.length)).toBeNaN();
    }
  });

  it('reads every second as Date.UTC has it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_000_000_000, max: 253_000_000_000 }),
        fc.integer({ min: -1439, max: 1439 }),
        (second, offset) => {
          const local = new Date((second + offset * 60) * 1000);
          const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
          const year = String(local.getUTCFullYear()).padStart(4, '0');
          const text =
            `${two(local.getUTCDate())}/${MONTHS[local.getUTCMonth()]}/${year}:${local.toISOString().slice(11, 19)}` +
            ` ${offset < 0 ? '-' : '+'}${two(hours)}${two(minutes)}`;
          expect(read(text)).toBe(second * 1000);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
