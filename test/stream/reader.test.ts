import { describe, expect, it } from 'vitest';
import { identity, output, run, WHOLE } from '../operators/harness.ts';
import { body, COMPLETE, DRAINED, HEADER, PLAIN_HEADER, refusal, SUSPENDED, T, text } from './lines.ts';

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
      '{"@barrier":9,"last":true}',
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
        '{"@barrier":10 , "last" : true, "x":1}',
        '{"@barrier":11,"last":false}',
      ),
    ).toEqual([
      '{"@watermark":"1970-01-01T00:00:00.000Z"}',
      '{"@watermark":"1970-01-01T00:00:01.000Z"}',
      '{"@watermark":"1970-01-01T00:00:02.999Z"}',
      '{"@idle":true}',
      '{"@barrier":9}',
      '{"@barrier":10,"last":true}',
      '{"@barrier":11}',
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
