import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { computed } from './computed.ts';
import { expressions } from './random-expressions.ts';

const PIECES =
  '( ) [ ] { } . , : ? ! - + * / % < > = == != <= >= && || & | in a b status "x" \'y\' "\\u00e9" "\\q" r"\\d" """z""" 1 0x 0.5 1e 1e9 .5 5u b"x" ' +
  'true null has member size map filter exists and or not is null like ` @t @@t $a größe // # ; ~ ^ ?? => \\ \u0000 \u2028 😀 namespace __proto__ constructor ' +
  'lower( round( int( timestamp( duration( event_time() x.y[0] a[ -1';

const texts = fc.oneof(
  fc.array(fc.constantFrom(...PIECES.split(' ')), { maxLength: 12 }).map((each) => each.join('')),
  fc.array(fc.constantFrom(...PIECES.split(' ')), { maxLength: 12 }).map((each) => each.join(' ')),
  fc.string({ maxLength: 20, unit: 'binary' }),
  // One that is right, with a piece cut out or put in.
  fc
    .tuple(expressions, fc.nat(), fc.nat({ max: 4 }), fc.constantFrom('', ...PIECES.split(' ')))
    .map(([text, at, cut, piece]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + piece + text.slice(from + cut);
    }),
);

const EVENT = '{"a":{"b":[1,"x",null]},"b":"y","status":200,"x":{"y":[2.5]}}';

it('a text is computed or refused in one line that quotes it and says where, and never breaks', () => {
  let refused = 0;
  fc.assert(
    fc.property(texts, (text) => {
      try {
        computed(text, EVENT);
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error;
        refused++;
        expect(error.code).toBe('usage');
        expect(error.message).not.toMatch(/[\n\r]|undefined|\[object|Token|overload/);
        expect(error.hint ?? '').not.toMatch(/[\n\r]|undefined/);
      }
    }),
    { numRuns: 8000 },
  );
  expect(refused).toBeGreaterThan(1000);
});

it.each([
  ['!'.repeat(100_000)],
  [`${'-'.repeat(100_000)}1`],
  [`${'('.repeat(10_000)}1${')'.repeat(10_000)}`],
  [`1${' + 1'.repeat(50_000)}`],
  ['['.repeat(10_000)],
  [`a${'.b'.repeat(10_000)} + 1`],
  [`a${'[0]'.repeat(10_000)} + 1`],
  [`"${'x'.repeat(200_000)}" + 1`],
])('a text that is too large is refused (%#)', (text) => {
  expect(() => computed(text)).toThrow(TidemarkError);
});
