import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

/** Numbers of a range, a second apart. */
const NUMBERS = `
export const source = {
  restriction: ({ to = '100' }) => ({ from: 0, to: Number(to) }),
  async *read(tracker, { position }) {
    for (let n = position ?? tracker.restriction.from; ; n++) {
      if (!tracker.tryClaim(n)) return;
      yield { value: { n, at: n * 1000 }, position: n + 1 };
    }
  },
};
`;

/** A queue in a file: what is not acknowledged is delivered again in every run, every third message twice in one. */
const QUEUE = `
import fs from 'node:fs';
const acked = () => new Set(fs.existsSync('acked') ? fs.readFileSync('acked', 'utf8').split('\\n') : []);
export const source = {
  delivery: 'redelivering',
  async *read() {
    const gone = acked();
    for (const line of fs.readFileSync('queue', 'utf8').trim().split('\\n')) {
      const message = JSON.parse(line);
      if (gone.has(message.id)) continue;
      yield { value: message, id: message.id };
      if (message.n % 3 === 0) yield { value: message, id: message.id };
    }
  },
  acknowledge(ids) {
    if (fs.existsSync('stuck')) throw new Error('the queue does not answer');
    fs.appendFileSync('acked', ids.map((id) => id + '\\n').join(''));
  },
};
`;

const TIME = '--time at --time-format epoch-ms --delay 0s';

describe('a source that is a module', () => {
  it('is read as a file is', async () => {
    const folder = new Folder();
    folder.write('numbers.mjs', NUMBERS);
    const { stdout, codes } = await folder.run(
      `tm source './numbers.mjs?to=5' ${TIME} | tm window fixed 2s | tm combine 's = sum(n)' | tm sink --meta drop`,
    );
    expect({ stdout, codes }).toEqual({ stdout: '{"s":1}\n{"s":5}\n{"s":4}\n', codes: [0, 0, 0, 0] });
  });

  it('may declare what its records are', async () => {
    const folder = new Folder();
    const schema = `schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n', 'at'] },`;
    folder.write('numbers.mjs', NUMBERS.replace('restriction:', `${schema} restriction:`));
    const known = await folder.run(
      `tm check -e "source ./numbers.mjs ${TIME} | combine 's = sum(n)' | sink"`,
    );
    expect(known.stdout.split('\n')[0]).toBe('source   n: integer, at: any, …');
    const wrong = await folder.run(`tm run -e "source ./numbers.mjs ${TIME} | filter 'n == \\"x\\"' | sink"`);
    expect(wrong.codes).toEqual([2]);
    expect(wrong.stderr).toContain('n is an integer and "x" is a string: they are never equal');
    folder.write('wrong.mjs', folder.read('numbers.mjs').replace('n, at', "n: n === 2 ? 'two' : n, at"));
    const line = `tm source './wrong.mjs?to=4' ${TIME} --rejected-to bad.ndjson | tm sink`;
    expect((await folder.run(line)).stdout.trim().split('\n')).toHaveLength(3);
    expect(folder.read('bad.ndjson')).toBe('{"n":"two","at":2000}\n');
    folder.write('bad.mjs', NUMBERS.replace('restriction:', "schema: { type: 'list' }, restriction:"));
    const bad = await folder.run(`tm source ./bad.mjs ${TIME}`);
    expect(bad).toMatchObject({ codes: [2] });
    expect(bad.stderr).toContain('tm source: ./bad.mjs: "list" is no type, at /type of the schema');
  });

  it('goes on behind kill -9 where it was, and gives each result once', async () => {
    const folder = new Folder();
    folder.write('numbers.mjs', NUMBERS);
    const line = (state: string, out: string): string =>
      `named source tm source './numbers.mjs?to=40000' ${TIME} ${state} | tm window fixed 1m | tm combine n=count 's = sum(n)' | named sink tm sink ${out}`;
    await folder.run(line('', 'whole.ndjson'));
    for (const name of ['source', 'sink', 'source']) {
      await folder.run('rm -f source.pid sink.pid');
      const running = folder.start(line('--state st --checkpoint 10ms', 'out.ndjson'));
      await running.pid('sink');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await running.kill(name, 'SIGKILL').catch(() => {});
      await running.done;
    }
    expect((await folder.run(line('--state st --drain', 'out.ndjson'))).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson') === folder.read('whole.ndjson')).toBe(true);
  });

  it('that delivers again is acknowledged when what it gave counts, and each message counts once', async () => {
    const folder = new Folder();
    folder.write('queue.mjs', QUEUE);
    const message = (n: number): string => `${JSON.stringify({ id: `m${n}`, n, at: n * 1000 })}\n`;
    const messages = (from: number, count: number): string =>
      Array.from({ length: count }, (_, n) => message(from + n)).join('');
    const line = (more = ''): string =>
      `tm source ./queue.mjs ${TIME} --state st ${more} | tm window fixed 10s | tm combine n=count | tm sink out.ndjson --meta drop`;
    folder.write('queue', messages(0, 25));
    folder.write('stuck', '');
    // All is committed, and nothing could be acknowledged.
    const stuck = await folder.run(line());
    expect(stuck.codes[0]).toBe(1);
    expect(stuck.stderr).toContain('the queue does not answer');
    await folder.run('rm stuck');
    folder.append('queue', messages(25, 10));
    expect((await folder.run(line())).codes).toEqual([0, 0, 0, 0]);
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0, 0]);
    expect(folder.read('out.ndjson')).toBe('{"n":10}\n{"n":10}\n{"n":10}\n{"n":5}\n');
    const acknowledged = new Set(folder.read('acked').trim().split('\n'));
    expect([...acknowledged].sort()).toEqual(Array.from({ length: 35 }, (_, n) => `m${n}`).sort());
  });

  it('is cut in parts by its tracker', async () => {
    const folder = new Folder();
    folder.write('numbers.mjs', NUMBERS);
    let all = '';
    for (const part of ['1/3', '2/3', '3/3']) {
      const { stdout } = await folder.run(
        `tm source ./numbers.mjs ${TIME} --shard ${part} | tm sink --template '{n}'`,
      );
      all += stdout;
    }
    expect(all).toBe(Array.from({ length: 100 }, (_, n) => `${n}\n`).join(''));
  });
});

/** A table in a file, of rows and the epochs that it has: both change in one step. */
const TABLE = `
import fs from 'node:fs';
let path;
const rows = () => (fs.existsSync(path) ? JSON.parse(fs.readFileSync(path, 'utf8')) : { epochs: {}, rows: [] });
export const sink = {
  open(parameters) {
    path = parameters.table;
  },
  async publish({ id, epoch, lines }) {
    const table = rows();
    if ((table.epochs[id] ?? 0) >= epoch) return;
    for await (const line of lines()) table.rows.push(line);
    table.epochs[id] = epoch;
    fs.writeFileSync(path + '.new', JSON.stringify(table));
    fs.renameSync(path + '.new', path);
    if (process.env.DIE) process.kill(process.pid, 'SIGKILL');
  },
};
`;

describe('a sink that is a module', () => {
  const rowsOf = (folder: Folder, name: string): string[] => JSON.parse(folder.read(name)).rows;

  it('gets a stream that ends when it is complete, and nothing of one that is cut off', async () => {
    const folder = new Folder();
    folder.write('table.mjs', TABLE);
    folder.write('numbers.mjs', NUMBERS);
    const line = `tm source './numbers.mjs?to=5' ${TIME} | tm window fixed 2s | tm combine 's = sum(n)' | tm sink './table.mjs?table=t.json' --meta drop`;
    expect(await folder.run(line)).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0, 0] });
    expect(rowsOf(folder, 't.json')).toEqual(['{"s":1}', '{"s":5}', '{"s":4}']);
    const cut = await folder.run(
      line.replace('t.json', 'cut.json').replace(' | tm window', ' | head -4 | tm window'),
    );
    expect(cut.codes.at(-1)).toBe(3);
    expect(folder.files()).not.toContain('cut.json');
  });

  it('gets each result once, also when it dies behind having taken it', async () => {
    const folder = new Folder();
    folder.write('table.mjs', TABLE);
    folder.write('numbers.mjs', NUMBERS);
    const line = (more: string, sink: string): string =>
      `tm source './numbers.mjs?to=20000' ${TIME} ${more} | tm window fixed 1m | tm combine n=count 's = sum(n)' | ${sink}`;
    await folder.run(line('', "tm sink './table.mjs?table=whole.json'"));
    const kept = '--state st --checkpoint 10ms';
    for (let i = 0; i < 3; i++) {
      const { codes } = await folder.run(line(kept, "DIE=1 tm sink './table.mjs?table=t.json'"));
      expect(codes.at(-1)).toBe(137);
    }
    const last = await folder.run(line('--state st --drain', "tm sink './table.mjs?table=t.json'"));
    expect(last.codes).toEqual([0, 0, 0, 0]);
    expect(rowsOf(folder, 't.json')).toEqual(rowsOf(folder, 'whole.json'));
  });

  it('that fails is told, and gets what it missed from the next run', async () => {
    const folder = new Folder();
    folder.write('numbers.mjs', NUMBERS);
    folder.write('table.mjs', `export const sink = { async publish() { throw new Error('no table'); } };`);
    const line = `tm source './numbers.mjs?to=50' ${TIME} --state st | tm window fixed 10s | tm combine n=count | tm sink './table.mjs?table=t.json' --meta drop`;
    const failed = await folder.run(line);
    expect(failed.codes.at(-1)).toBe(1);
    expect(failed.stderr).toContain('cannot publish to ./table.mjs?table=t.json: no table');
    folder.write('table.mjs', TABLE);
    expect((await folder.run(line)).codes).toEqual([0, 0, 0, 0]);
    expect(rowsOf(folder, 't.json')).toEqual(Array.from({ length: 4 }, () => '{"n":10}'));
  });
});
