import { describe, expect, it } from 'vitest';
import { body, T } from './lines.ts';

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
    ['the pane last behind a window', `{${T},${FIXED},"a":1,${PANE}}`, `{${T},${FIXED},${PANE},"a":1}`],
    ['the window twice', `{${T},${FIXED},"a":1,"@w":"x"}`, `{${T},${FIXED},"a":1}`],
    ['the time twice, first as we write it', `{${T},"a":1,"@t":"2024-01-01T00:00:00.000Z"}`, `{${T},"a":1}`],
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
