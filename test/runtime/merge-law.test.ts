import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runFused, runPiped } from './running.ts';

// Laws 1 and 6 where streams come together: one process gives what pipes give, and the order of arrival does not show.

const source = fc
  .record({
    seed: fc.integer({ min: 1, max: 99 }),
    count: fc.constantFrom(1, 40, 300),
    step: fc.constantFrom('200ms', '2s', '9s'),
    start: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:03:00Z'),
    delay: fc.constantFrom('', '--delay 0s', '--delay 20s', '--delay 20s --watermark-every 11s'),
  })
  .map(
    ({ seed, count, step, start, delay }) =>
      `tm source generate:count=${count},seed=${seed},keys=4,step=${step},start=${start},disorder=20s ${delay}`,
  );

const middle = fc.constantFrom(
  '',
  "| filter 'status >= 400'",
  "| map 'class = int(status / 100)'",
  '| map --only status bytes',
  '| dedup --by host --within 1m',
);

const line = fc.tuple(source, middle).map((parts) => parts.join(' '));
const windowed = (window: string) => line.map((text) => `${text} ${window}`);
const grouped = windowed('| window fixed 1m | combine --by status bytes=count');

/** Inputs, as they stand behind the name of the command; the first may be the stage before. */
const inputs = (of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(of, { minLength: 1, maxLength: 3 }), fc.option(of, { nil: undefined }))
    .map(([streams, before]) => {
      const named = streams.map((text) => `<(${text})`).join(' ');
      return before === undefined ? `tm merge ${named}` : `${before} | tm merge ${named} -`;
    });

const nested = inputs(line).map((text) => (text.startsWith('tm merge') ? text : `tm merge <(${text})`));

const behind = fc.constantFrom(
  '',
  '| combine n=count',
  '| combine --by status n=count',
  '| map --only status',
  '| dedup --by status,bytes',
);

const pipelines = fc
  .tuple(
    fc.oneof(
      inputs(line),
      inputs(fc.oneof(line, nested)),
      inputs(windowed('| window fixed 1m')),
      inputs(windowed('| window session 30s')),
      inputs(windowed('| window fixed 1m --early "count 2" --mode discard')),
      inputs(line).map((text) => `${text} | window sliding 2m --every 1m`),
      inputs(grouped),
    ),
    behind,
  )
  .map((parts) => parts.join(' '));

describe('streams that come together', () => {
  it('do in one process what they do in pipes', async () => {
    let done = 0;
    await fc.assert(
      fc.asyncProperty(pipelines, async (text) => {
        const fused = await runFused(text);
        const piped = await runPiped(text);
        expect({ text, code: fused.code, stdout: fused.stdout }).toEqual({
          text,
          code: piped.code,
          stdout: piped.stdout,
        });
        const lines = (told: string): string[] => told.split('\n').sort();
        expect(lines(fused.stderr)).toEqual(lines(piped.stderr));
        if (fused.code === 0) done++;
      }),
      { numRuns: 60 },
    );
    expect(done).toBeGreaterThan(50);
  });

  it('give windows that do not depend on the order in which they are taken', async () => {
    const two = fc.tuple(source, source).map(([a, b]) => `<(${a}) <(${b})`);
    await fc.assert(
      fc.asyncProperty(two, async (streams) => {
        const count = `| window fixed 1m | combine --by status n=count 'b = sum(bytes)'`;
        const run = (order: string) => runFused(`tm merge --order ${order} ${streams} ${count}`);
        const [watermark, arrival] = [await run('watermark'), await run('arrival')];
        const late = /late/.test(watermark.stderr + arrival.stderr);
        fc.pre(!late);
        const results = (text: string): string[] => text.split('\n').filter((one) => one.includes('"@t"'));
        expect(results(arrival.stdout)).toEqual(results(watermark.stdout));
      }),
      { numRuns: 40 },
    );
  });
});
