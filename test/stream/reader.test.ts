import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { feedings, identity, output, type Reading, run, WHOLE } from '../operators/harness.ts';

const HEADER =
  '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}';
const PLAIN_HEADER = HEADER.replace('["source"]', '[]');
const COMPLETE = '{"@watermark":"end"}';
const DRAINED = '{"@end":"drained"}';
const SUSPENDED = '{"@end":"suspended"}';
const T = '"@t":"1970-01-01T00:00:01.000Z"';

const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('');

/** The lines that are read from these, without header and end. */
async function body(...lines: string[]): Promise<string[]> {
  const read = output(await run(identity, text(HEADER, ...lines, COMPLETE, DRAINED)));
  expect(read.startsWith(text(HEADER))).toBe(true);
  expect(read.endsWith(text(COMPLETE, DRAINED))).toBe(true);
  return read.split('\n').slice(1, -3);
}

async function refusal(input: string, reading: Reading = {}): Promise<TidemarkError> {
  const error: unknown = await run(identity, input, WHOLE, reading).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TidemarkError)) throw new Error(`no refusal: ${error}`);
  return error;
}

describe('a marked stream', () => {
  it('passes as it came', async () => {
    const lines = text(
      HEADER,
      `{${T}}`,
      `{${T},"a":1,"big":123456789012345678901234567890.10,"s":"\\u0041\\/"}`,
      `{${T},"@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z"}`,
      `{${T},"@w":"1970-01-01T00:00:01.000Z/PT10S","a":{"@t":1}}`,
      `{${T},"@w":"R3/1970-01-01T00:00:00.000Z/PT10S/PT5S","a":[1, 2]}`,
      `{${T},"@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z","@pane":{"index":0},"n":1}`,
      `{${T},"@pane":{"index":0, "timing":"early"},"n":1}`,
      '{"@watermark":"1970-01-01T00:00:05.000Z"}',
      '{"@tick":"2024-02-29T23:59:59.999Z"}',
      '{"@idle":true}',
      '{"@barrier":8}',
      COMPLETE,
      DRAINED,
    );
    expect(output(await run(identity, lines))).toBe(lines);
  });

  it('is told apart from a plain one by its first line, behind blank ones', async () => {
    const outcome = await run(identity, text('', ' \t\r', HEADER, `{${T}}`, COMPLETE, DRAINED));
    expect(outcome.notices).toEqual([]);
    expect(output(outcome)).toBe(text(HEADER, `{${T}}`, COMPLETE, DRAINED));
  });

  it('loses blank lines and the carriage returns of line ends', async () => {
    const crlf = [HEADER, '', `{${T},"a":"x"}`, '  ', `{"a":1,${T}}`, COMPLETE, DRAINED];
    const read = output(await run(identity, crlf.map((line) => `${line}\r\n`).join('')));
    expect(read).toBe(text(HEADER, `{${T},"a":"x"}`, `{${T},"a":1}`, COMPLETE, DRAINED));
  });

  it('ignores watermarks that do not advance', async () => {
    const watermark = (second: number) => `{"@watermark":"1970-01-01T00:00:0${second}.000Z"}`;
    expect(await body(watermark(3), watermark(2), watermark(3), `{${T}}`, watermark(4))).toEqual([
      watermark(3),
      `{${T}}`,
      watermark(4),
    ]);
  });

  it('takes markers with more members, and with spaces and offsets in them', async () => {
    expect(
      await body(
        '{"@watermark":"1970-01-01T01:00:00+01:00","x":1}',
        ' { "@watermark" : "1970-01-01T00:00:01Z" } ',
        '{"\\u0040watermark":"1970-01-01T00:00:02.9999999Z"}',
        '{"@idle":true,"x":null}',
        '{"@barrier":9,"@t":"1970-01-01T00:00:00Z"}',
      ),
    ).toEqual([
      '{"@watermark":"1970-01-01T00:00:00.000Z"}',
      '{"@watermark":"1970-01-01T00:00:01.000Z"}',
      '{"@watermark":"1970-01-01T00:00:02.999Z"}',
      '{"@idle":true}',
      '{"@barrier":9}',
    ]);
  });

  it('takes an object for an event whose first member is no marker', async () => {
    expect(await body(`{${T},"@watermark":"end"}`, `{"a":1,"@end":"drained",${T}}`)).toEqual([
      `{${T},"@watermark":"end"}`,
      `{${T},"a":1,"@end":"drained"}`,
    ]);
  });

  it('keeps its first watermark of two streams when it was suspended and goes on', async () => {
    const watermark = '{"@watermark":"1970-01-01T00:00:05.000Z"}';
    const again = HEADER.replace('source', 'again');
    const read = await run(
      identity,
      text(HEADER, watermark, SUSPENDED, '', again, watermark, `{${T}}`, COMPLETE, DRAINED),
    );
    expect(output(read)).toBe(text(HEADER, watermark, SUSPENDED, again, `{${T}}`, COMPLETE, DRAINED));
  });

  it('may end suspended or skipped', async () => {
    for (const end of [SUSPENDED, '{"@end":"skipped"}']) {
      const lines = text(HEADER, `{${T}}`, end);
      expect(output(await run(identity, `${lines}\n \n`))).toBe(lines);
    }
  });

  it('is complete when it says so without a last watermark, which somebody took out', async () => {
    expect(output(await run(identity, text(HEADER, `{${T}}`, DRAINED)))).toBe(
      text(HEADER, `{${T}}`, COMPLETE, DRAINED),
    );
  });

  it('is complete when only the last line end is missing', async () => {
    const lines = text(HEADER, `{${T}}`, COMPLETE, DRAINED);
    expect(output(await run(identity, lines.trimEnd()))).toBe(lines);
    const suspended = text(HEADER, `{${T}}`, SUSPENDED);
    expect(output(await run(identity, suspended.trimEnd()))).toBe(suspended);
    expect(output(await run(identity, suspended.trimEnd(), WHOLE, { eof: 'drain' }))).toBe(suspended);
  });
});

describe('a stream without its end', () => {
  it.each([
    ['behind the header', text(HEADER)],
    ['behind an event', text(HEADER, `{${T}}`)],
    ['behind the last watermark', text(HEADER, `{${T}}`, COMPLETE)],
    ['inside a line', `${text(HEADER)}{${T},"a":`],
    ['at the end of a line', `${text(HEADER)}{${T},"a":1}`],
    ['inside the header', HEADER.slice(0, 40)],
    ['inside the header of what follows a suspended one', text(HEADER, SUSPENDED) + HEADER],
  ])('is refused as cut off when it stops %s', async (_where, input) => {
    const { code, message } = await refusal(input);
    expect(code).toBe('cut');
    expect(message).toContain('the input stopped without @end');
  });

  it('is complete with --eof drain', async () => {
    for (const lines of [
      text(HEADER),
      text(HEADER, `{${T}}`),
      text(HEADER, `{${T}}`, COMPLETE),
      `${text(HEADER)}{${T}}`,
    ]) {
      const whole = `${lines.trimEnd()}\n`.replace(text(COMPLETE), '');
      expect(output(await run(identity, lines, WHOLE, { eof: 'drain' }))).toBe(
        whole + text(COMPLETE, DRAINED),
      );
    }
  });

  it('hands on what came before it stopped', async () => {
    const seen: string[] = [];
    const watched = run(
      (context) => ({
        ...identity(context),
        onBatch: (_input, batch) => {
          for (let row = 0; row < batch.rows; row++)
            seen.push(batch.bytes.toString('utf8', batch.start[row]!, batch.end[row]!));
          return undefined;
        },
      }),
      text(HEADER, `{${T},"a":1}`, `{${T},"a":2}`),
    );
    await expect(watched).rejects.toThrow('the input stopped without @end');
    expect(seen).toEqual(['"a":1', '"a":2']);
  });

  it.each(['', '\n', ' \r\n\t\n', '  '])('is no stream when it is only %j', async (input) => {
    for (const eof of ['cut', 'drain'] as const) {
      const { code, message } = await refusal(input, { eof });
      expect([code, message]).toEqual(['cut', 'no input: the command before wrote nothing']);
    }
  });
});

describe('a plain stream', () => {
  it('gets a header, a last watermark and an end, and one notice', async () => {
    const outcome = await run(identity, text(`{${T},"a":1}`, '', `{"a":2,${T}}`));
    expect(output(outcome)).toBe(text(PLAIN_HEADER, `{${T},"a":1}`, `{${T},"a":2}`, COMPLETE, DRAINED));
    expect(outcome.notices).toEqual([expect.stringContaining('the input has no @stream line')]);
  });

  it('needs no line end behind its last line', async () => {
    for (const lines of [`{${T}}`, `${text(`{${T}}`)}{${T}}`]) {
      expect(output(await run(identity, lines))).toBe(
        `${text(PLAIN_HEADER)}${lines}\n${text(COMPLETE, DRAINED)}`,
      );
    }
  });
});

describe('metadata', () => {
  const FIXED = '"@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:10.000Z"';
  const PANE = '"@pane":{"index":0}';

  it.each([
    ['epoch milliseconds', '{"@t":1000,"a":1}', `{${T},"a":1}`],
    ['epoch milliseconds with a fraction', '{"@t":1000.9,"a":1}', `{${T},"a":1}`],
    ['epoch milliseconds with an exponent', '{"@t":1E3,"a":1}', `{${T},"a":1}`],
    ['epoch milliseconds before 1970', '{"@t":-0.5}', '{"@t":"1969-12-31T23:59:59.999Z"}'],
    ['epoch milliseconds of -0', '{"@t":-0}', '{"@t":"1970-01-01T00:00:00.000Z"}'],
    ['the first instant', '{"@t":-62167219200000}', '{"@t":"0000-01-01T00:00:00.000Z"}'],
    ['the last instant', '{"@t":253402300799999}', '{"@t":"9999-12-31T23:59:59.999Z"}'],
    ['an offset', '{"@t":"1970-01-01T01:30:01.000+01:30","a":1}', `{${T},"a":1}`],
    ['an offset and no fraction', '{"@t":"1969-12-31T19:00:01-05:00","a":1}', `{${T},"a":1}`],
    ['whole seconds', '{"@t":"1970-01-01T00:00:01Z","a":1}', `{${T},"a":1}`],
    ['microseconds', '{"@t":"1970-01-01T00:00:01.000999Z","a":1}', `{${T},"a":1}`],
    [
      'nanoseconds before 1970',
      '{"@t":"1969-12-31T23:59:59.999999999Z"}',
      '{"@t":"1969-12-31T23:59:59.999Z"}',
    ],
    ['small letters', '{"@t":"1970-01-01t00:00:01z"}', `{${T}}`],
    ['an escaped name', '{"\\u0040t":"1970-01-01T00:00:01Z","a":1}', `{${T},"a":1}`],
    ['spaces as of Python', '{"@t": "1970-01-01T00:00:01.000Z", "a": 1}', `{${T},"a": 1}`],
    ['spaces around', ` \t{ ${T} , "a":1 } `, `{${T},"a":1}`],
    ['the time last', `{"a":1,"b":[1, 2],${T}}`, `{${T},"a":1,"b":[1, 2]}`],
    ['the time in the middle', `{"a":1,${T},"b":2}`, `{${T},"a":1,"b":2}`],
    ['the time alone and with spaces', `{ ${T} }`, `{${T}}`],
    ['the time twice', `{"a":1,${T},"@t":"2024-01-01T00:00:00.000Z"}`, `{${T},"a":1}`],
    ['the window last', `{${T},"a":1,${FIXED}}`, `{${T},${FIXED},"a":1}`],
    ['the window last and spaced', `{${T},"a":1,"@w" : ${FIXED.slice(5)}}`, `{${T},${FIXED},"a":1}`],
    ['the window first', `{${FIXED},"a":1,${T}}`, `{${T},${FIXED},"a":1}`],
    ['the window as the only other', `{${FIXED},${T}}`, `{${T},${FIXED}}`],
    ['the window behind the pane', `{${T},${PANE},"a":1,${FIXED}}`, `{${T},${FIXED},${PANE},"a":1}`],
    ['the pane last', `{${T},"a":1,${PANE}}`, `{${T},${PANE},"a":1}`],
    [
      'an escaped window behind the time',
      `{${T},${FIXED.replace('@', '\\u0040')},"a":1}`,
      `{${T},${FIXED},"a":1}`,
    ],
    [
      'a window with offsets',
      `{${T},"@w":"1970-01-01T01:00:00+01:00/1970-01-01T00:00:10Z"}`,
      `{${T},${FIXED}}`,
    ],
    ['@w in a string', `{${T},"a":"\\"@w\\":1, @w"}`, `{${T},"a":"\\"@w\\":1, @w"}`],
    ['@w as the text of a member', `{${T},"a":"@w"}`, `{${T},"a":"@w"}`],
    ['@w inside an object', `{${T},"a":{"@w":"x","@pane":1}}`, `{${T},"a":{"@w":"x","@pane":1}}`],
    ['@w at the end of a name', `{${T},"a@w":"x"}`, `{${T},"a@w":"x"}`],
    ['@t inside an object before the time', `{"a":{"@t":"x"},${T}}`, `{${T},"a":{"@t":"x"}}`],
    [
      'a name that only begins like metadata',
      `{${T},"@timestamp":"x","@window":1}`,
      `{${T},"@timestamp":"x","@window":1}`,
    ],
  ])('is found with %s', async (_what, line, expected) => {
    expect(await body(line)).toEqual([expected]);
    // Also next to lines that are laid out as we write them, and in one read with them.
    expect(await body(`{${T},"b":1}`, line, `{${T},${FIXED},"b":1}`)).toEqual([
      `{${T},"b":1}`,
      expected,
      `{${T},${FIXED},"b":1}`,
    ]);
  });

  it('leaves members of a line that is laid out as we write them as they are', async () => {
    const line = `{${T},${FIXED},"a@w":1, "b" : 2 ,"@pane@":{}}`;
    expect(await body(line)).toEqual([line]);
    expect(await body(`{${T},"c":1}`, line)).toEqual([`{${T},"c":1}`, line]);
  });
});

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
      'jq -c',
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
    expect(error.hint).toContain('jq -c');
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
