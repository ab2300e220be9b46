import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { filter, merge, pipeline, run, sink, source, TidemarkError } from '../../src/index.ts';

const thrownBy = (call: () => unknown): TidemarkError => {
  try {
    call();
  } catch (error) {
    if (error instanceof TidemarkError) return error;
  }
  throw new Error('it has thrown no TidemarkError');
};
const rejected = (promise: Promise<unknown>): Promise<TidemarkError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

const wrong = [{ at: '2026-01-01T00:00:00Z' }, { at: 'noon' }];

describe('an error of the library', () => {
  it('says by its name, its class and its print what it is', () => {
    const error = thrownBy(() => filter('n >'));
    expect([error.name, error.constructor.name, String(error)]).toEqual([
      'TidemarkError',
      'TidemarkError',
      "TidemarkError: the expression ends too early, at character 4 of 'n >'",
    ]);
    expect(inspect(error)).toMatch(/^TidemarkError: the expression ends too early/);
  });

  it('prints what is known of it, and nothing of what is not', async () => {
    const reading = run([source(wrong, { time: 'at' }), sink('/dev/null')]).wait();
    const printed = inspect(await rejected(reading));
    expect(printed.slice(printed.lastIndexOf(' {'))).toBe(
      [
        ' {',
        "  code: 'failed',",
        "  stage: 'source',",
        "  where: 'the records of the program',",
        '  line: 2,',
        "  hint: '--on-reject skip leaves such records out, --rejected-to FILE keeps them'",
        '}',
      ].join('\n'),
    );
    expect(inspect(thrownBy(() => pipeline([filter('n > 1')])))).toMatch(/ \{\n {2}code: 'usage'\n\}$/);
  });

  it('leads to the line of the program that made the stage, or began the run', async () => {
    const line = (error: TidemarkError): string | undefined =>
      error.stack!.split('\n').find((each) => each.includes('errors.test'));
    const here = (): number =>
      Number(/errors[.]test[.]ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1]);
    const made = [here(), thrownBy(() => filter('n >'))] as const;
    expect(line(made[1])).toContain(`errors.test.ts:${made[0]}:`);
    const read = pipeline([merge([pipeline([source(wrong, { time: 'at' })])])]);
    const [begun, loop] = [here(), read[Symbol.asyncIterator]()];
    await loop.next();
    const error = await rejected(loop.next());
    expect(error).toMatchObject({ stage: 'source', where: 'the records of the program', line: 2 });
    expect(line(error)).toContain(`errors.test.ts:${begun}:`);
    expect(error.stack).toMatch(/^TidemarkError: at: "noon" is no RFC 3339 time/);
  });
});
