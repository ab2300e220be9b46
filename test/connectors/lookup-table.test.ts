import fs from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type LookupTableOptions,
  loadLookupTable,
  type TableFormat,
} from '../../src/connectors/lookup-table.ts';
import { openReloadedTable } from '../../src/connectors/reloaded-table.ts';
import { parsePath } from '../../src/json/path.ts';
import type { SideTable } from '../../src/state/side-table.ts';
import { temporaryFolder } from './children.ts';

let folder = '';
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const optionsOf = (
  path: string,
  format: TableFormat,
  by: readonly string[] = ['id'],
  columns?: readonly string[],
): LookupTableOptions => ({
  path,
  format,
  maxLine: 1 << 20,
  by: by.map(parsePath),
  columns: columns?.map((name) => ({ name, path: parsePath(name) })),
});

const load = (
  content: string | Buffer,
  format: TableFormat,
  by?: readonly string[],
  columns?: readonly string[],
) => {
  const path = join(folder, `table.${format}`);
  fs.writeFileSync(path, content);
  return loadLookupTable(optionsOf(path, format, by, columns));
};

/** The values of a key, given as JSON texts. */
function row(table: SideTable, ...key: readonly string[]): string[] | undefined {
  const bytes = Buffer.from(key.join('\0'));
  const found = table.find(bytes, 0, bytes.length);
  if (found < 0) return undefined;
  return table.bytes.toString('utf8', table.start(found), table.end(found)).split('\0');
}

describe('a lookup table', () => {
  it('of csv has numbers, nulls and texts, as csv has them everywhere', async () => {
    const { table } = await load(
      '\ufeffname,id,@t\r\n"Ann, ""A""",1,\r\n007,2.50,18446744073709551615\n\n,"3",x\n',
      'csv',
    );
    expect(table.columns).toEqual(['name', '@t']);
    expect(row(table, '1')).toEqual(['"Ann, \\"A\\""', 'null']);
    expect(row(table, '2.5')).toEqual(['"007"', '18446744073709551615']);
    expect(row(table, '"3"')).toEqual(['null', '"x"']);
    expect(row(table, '3')).toBeUndefined();
  });

  it('of tsv, of ndjson, and compressed is the same', async () => {
    const tsv = await load('id\ta\n1\tx\n', 'tsv');
    const ndjson = await load('\ufeff{"id":1,"a":"x"}\r\n\n {"id":2}', 'ndjson');
    expect(row(tsv.table, '1')).toEqual(['"x"']);
    expect(row(ndjson.table, '1')).toEqual(['"x"']);
    expect(row(ndjson.table, '2')).toEqual(['null']);
    for (const [format, text] of [
      ['csv', 'id,a\n1,x\n'],
      ['ndjson', '{"id":1,"a":"x"}\n'],
    ] as const) {
      const path = join(folder, `table.${format}.gz`);
      fs.writeFileSync(path, zlib.gzipSync(text));
      expect(row((await loadLookupTable(optionsOf(path, format))).table, '1')).toEqual(['"x"']);
    }
  });

  it('has keys of several columns, and nested ones', async () => {
    const { table } = await load('{"k":{"id":1},"l":"x","a":[1 , 2]}', 'ndjson', ['l', 'k.id'], ['a']);
    expect(row(table, '"x"', '1')).toEqual(['[1 , 2]']);
  });

  it('takes the last of the rows with the same key, and counts the others', async () => {
    const { table, duplicates, duplicateLine } = await load('id,a\n1,x\n2,y\n1,z\n1,w\n', 'csv');
    expect(row(table, '1')).toEqual(['"w"']);
    expect([table.size, duplicates, duplicateLine]).toEqual([2, 2, 4]);
  });

  it('may be large, with rows across all borders of blocks', async () => {
    const lines = Array.from({ length: 30_000 }, (_, id) => `{"id":${id},"é":"${'ü'.repeat(id % 40)}"}`);
    const { table } = await load(lines.join('\n'), 'ndjson');
    expect(table.size).toBe(30_000);
    for (let id = 0; id < 30_000; id += 7) expect(row(table, `${id}`)).toEqual([`"${'ü'.repeat(id % 40)}"`]);
  });

  it.each([
    ['ndjson', '{"id":1}\n{"id":2,}\n', { line: 2, column: 9, message: 'expected a member name in quotes' }],
    ['ndjson', '{"id":1}\nnull\n{"id":2}\n', { line: 2, message: 'a row is a JSON object' }],
    ['ndjson', '[\n{"id":1}]\n', { line: 1, hint: expect.stringContaining("jq -c '.[]'") }],
    ['ndjson', '{"id":1} {"id":2}\n', { line: 1, column: 10 }],
    ['ndjson', Buffer.from('{"id":1}\n\n{"id":"é"}\n', 'latin1'), { line: 3, column: 8 }],
    ['ndjson', Buffer.from('{"id":1}\n{"id":"é', 'latin1'), { line: 2, column: 8 }],
    [
      'ndjson',
      `{"id":1}\n{"id":"${'x'.repeat(1 << 21)}"}\n`,
      { line: 2, message: expect.stringMatching('longer') },
    ],
    ['ndjson', '{"ID":1}\n', { message: 'no row has a column id' }],
    ['csv', 'id,a\n1,x\n2\n', { line: 3, message: '1 field where the header has 2' }],
    ['csv', 'id,a\n1,"x\n', { line: 2 }],
    ['csv', 'ID,name\n', { message: 'there is no column id', hint: 'did you mean ID?' }],
    ['csv', 'a,b\n', { message: 'there is no column id', hint: 'the columns are a, b' }],
    ['csv', '', { message: 'it has no header line' }],
    ['csv', 'id,id\n', { message: expect.stringMatching('twice') }],
  ] as const)('of %s that is broken is refused with its place (%#)', async (format, content, expected) => {
    await expect(load(content as string, format)).rejects.toMatchObject({
      code: 'failed',
      where: join(folder, `table.${format}`),
      ...expected,
    });
  });

  it('that is not there is told by name', async () => {
    for (const format of ['ndjson', 'csv'] as const) {
      await expect(loadLookupTable(optionsOf(join(folder, 'none'), format))).rejects.toMatchObject({
        message: `cannot read ${join(folder, 'none')}: no such file or directory`,
      });
      await expect(loadLookupTable(optionsOf(folder, format))).rejects.toMatchObject({ code: 'failed' });
    }
  });
});

describe('a table that changes', () => {
  let path = '';
  let now = 0;
  let notices: string[] = [];
  let count = 0;
  beforeEach(() => {
    path = join(folder, `changing-${count++}.csv`);
    now = 0;
    notices = [];
    fs.writeFileSync(path, 'id,a\n1,old\n');
  });
  const open = () =>
    openReloadedTable({
      ...optionsOf(path, 'csv'),
      clock: () => now,
      notice: (message) => notices.push(message),
    });
  const replace = (content: string): void => {
    fs.writeFileSync(`${path}.new`, content);
    fs.renameSync(`${path}.new`, path);
  };

  it('is read again when another file was renamed to its place, at most once a second', async () => {
    const source = await open();
    replace('id,a\n1,new\n');
    now = 999;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"old"']);
    now = 1000;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"new"']);
    replace('id,a\n1,newer\n');
    now = 1500;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"new"']);
    now = 2000;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"newer"']);
    expect(notices).toEqual([]);
  });

  it('is not read again while nothing changes', async () => {
    const source = await open();
    const { table } = source;
    for (now = 1000; now < 10_000; now += 500) expect(source.refresh()).toBeUndefined();
    expect(source.table).toBe(table);
  });

  it('is read when what is written in place has come to rest', async () => {
    const source = await open();
    fs.writeFileSync(path, 'id,a\n1,half\n');
    now = 1000;
    await source.refresh();
    fs.appendFileSync(path, '2,rest\n');
    now = 2000;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"old"']);
    now = 3000;
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"half"']);
    expect(row(source.table, '2')).toEqual(['"rest"']);
  });

  it.each([
    ['broken', 'id,a\n1,new\n2,"half', /changed and cannot be used.*: line 3: a quote is not closed/],
    ['without its columns', 'key,a\n1,new\n', /there is no column id/],
    ['empty', 'id,a\n', /it is empty/],
  ])('stays as it was when the new file is %s, which is told once', async (_, content, notice) => {
    const source = await open();
    replace(content);
    for (now = 1000; now < 5000; now += 1000) await source.refresh();
    expect(row(source.table, '1')).toEqual(['"old"']);
    expect(notices).toEqual([expect.stringMatching(notice)]);
    replace('id,a\n1,good\n');
    await source.refresh();
    expect(row(source.table, '1')).toEqual(['"good"']);
    expect(notices).toHaveLength(1);
  });

  it('stays as it was when the file has gone, and is read when it is back', async () => {
    const source = await open();
    fs.rmSync(path);
    for (now = 1000; now < 4000; now += 1000) await source.refresh();
    expect(row(source.table, '1')).toEqual(['"old"']);
    expect(notices).toEqual([expect.stringMatching('it is no file any more')]);
    replace('id,a\n1,back\n');
    for (; now < 7000; now += 1000) await source.refresh();
    expect(row(source.table, '1')).toEqual(['"back"']);
  });

  it('tells of rows with the same key, and of a table without rows', async () => {
    fs.writeFileSync(path, 'id,a\n1,x\n1,y\n');
    await open();
    fs.writeFileSync(path, 'id,a\n');
    await open();
    expect(notices).toEqual([
      `${path}: 1 row has a key that was there before (the first in line 3): the last row of a key counts`,
      `${path} has no rows`,
    ]);
  });
});
