import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { parseOperand } from '../../src/expressions/operand.ts';
import { parsePath } from '../../src/json/path.ts';
import { EnrichTable, type EnrichTableOptions } from '../../src/operators/enrich-table.ts';
import { SideTableBuilder, type TableColumn } from '../../src/operators/side-table-builder.ts';
import type { SideTable } from '../../src/state/side-table.ts';
import { Batch } from '../../src/stream/batch.ts';
import { cut, END, eventLine, Piped, pipe, streamOf, watermarkLine } from './piping.ts';

provideLanguage(language);

type Row = Record<string, unknown>;

const column = (name: string, path = name): TableColumn => ({ name, path: parsePath(path) });

/** A table of rows, given as JSON texts without braces; `size`: rows that come together. */
function tableOf(
  rows: readonly string[],
  by: readonly string[],
  columns?: readonly TableColumn[],
  size = 3,
): SideTable {
  const builder = new SideTableBuilder({ by: by.map(parsePath), columns });
  for (let from = 0; from < rows.length; from += size) {
    const batch = new Batch(size, 16);
    for (const [index, text] of rows.slice(from, from + size).entries()) {
      const bytes = Buffer.from(text);
      batch.reserve(bytes.length);
      bytes.copy(batch.bytes, batch.used);
      batch.used += bytes.length;
      batch.addEvent(0, batch.used - bytes.length, batch.used, from + index + 1);
    }
    builder.add(batch);
  }
  return builder.finish();
}

interface Setup extends Partial<Omit<EnrichTableOptions, 'by'>> {
  readonly by?: readonly string[];
  readonly cuts?: readonly number[];
}

async function enrich(table: SideTable, lines: readonly string[], setup: Setup = {}): Promise<Piped> {
  const { by = ['id'], cuts = [], ...rest } = setup;
  const piped = new Piped();
  const source = { name: 'users.csv', table, refresh: () => undefined };
  const options = { by: by.map(parseOperand), as: undefined, join: 'left' as const, ...rest };
  return pipe(cut(streamOf(...lines), cuts), new EnrichTable(options, source, piped.context), piped);
}

describe('enrich table', () => {
  const users = tableOf(
    ['"id":1,"name":"Ann","big":18446744073709551615', '"id":"x","name":"\\u00e9","deep":{"a":[1, 2]}'],
    ['id'],
  );

  it('appends every column of the row, untouched, and touches nothing of the event', async () => {
    const piped = await enrich(users, [
      eventLine(0, '"id":1.0,"n":1.10'),
      watermarkLine(0),
      '{"@t":"1970-01-01T00:00:01.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","@pane":{"index":0},"id":"\\u0078"}',
    ]);
    expect(piped.lines).toEqual([
      eventLine(0, '"id":1.0,"n":1.10,"name":"Ann","big":18446744073709551615,"deep":null'),
      watermarkLine(0),
      '{"@t":"1970-01-01T00:00:01.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","@pane":{"index":0},"id":"\\u0078","name":"\\u00e9","big":null,"deep":{"a":[1, 2]}}',
      ...END,
    ]);
  });

  it('looks up what is computed, and leaves out what cannot be', async () => {
    const lines = [eventLine(0, '"v":"X"'), eventLine(1, '"v":7'), eventLine(2, '"n":1')];
    const piped = await enrich(users, lines, { by: ['lower(v)'], as: 'user' });
    expect(piped.lines.slice(0, -END.length)).toEqual([
      eventLine(0, '"v":"X","user":{"name":"\\u00e9","big":null,"deep":{"a":[1, 2]}}'),
      eventLine(2, '"n":1,"user":null'),
    ]);
    expect(piped.counters.get('rejected')).toBe(1);
    expect(piped.notices).toEqual([
      "line 3: lower wants a string, not 7, in 'lower(v)': the event is left out | --rejected-to FILE keeps such events",
    ]);
  });

  it.each([
    ['left', undefined, '"id":2,"name":null,"big":null,"deep":null'],
    ['left', 'user', '"id":2,"user":null'],
    ['inner', undefined, undefined],
  ] as const)('without a match: %s, as %s', async (join, as, members) => {
    const piped = await enrich(users, [eventLine(0, '"id":2'), eventLine(1, '"id":1')], { join, as });
    const lines = piped.lines.slice(0, -END.length);
    expect(lines.length).toBe(members === undefined ? 1 : 2);
    if (members !== undefined) expect(lines[0]).toBe(eventLine(0, members));
    expect(piped.counters).toEqual(
      new Map([
        ['matched', 1],
        ['unmatched', 1],
      ]),
    );
  });

  it('puts the columns into one member', async () => {
    const piped = await enrich(users, [eventLine(0, '"id":1')], { as: 'user' });
    expect(piped.lines[0]).toBe(
      eventLine(0, '"id":1,"user":{"name":"Ann","big":18446744073709551615,"deep":null}'),
    );
    const keyOnly = tableOf(['"id":1'], ['id']);
    expect((await enrich(keyOnly, [eventLine(0, '"id":1')], { as: 'user' })).lines[0]).toBe(
      eventLine(0, '"id":1,"user":{}'),
    );
    expect((await enrich(keyOnly, [eventLine(0, '"id":1')])).lines[0]).toBe(eventLine(0, '"id":1'));
  });

  it('adds the columns that are asked for, under their names', async () => {
    const rows = ['"k":{"id":1},"a":1,"b":{"c":2},"@t":"x"'];
    const columns = [column('@t'), column('c', 'b.c'), column('none', 'a.b')];
    const table = tableOf([...rows, '"k":{"id":2},"a":{"b":3}'], ['k.id'], columns);
    expect((await enrich(table, [eventLine(0, '"id":1')])).lines[0]).toBe(
      eventLine(0, '"id":1,"@@t":"x","c":2,"none":null'),
    );
  });

  it('finds nothing for a key that is null or missing', async () => {
    const table = tableOf(['"id":null,"a":1', '"a":2', '"id":0,"a":3'], ['id']);
    const piped = await enrich(table, [eventLine(0, '"id":null'), eventLine(0, '')]);
    expect(piped.lines.slice(0, 2)).toEqual([eventLine(0, '"id":null,"a":null'), eventLine(0, '"a":null')]);
    expect(piped.notices).toEqual([
      'users.csv has no row for any of the 2 events by id | a key matches by value and type: the number 7 is not the text "7"',
    ]);
  });

  it('refuses an event that has a member of an added name', async () => {
    await expect(
      enrich(users, [eventLine(0, '"id":1'), eventLine(0, '"id":1,"name":null')]),
    ).rejects.toMatchObject({
      message: 'the event has a member name already',
      line: 3,
      hint: '--as NAME puts all columns into one member, --columns NEW_NAME=name names the column otherwise',
    });
    await expect(
      enrich(users, [eventLine(0, '"\\u0075ser":1,"id":1')], { as: 'user' }),
    ).rejects.toMatchObject({
      message: 'the event has a member user already',
      line: 2,
    });
  });

  it('refuses a column that no row has', () => {
    expect(() => tableOf(['"id":1'], ['id'], [column('nam')])).toThrow('no row has a column nam');
    expect(() => tableOf(['"id":1'], ['key'])).toThrow('no row has a column key');
  });

  it('uses another table from the block on in which it comes', async () => {
    const piped = new Piped();
    const source = {
      name: 'users.csv',
      table: tableOf(['"id":1,"a":1'], ['id']),
      refresh: (): undefined | Promise<void> => {
        if (piped.lines.length === 0) return undefined;
        source.table = tableOf(['"id":1,"a":2,"b":3'], ['id']);
        return Promise.resolve();
      },
    };
    const operator = new EnrichTable(
      { by: [parsePath('id')], as: undefined, join: 'left' },
      source,
      piped.context,
    );
    const [header, ...lines] = streamOf(eventLine(0, '"id":1'), eventLine(1, '"id":1'));
    await pipe(
      [header!, ...lines].map((line) => `${line}\n`),
      operator,
      piped,
    );
    expect(piped.lines.slice(0, 2)).toEqual([
      eventLine(0, '"id":1,"a":1'),
      eventLine(1, '"id":1,"a":2,"b":3'),
    ]);
  });

  it('is a join, as over objects', async () => {
    const key = fc.constantFrom('1', '1.0', '2', '"a"', '"\\u0061"', 'null', 'true', '18446744073709551615');
    const value = fc.constantFrom('1', 'null', '"x,y"', '{"a":"}"}', '[1,[2]]', '1E400', '"\\n"');
    const keys = fc.record({ k: fc.option(key), l: fc.option(key) }, { requiredKeys: [] });
    const row = fc.record({ key: keys, p: fc.option(value), q: fc.option(value) });
    const text = (members: Row): string =>
      Object.entries(members)
        .filter(([, member]) => typeof member === 'string')
        .map(([name, member]) => `"${name}":${member}`)
        .join(',');
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.array(keys, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('left' as const, 'inner' as const),
        fc.option(fc.constant('u'), { nil: undefined }),
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 }),
        async (rows, events, join, as, cuts) => {
          // A key column that no row has is refused.
          fc.pre(rows.some(({ key: { k } }) => k != null) && rows.some(({ key: { l } }) => l != null));
          const texts = rows.map(({ key: { k, l }, p, q }) => text({ k, p, l, q }));
          const table = tableOf(texts, ['k', 'l']);
          const added = ['p', 'q'].filter((name) => rows.some((given) => given[name as 'p' | 'q'] != null));
          // In the order in which they first come.
          added.sort((a, b) => texts.join('\n').indexOf(`"${a}":`) - texts.join('\n').indexOf(`"${b}":`));
          const reference = new Map<string, Row>();
          for (const { key: given, p, q } of rows) {
            const found = keyOf(given);
            if (found !== undefined) reference.set(found, { p, q });
          }
          const expected = events.flatMap((given, second) => {
            const found = reference.get(keyOf(given) ?? '');
            if (found === undefined && join === 'inner') return [];
            const members = added.map((name) => `"${name}":${found?.[name] ?? 'null'}`).join(',');
            const object =
              as === undefined ? members : `"u":${found === undefined ? 'null' : `{${members}}`}`;
            return [eventLine(second, [text(given), object].filter((part) => part !== '').join(','))];
          });
          const lines = events.map((given, second) => eventLine(second, text(given)));
          const piped = await enrich(table, lines, { by: ['k', 'l'], join, as, cuts });
          expect(piped.lines).toEqual([...expected, ...END]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Keys that are equal as JSON values are equal texts; undefined: one is null or missing. */
function keyOf({ k, l }: { k?: string | null; l?: string | null }): string | undefined {
  if (k == null || l == null || k === 'null' || l === 'null') return undefined;
  const plain = (text: string): string =>
    text === '18446744073709551615' ? text : JSON.stringify(JSON.parse(text));
  return `${plain(k)}|${plain(l)}`;
}
