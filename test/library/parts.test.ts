import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyPart,
  apply,
  combine,
  dedup,
  enrich,
  explode,
  filter,
  type MapContext,
  map,
  type Notice,
  partition,
  pipeline,
  route,
  run,
  sink,
  sort,
  source,
  TidemarkError,
  tee,
  window,
} from '../../src/index.ts';

let folder: string;
const place = (name: string): string => path.join(folder, name);

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const orders = [
  { at: '2026-01-01T00:00:00Z', user: 'a', price: 3, tags: ['x', 'y'] },
  { at: '2026-01-01T00:00:01Z', user: 'b', price: 10, tags: [] as string[] },
  { at: '2026-01-01T00:00:02Z', user: 'a', price: 7, tags: ['z'] },
];
type Order = (typeof orders)[number];
const read = () => source(orders, { time: 'at' });

async function values(parts: readonly AnyPart[], notices: Notice[] = []): Promise<unknown[]> {
  const given: unknown[] = [];
  for await (const { value } of pipeline(parts, { onNotice: (notice) => notices.push(notice) }))
    given.push(value);
  return given;
}

describe('the parts of a pipeline', () => {
  it('filter by an expression, by several, and by a function', async () => {
    expect(await values([read(), filter('price > 5')])).toEqual([orders[1], orders[2]]);
    expect(await values([read(), filter(['price > 5', 'user == "a"'])])).toEqual([orders[2]]);
    expect(await values([read(), filter(({ price }: Order) => price > 5)])).toEqual([orders[1], orders[2]]);
    expect(await values([read(), filter(async ({ user }: Order) => user === 'b')])).toEqual([orders[1]]);
  });

  it('leave out, and tell, an event for which a function throws', async () => {
    const notices: Notice[] = [];
    const strict = filter(({ price }: Order) => {
      if (price === 10) throw new Error('too dear');
      return true;
    });
    expect(await values([read(), strict], notices)).toEqual([orders[0], orders[2]]);
    expect(notices).toMatchObject([
      { stage: 'filter', message: expect.stringContaining('the function of filter: too dear') },
    ]);
  });

  it('map by expressions, by a function that gives none, one or several, and by an object', async () => {
    expect(await values([read(), map({ double: 'price * 2' }), map(['double'], { only: true })])).toEqual([
      { double: 6 },
      { double: 20 },
      { double: 14 },
    ]);
    const each = map(({ tags }: Order) => tags.map((tag) => ({ tag })));
    expect(await values([read(), each])).toEqual([{ tag: 'x' }, { tag: 'y' }, { tag: 'z' }]);
    const last = map(
      {
        process({ price }, { state }: MapContext) {
          const before = state.get('price') ?? null;
          state.set('price', price);
          return { before, price };
        },
      },
      { by: 'user' },
    );
    expect(await values([read(), last])).toEqual([
      { before: null, price: 3 },
      { before: null, price: 10 },
      { before: 3, price: 7 },
    ]);
  });

  it('map by the functions of a module', async () => {
    fs.writeFileSync(place('name.mjs'), 'export default ({ user }) => ({ name: user.toUpperCase() });');
    expect(await values([read(), map.js(place('name.mjs'))])).toContainEqual({ name: 'B' });
  });

  it('claim nothing of what a function gives, though the members of its input are known', async () => {
    fs.writeFileSync(place('a.log'), '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 7\n');
    const parts = [source(place('a.log'), { format: 'common' }), map(() => ({ own: 1 })), filter('own == 1')];
    expect(await values(parts)).toEqual([{ own: 1 }]);
  });

  it('explode lists, drop duplicates, and combine', async () => {
    expect(await values([read(), explode('tags'), map(['tags'], { only: true })])).toEqual([
      { tags: 'x' },
      { tags: 'y' },
      { tags: 'z' },
    ]);
    expect(await values([read(), dedup({ by: ['user'] })])).toEqual([orders[0], orders[1]]);
    const sums = combine({ n: 'count', total: 'sum(price)' }, { by: ['user'], order: ['-total'] });
    expect(await values([read(), window.fixed('1m'), sums])).toEqual([
      { user: 'a', n: 2, total: 10 },
      { user: 'b', n: 1, total: 10 },
    ]);
  });

  it('put events in the order of their times', async () => {
    const turned = source([...orders].reverse(), { time: 'at' });
    expect(await values([turned, sort({ memory: '1MB' })])).toEqual(orders);
    const delayed = source([orders[1]!, orders[0]!, orders[2]!, orders[0]!], { time: 'at', delay: '1s' });
    const notices: Notice[] = [];
    expect(await values([delayed, sort()], notices)).toEqual(orders);
    expect(notices).toMatchObject([{ stage: 'sort', message: '1 event was late, by 1s' }]);
  });

  it('give an event for each of its windows', async () => {
    const starts: unknown[] = [];
    for await (const event of pipeline([read(), filter('price == 3'), window.sliding('2s', { every: '1s' })]))
      starts.push([event.time, event.window]);
    const time = Date.UTC(2026, 0, 1);
    expect(starts).toEqual([
      [time, { start: time - 1000, end: time + 1000 }],
      [time, { start: time, end: time + 2000 }],
    ]);
  });

  it('enrich by a function, once for each key at a time, and from a table', async () => {
    const asked: string[] = [];
    const account = enrich(
      async ({ user }: { readonly user: string }) => {
        asked.push(user);
        return { id: user.charCodeAt(0) };
      },
      { by: 'user', as: 'account' },
    );
    expect(await values([read(), account, map(['user', 'account'], { only: true })])).toEqual([
      { user: 'a', account: { id: 97 } },
      { user: 'b', account: { id: 98 } },
      { user: 'a', account: { id: 97 } },
    ]);
    expect(asked).toEqual(['a', 'b']);
    fs.writeFileSync(place('users.csv'), 'user,town\na,Cuxhaven\n');
    const town = enrich.table(place('users.csv'), { by: 'user', columns: 'town' });
    expect(await values([read(), town, map(['town'], { only: true })])).toEqual([
      { town: 'Cuxhaven' },
      { town: null },
      { town: 'Cuxhaven' },
    ]);
  });

  it('route, copy and divide to files, which are streams', async () => {
    const parts = [
      read(),
      tee(place('all.stream')),
      route({ [place('dear.stream')]: 'price > 5' }),
      partition(1, { by: 'user', to: place('rest.stream') }),
    ] as const;
    expect(await run(parts).wait()).toBe('done');
    const stored = (name: string): Promise<unknown[]> => values([source(place(name), { format: 'stream' })]);
    expect(await stored('all.stream')).toEqual(orders);
    expect(await stored('dear.stream')).toEqual([orders[1], orders[2]]);
    expect(await stored('rest.stream')).toEqual([orders[0]]);
  });

  it('go through a program', async () => {
    expect(await values([read(), apply(['grep', '"b"'])])).toEqual([orders[1]]);
  });

  it('end in a file, or in a function that is waited for', async () => {
    await run([read(), combine({ n: 'count' }), sink(place('n.csv'), { meta: 'drop' })]).wait();
    expect(fs.readFileSync(place('n.csv'), 'utf8')).toBe('n\n3\n');
    const taken: unknown[] = [];
    let busy = false;
    const slow = sink<Order>(async ({ value }) => {
      expect(busy).toBe(false);
      busy = true;
      await new Promise((resolve) => setTimeout(resolve, 2));
      busy = false;
      taken.push(value);
    });
    await run([read(), slow]).wait();
    expect(taken).toEqual(orders);
  });

  it('keep integers past 2^53 as bigints, in and out', async () => {
    const id = 18446744073709551615n;
    const records = [{ at: '2026-01-01T00:00:00Z', id, n: 1 }];
    expect(await values([source(records, { time: 'at' })])).toEqual(records);
    expect(await values([source(records, { time: 'at' }), combine({ most: 'max(id)' })])).toEqual([
      { most: id },
    ]);
  });

  it('refuse what is wrong when they are made, with code, stage and hint', () => {
    const thrown = (make: () => unknown): unknown => {
      try {
        return make();
      } catch (error) {
        return error;
      }
    };
    expect(thrown(() => window.fixed('5x'))).toBeInstanceOf(TidemarkError);
    expect(thrown(() => window.fixed('5x'))).toMatchObject({ code: 'usage', stage: 'window' });
    expect(thrown(() => filter('price >'))).toMatchObject({ code: 'usage', stage: 'filter' });
    const misspelt = { by: 'a', witin: '5m' };
    expect(thrown(() => dedup(misspelt))).toMatchObject({
      stage: 'dedup',
      message: 'there is no option witin',
      hint: 'within is one',
    });
    expect(thrown(() => dedup({ by: 'a', within: 'soon' }))).toMatchObject({
      stage: 'dedup',
      message: expect.stringMatching(/^within: /),
    });
    const only = { only: true } as object;
    expect(thrown(() => map(() => undefined, only))).toMatchObject({ stage: 'map' });
    expect(thrown(() => combine({ n: 'cuont' }))).toMatchObject({ code: 'usage', stage: 'combine' });
    expect(thrown(() => sink('out.csv', { append: true, overwrite: true }))).toMatchObject({ stage: 'sink' });
  });
});
