import { describe, expectTypeOf, it } from 'vitest';
import {
  type AnyPart,
  apply,
  branch,
  combine,
  dedup,
  enrich,
  explode,
  filter,
  type Members,
  map,
  type Pipeline,
  pipeline,
  route,
  type SideMap,
  type SourceOptions,
  sink,
  source,
  type TimedEvent,
  tee,
  window,
} from '../../src/index.ts';

interface Request {
  readonly at: string;
  readonly status: number;
  readonly path: string;
  readonly user?: string;
  readonly tags: readonly string[];
}

const requests = source<Request>('access.log', { format: 'combined', delay: '1m' });

type Of<P> = P extends Pipeline<infer T> ? T : never;

/** The compiler is what tests here: `npm run check` has it look at this file. */
describe('the type of events', () => {
  it('is that of the records of the program, and passes filters, windows and dedup', () => {
    const all = pipeline([
      source([{ n: 1 }]),
      filter('n > 0'),
      filter(({ n }: { n: number }) => n > 0),
      window.fixed('5m'),
      dedup({ by: 'n' }),
    ]);
    expectTypeOf<Of<typeof all>>().toEqualTypeOf<{ n: number }>();
    const unknown = pipeline([source('access.log')]);
    expectTypeOf<Of<typeof unknown>>().toEqualTypeOf<Members>();
    const combined = pipeline([source('access.log'), combine(['n=count']), map(['n'], { only: true })]);
    expectTypeOf<Of<typeof combined>>().toEqualTypeOf<Members>();
    const bytes = pipeline([source([new Uint8Array()])]);
    expectTypeOf<Of<typeof bytes>>().toEqualTypeOf<Members>();
  });

  it('is what a function gives, without nothing and without lists', () => {
    const one = pipeline([requests, map(({ path }: Request) => (path === '/' ? undefined : { path }))]);
    expectTypeOf<Of<typeof one>>().toEqualTypeOf<{ path: string }>();
    const several = pipeline([requests, map(async ({ tags }: Request) => tags.map((tag) => ({ tag })))]);
    expectTypeOf<Of<typeof several>>().toEqualTypeOf<{ tag: string }>();
    const added = pipeline([requests, map({ kb: 'bytes / 1024', status: 'string(status)' })]);
    expectTypeOf<Of<typeof added>['kb']>().toBeUnknown();
    expectTypeOf<Of<typeof added>['status']>().toBeUnknown();
    expectTypeOf<Of<typeof added>['path']>().toBeString();
  });

  it('is made of key and aggregates behind combine', () => {
    const results = pipeline([
      requests,
      window.fixed('5m'),
      combine(
        { n: 'count', p95: 'quantile(bytes, 0.95)', paths: 'set(path)', any: 'first(path)' },
        { by: ['status', 'user', 'area = path.split("/")[1]'] },
      ),
    ]);
    expectTypeOf<Of<typeof results>>().toEqualTypeOf<{
      readonly status: number;
      readonly user: string | null;
      readonly area: unknown;
      readonly n: number;
      readonly p95: number | null;
      readonly paths: readonly unknown[];
      readonly any: unknown;
    }>();
    const byText = pipeline([requests, combine({ n: ' count(path) ' }, { by: 'status, path' })]);
    expectTypeOf<Of<typeof byText>>().toEqualTypeOf<{
      readonly status: number;
      readonly path: string;
      readonly n: number;
    }>();
    const texts = pipeline([requests, combine<{ n: number }>(['n = count'])]);
    expectTypeOf<Of<typeof texts>>().toEqualTypeOf<{ n: number }>();
  });

  it('has what is added by enrich, explode and a program', () => {
    const rich = pipeline([requests, enrich(async (_: Request) => ({ id: 1 }), { as: 'account' })]);
    expectTypeOf<Of<typeof rich>['account']>().toEqualTypeOf<{ id: number }>();
    expectTypeOf<Of<typeof rich>['path']>().toBeString();
    const tags = pipeline([requests, explode('tags')]);
    expectTypeOf<Of<typeof tags>['tags']>().toBeString();
    const parts = pipeline([requests, explode('part = path.split("/")')]);
    expectTypeOf<Of<typeof parts>['part']>().toBeUnknown();
    const other = pipeline([requests, apply<{ x: 1 }>(['jq', '-c', '.'])]);
    expectTypeOf<Of<typeof other>>().toEqualTypeOf<{ x: 1 }>();
  });

  it('is known of branches, of side inputs, and of combiners of the program', () => {
    const failed = branch<Request>();
    expectTypeOf<Of<ReturnType<typeof pipeline<[typeof failed]>>>>().toEqualTypeOf<Request>();
    pipeline([requests, tee(failed)]);
    // @ts-expect-error A request has no price.
    pipeline([requests, route([[branch<{ price: number }>(), 'price > 1']])]);
    const averages = pipeline([requests, window.fixed('5m'), combine({ size: 'mean(bytes)' })]);
    const compared = pipeline([
      requests,
      window.fixed('5m'),
      map(
        ({ path }: Request, { side }) => {
          expectTypeOf(side).toEqualTypeOf<{
            readonly average: { readonly size: number | null } | null;
            readonly all: readonly Request[];
            readonly by: SideMap<Request>;
          }>();
          return { path, size: side.average?.size ?? 0 };
        },
        { sides: { average: averages, 'all[]': pipeline([requests]), 'by[path]': pipeline([requests]) } },
      ),
    ]);
    expectTypeOf<Of<typeof compared>>().toEqualTypeOf<{ path: string; size: number }>();
    const combined = pipeline([
      requests,
      combine({
        longest: ['path', (a: string, b: string) => (a.length < b.length ? b : a)],
        last: (_a: Request, b: Request) => b,
        total: {
          create: () => 0n,
          add: (sum: bigint, { status }: Request) => sum + BigInt(status),
          merge: (a: bigint, b: bigint) => a + b,
          result: (sum: bigint) => String(sum),
        },
      }),
    ]);
    expectTypeOf<Of<typeof combined>>().toEqualTypeOf<{
      readonly longest: string | null;
      readonly last: Request | null;
      readonly total: string;
    }>();
  });

  it('is that of the events that are read', () => {
    const read = pipeline([requests]);
    expectTypeOf(read).toExtend<AsyncIterable<TimedEvent<Request>>>();
    // Parts that the compiler does not see one by one.
    const parts: AnyPart[] = [requests];
    const unseen = pipeline(parts);
    expectTypeOf<Of<typeof unseen>>().toEqualTypeOf<Members>();
  });

  it('is held to what a part takes', () => {
    pipeline([requests, filter(({ status }: { readonly status: number }) => status > 1)]);
    // @ts-expect-error A request has no price.
    pipeline([requests, filter(({ price }: { readonly price: number }) => price > 1)]);
    // @ts-expect-error Behind combine there is no path.
    pipeline([requests, combine({ n: 'count' }), map(({ path }: Request) => ({ path }))]);
    // @ts-expect-error Nor does it get to a function.
    pipeline([requests, combine({ n: 'count' }), sink(({ value }: TimedEvent<Request>) => value.path)]);
    pipeline([requests, combine({ n: 'count' }), sink(({ value }: TimedEvent<{ n: number }>) => value.n)]);
  });

  it('goes with options that are those of the commands', () => {
    expectTypeOf<SourceOptions['onReject']>().toEqualTypeOf<'fail' | 'skip' | undefined>();
    expectTypeOf<SourceOptions['follow']>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<SourceOptions['limit']>().toEqualTypeOf<number | undefined>();
    // @ts-expect-error There is no such option.
    expectTypeOf(() => dedup({ witin: '5m' })).toBeFunction();
    // @ts-expect-error Sliding windows want it.
    expectTypeOf(() => window.sliding('5m', {})).toBeFunction();
    // @ts-expect-error A function adds its member by a name.
    expectTypeOf(() => enrich((_: Request) => 1, {})).toBeFunction();
  });
});
