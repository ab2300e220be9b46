import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TidemarkError } from '../../src/errors.ts';
import { feedings, identity, output, run, WHOLE } from '../operators/harness.ts';
import { DRAINED, HEADER, refusal, SUSPENDED, T, text } from './lines.ts';

describe('a line that cannot be read', () => {
  const LINES = 'every line of a stream is one JSON object; raw records go through `tm source` first';

  it.each([
    ['a value that is no object', '3', 1, 'the line is no JSON object', 'raw records go through'],
    ['text', '2015-05-17 GET /', 1, 'the line is no JSON object', 'raw records go through'],
    ['a list', '[{}]', 1, 'the line is no JSON object', 'raw records go through'],
    ['a string that is not closed', `{${T}, "a":"x`, 39, 'a string is not closed', LINES],
    ['no comma', `{ ${T} "a":1}`, 35, "expected ',' or '}'", LINES],
    ['a comma too many', `{ ${T},}`, 35, 'expected a member name in quotes', LINES],
    ['no colon', `{ ${T},"a" 1}`, 39, "expected ':'", LINES],
    ['no value', `{ ${T},"a":}`, 39, 'expected a value', LINES],
    ['more than an object', `{ ${T}} {}`, 36, 'something follows the object', LINES],
    ['a control character', `{ ${T},"a":"\u0001"}`, 40, 'a control character', LINES],
    ['no time', '{"a":1}', undefined, 'the line has no @t', 'tm source --time FIELD'],
    ['nothing in it', '{}', undefined, 'the line has no @t', 'tm source --time FIELD'],
    [
      'null for a time',
      '{"@t":null,"a":1}',
      undefined,
      '@t is null: a filter before treated a marker',
      'tm apply',
    ],
    ['another time', '{"@t":"yesterday"}', undefined, '@t is no RFC 3339 time: "yesterday"', '--time-format'],
    [
      'a time without zone',
      '{"@t":"1970-01-01T00:00:01.000"}',
      undefined,
      '@t is no RFC 3339 time',
      'tm source',
    ],
    [
      'a time in a year of five digits',
      '{"@t":253402300800000}',
      undefined,
      '@t is no RFC 3339 time',
      'tm source',
    ],
    ['a time before the year 0', '{"@t":-62167219200001}', undefined, '@t is no RFC 3339 time', 'tm source'],
    ['a time that is no number', '{"@t":1e999}', undefined, '@t is no RFC 3339 time', 'tm source'],
    ['true for a time', '{"@t":true}', undefined, '@t is no RFC 3339 time: true', 'tm source'],
    ['a list for a time', '{"@t":[1]}', undefined, '@t is no RFC 3339 time', 'tm source'],
    [
      'a window that is none',
      `{${T},"@w":"today","a":1}`,
      undefined,
      '@w is no window: "today"',
      'tm window',
    ],
    [
      'a window that ends before it starts',
      `{${T},"@w":"1970-01-01T00:00:09.000Z/1970-01-01T00:00:00.000Z"}`,
      undefined,
      '@w is no window',
      'tm window',
    ],
    ['a number for a window', `{${T},"a":1,"@w":7}`, undefined, '@w is no window: 7', 'tm window'],
    ['null for a window', `{${T},"@w":null}`, undefined, '@w is no window: null', 'tm window'],
    [
      'a watermark that is none',
      '{"@watermark":"soon"}',
      undefined,
      '@watermark cannot be "soon"',
      undefined,
    ],
    ['null for a watermark', '{"@watermark":null}', undefined, '@watermark cannot be null', undefined],
    ['a number for a watermark', '{"@watermark":1000}', undefined, '@watermark cannot be 1000', undefined],
    ['a tick that is none', '{"@tick":""}', undefined, '@tick cannot be ""', undefined],
    ['an epoch that is none', '{"@barrier":"8"}', undefined, '@barrier cannot be "8"', undefined],
    ['another end', '{"@end":"done"}', undefined, '@end cannot be "done"', undefined],
  ])('is refused with its place when it has %s', async (_what, line, column, message, hint) => {
    const error = await refusal(text(HEADER, `{${T}}`, '', line, DRAINED));
    expect(error.message).toContain(message);
    expect([error.code, error.line, error.column]).toEqual(['failed', 4, column]);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });

  it('is refused in a plain stream when it is a marker', async () => {
    const error = await refusal(text(`{${T}}`, '{"@watermark":"end"}'));
    expect([error.code, error.line]).toEqual(['failed', 2]);
    expect(error.message).toBe('a @watermark line in a stream without a @stream line');
    expect(error.hint).toContain('tm apply');
  });

  it('is refused as the first line of a plain stream too', async () => {
    const error = await refusal('{"@end":"drained"}');
    expect([error.code, error.line, error.message]).toEqual([
      'failed',
      1,
      'a @end line in a stream without a @stream line',
    ]);
  });

  it('is refused behind the end of a complete stream', async () => {
    for (const line of [`{${T}}`, HEADER, 'x']) {
      for (const input of [text(HEADER, DRAINED, line), text(HEADER, DRAINED) + line]) {
        const error = await refusal(input);
        expect([error.code, error.line]).toEqual(['failed', 3]);
        expect(error.message).toBe('the stream was complete before this line');
        expect(error.hint).toContain('one pipe carries one stream');
      }
    }
  });

  it('is refused behind a suspended stream unless it is a new header', async () => {
    for (const input of [text(HEADER, SUSPENDED, '', `{${T}}`), `${text(HEADER, SUSPENDED, '')}{${T}}`]) {
      const error = await refusal(input);
      expect([error.code, error.line]).toEqual(['failed', 4]);
      expect(error.message).toBe('only a new @stream line may follow a suspended end');
    }
  });

  it('is refused as cut off when it is the header of another stream', async () => {
    const error = await refusal(text(HEADER, `{${T}}`, HEADER, DRAINED));
    expect([error.code, error.line]).toEqual(['cut', 3]);
    expect(error.message).toContain('a second @stream line before the @end of the first');
  });

  it('is refused when it is longer than allowed, whether it has come whole or not', async () => {
    const line = `{${T},"a":"${'x'.repeat(100)}"}`;
    const length = line.length;
    expect(output(await run(identity, text(line), WHOLE, { maxLine: length }))).toContain(line);
    for (const blocks of [[1 << 20], [16]]) {
      const reading = run(identity, text(`{${T}}`, line), { ...WHOLE, blocks }, { maxLine: length - 1 });
      const error: TidemarkError = await reading.then(
        () => undefined as never,
        (thrown) => thrown,
      );
      expect(error.message).toContain('the line is longer than --max-line');
      expect([error.code, error.line, error.hint]).toEqual(['failed', 2, 'raise it: --max-line 64MiB']);
    }
  });

  it('names the line whatever was read before and however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), feedings, async (before, feeding) => {
        const lines = Array.from({ length: before }, (_, i) => (i % 3 === 0 ? '' : `{${T},"i":${i}}`));
        const read = run(identity, text(HEADER, ...lines, '{"a":1}'), feeding);
        await expect(read).rejects.toMatchObject({ code: 'failed', line: before + 2 });
      }),
      { numRuns: 60 },
    );
  });
});
