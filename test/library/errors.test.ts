import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  combine,
  dedup,
  filter,
  map,
  merge,
  type Notice,
  partition,
  pipeline,
  type RunSettings,
  route,
  run,
  sink,
  source,
  TidemarkError,
  tee,
  window,
} from '../../src/index.ts';

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

const row = (second: number) => ({ at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString() });
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
        "  hint: 'onReject skip leaves such records out, rejectedTo FILE keeps them'",
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

  it('names options as the program has them, and leaves quoted words alone', async () => {
    expect(() => source('-', { follow: true, time: 'at' })).toThrow('follow needs delay');
    expect(thrownBy(() => source('-', { follow: true, time: 'at' })).hint).toContain('delay 30s');
    expect(thrownBy(() => filter('"--late-to" ==')).message).toContain(`'"--late-to" =='`);
    const notices: Notice[] = [];
    const late = [row(0), row(200), row(1)];
    await run(
      [
        source(late, { time: 'at', delay: '1s' }),
        window.fixed('1m'),
        combine({ n: 'count' }),
        sink('/dev/null'),
      ],
      {
        onNotice: (notice) => notices.push(notice),
      },
    );
    expect(notices).toMatchObject([
      { stage: 'combine', hint: expect.stringMatching(/^delay 2m21s at the source/) },
    ]);
    const untimed = await rejected(run([source([{ a: 1 }]), sink('/dev/null')]).wait());
    expect(untimed.hint).toMatch(/^time FIELD names it, one of a; time arrival/);
  });

  it('is told of what is given in place of a text, a list, or a part', () => {
    expect(() => window.fixed(300_000 as never)).toThrow('a text is wanted, and not 300000');
    expect(() => window.fixed({ size: '5m' } as never)).toThrow("a text is wanted, and not { size: '5m' }");
    expect(() => pipeline(source([]) as never)).toThrow('the parts of a pipeline stand in a list');
    expect(() => pipeline([source([]), combine] as never)).toThrow('part 2 is no part of a pipeline');
    expect(() => pipeline([source([]), undefined] as never)).toThrow('part 2 is no part of a pipeline');
  });

  it('says which of them was to be given, and where', () => {
    const none = undefined as never;
    const one = pipeline([source([])]);
    const said: readonly (readonly [string, () => unknown, string])[] = [
      [
        'merge',
        () => merge(one as never, one as never),
        'a list of pipelines is wanted, and not Pipeline {}',
      ],
      ['source', () => source(null as never), 'a location, or records is wanted, and not null'],
      ['map', () => map(3 as never), 'a function, or an object of expressions is wanted, and not 3'],
      ['combine', () => combine(none), 'an object of aggregates is wanted, and not undefined'],
      [
        'route',
        () => route(['a.stream', 'n > 1'] as never),
        'an object of places and conditions, or a list of',
      ],
      ['tee', () => tee(none), 'a place is a text or a branch, and not undefined'],
      ['dedup', () => dedup(none), 'by is missing'],
      ['partition', () => partition(2, none), 'by is missing'],
      ['sink', () => sink(none), 'a location, or a function is wanted, and not undefined'],
    ];
    for (const [stage, call, message] of said) {
      const error = thrownBy(call);
      expect(error).toMatchObject({ code: 'usage', stage, message: expect.stringContaining(message) });
      expect(error.hint).toBeTruthy();
      expect(error.stack).toContain('errors.test.ts');
    }
  });
});

describe('a run', () => {
  const failing = (settings: RunSettings = {}) =>
    run(
      [
        source([row(0)], { time: 'at' }),
        sink(() => {
          throw new Error('not today');
        }),
      ],
      settings,
    );

  it('may be awaited itself', async () => {
    expect(await run([source([row(0)], { time: 'at' }), sink('/dev/null')])).toBe('done');
    await expect(failing()).rejects.toThrow('the function of sink: not today');
    const all = await Promise.allSettled([failing(), failing()]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('that nobody waits for tells its failure as a notice', async () => {
    const notices: Notice[] = [];
    const settings = { onNotice: (notice: Notice) => notices.push(notice) };
    const running = failing(settings);
    while (running.state === 'running') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(notices).toEqual([{ stage: 'sink', message: 'the function of sink: not today', hint: undefined }]);
    notices.length = 0;
    await expect(failing(settings).wait()).rejects.toThrow('not today');
    expect(notices).toEqual([]);
  });

  it('of input that comes as it comes, without a watermark, says that nothing is fired', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const notices: Notice[] = [];
    async function* quiet(): AsyncGenerator<object> {
      yield row(0);
      await new Promise(() => {});
    }
    const running = run([source(quiet(), { time: 'at' }), window.fixed('1m'), sink('/dev/null')], {
      onNotice: (notice) => notices.push(notice),
    });
    try {
      await vi.waitFor(() => expect(timers.mock.calls.some(([, after]) => after === 10_000)).toBe(true), {
        timeout: 20_000,
      });
      const [hint] = timers.mock.calls.find(([, after]) => after === 10_000)!;
      (hint as () => void)();
      expect(notices).toEqual([
        {
          stage: 'source',
          message: 'still reading the records of the program, and no window is fired before its end',
          hint: 'for a live input say how late events may come: delay 30s',
        },
      ]);
    } finally {
      timers.mockRestore();
      await running.stop();
    }
  });
});
