import { expect } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { identity, output, type Reading, run, WHOLE } from '../operators/harness.ts';

// Lines that tests of the reader are made of.

export const HEADER =
  '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}';
export const PLAIN_HEADER = HEADER.replace('["source"]', '[]');
export const COMPLETE = '{"@watermark":"end"}';
export const DRAINED = '{"@end":"drained"}';
export const SUSPENDED = '{"@end":"suspended"}';
export const T = '"@t":"1970-01-01T00:00:01.000Z"';

export const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('');

/** The lines that are read from these, without header and end. */
export async function body(...lines: string[]): Promise<string[]> {
  const read = output(await run(identity, text(HEADER, ...lines, COMPLETE, DRAINED)));
  expect(read.startsWith(text(HEADER))).toBe(true);
  expect(read.endsWith(text(COMPLETE, DRAINED))).toBe(true);
  return read.split('\n').slice(1, -3);
}

/** What the reader refuses the input with. */
export async function refusal(input: string, reading: Reading = {}): Promise<TidemarkError> {
  const error: unknown = await run(identity, input, WHOLE, reading).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TidemarkError)) throw new Error(`no refusal: ${error}`);
  return error;
}
