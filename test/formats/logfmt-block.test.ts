import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { LogfmtReader } from '../../src/formats/logfmt-reader.ts';
import { type How, membersOf, type Reading, readAll } from './reading.ts';
import { type KernelReader, methodsOf, withoutKernel } from './without-kernel.ts';

const methods = methodsOf(LogfmtReader);

const readSlowly = (text: string | Buffer, how: How = {}): Reading =>
  withoutKernel(methods, () => readAll('logfmt', text, how));

/** What is read, and how many of the rows the kernel has read. */
function counted(text: string): Reading & { byKernel: number } {
  let byKernel = 0;
  const { scanBlock } = methods;
  const spy = vi.spyOn(methods, 'scanBlock').mockImplementation(function (this: KernelReader, ...given) {
    const scanned = scanBlock.apply(this, given);
    byKernel += scanned.rows;
    return scanned;
  });
  try {
    return { ...readAll('logfmt', text, { maxLine: 1000 }), byKernel };
  } finally {
    spy.mockRestore();
  }
}

describe('lines that the kernel reads', () => {
  const long = 'x'.repeat(100);
  const many = (count: number) => Array.from({ length: count }, (_, k) => `the_key_${k}=${k}`).join(' ');

  test.each([
    'a=1 b="x y" c=z d e=',
    `${long}=${long} q="${long}" n=${'9'.repeat(70)}`,
    'a=true b=false c=null d=truer e=nul f=-1.5e3 g=007 h=-',
    'p=C:\\x\\y q="say \\"x\\"\\n\\t\\/" r="\u0001\t"',
    ' \ta=é  b="\u{1f600}"\t ',
    many(64),
  ])('%.50s', (line) => {
    for (const end of ['\n', '\r\n']) {
      const reading = counted(line + end);
      expect(reading.byKernel).toBe(1);
      expect(reading.rows[0]?.raw).toBe(line);
      expect(membersOf(reading)).toEqual(membersOf(readSlowly(line + end)));
    }
  });

  test.each([
    ['a blank line', ' \t'],
    ['a key twice', 'a=1 b=2 a=3'],
    ['a long key twice', `${long}=1 ${long}=2`],
    ['more keys than it keeps', many(65)],
    ['a metadata name', '@t=1'],
    ['a metadata name at the end', 'a @t'],
    ['a key twice at the end', 'a b a'],
    ['a backslash in a key', 'a\\b=1'],
    ['an escape of Go alone', 'a="\\x1b"'],
    ['a quote that is not closed', 'a="b'],
    ['a quote inside a value', 'a=b"c'],
    ['text behind a quote', 'a="b"c'],
    ['a key that is missing', 'a=1 =2'],
    ['a line that is too long', `a=${'x'.repeat(1000)}`],
  ])('it stops before %s, and goes on behind it', (_, line) => {
    const text = `n=1\n${line}\nn=2\n`;
    const reading = counted(text);
    const { rows, rejects } = readSlowly(text, { maxLine: 1000 });
    expect(reading).toEqual({ rows, rejects, byKernel: 2 });
    expect(reading.rows.at(-1)?.line).toBe(3);
  });
});

test('whatever it is, rows and rejects are those of the slow path', () => {
  const pieces = [
    ...[
      'a',
      'b',
      'c',
      'é',
      '\u00ff',
      '"',
      '"',
      '=',
      '=',
      ' ',
      ' ',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\t',
      '\\',
      '\\n',
      '@t',
    ],
    ...[
      'a=1',
      ' b="x y"',
      ' c=true',
      ' key_number_1=z',
      ' key_number_2=y',
      '0',
      '-',
      '.5',
      '\0',
      'q'.repeat(17),
    ],
  ];
  const text = fc
    .array(fc.constantFrom(...pieces), { maxLength: 50 })
    .map((parts) => Buffer.from(parts.join(''), 'latin1'));
  fc.assert(
    fc.property(
      text,
      fc.array(fc.nat(200), { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(12, 40, 1000),
      fc.boolean(),
      (bytes, cuts, capacity, maxLine, utf8) => {
        const input = utf8 ? Buffer.from(bytes.toString('latin1')) : bytes;
        const slow = readSlowly(input, { time: 'c', maxLine });
        const members = ['key_number_2', 'none', 'a'];
        const how = { time: 'c', members, maxLine, capacity, cuts, anywhere: true };
        const fast = readAll('logfmt', input, how);
        expect(fast.rejects).toEqual(slow.rejects);
        expect(fast.rows.map((row) => ({ ...row, found: undefined }))).toEqual(slow.rows);
        for (const { found, members: row } of fast.rows) {
          if (found === undefined) continue;
          const event = JSON.parse(`{${row}}`);
          const values = found.map((value) => (value === '' ? undefined : JSON.parse(value)));
          expect(values).toEqual(members.map((name) => event[name]));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
