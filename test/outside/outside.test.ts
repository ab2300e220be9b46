import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Folder, type Outcome, pause, type Running } from '../transcripts/shell.ts';
import { Pages, Queue, rows, Store } from './servers.ts';

const MODULES = fileURLToPath(new URL('modules/', import.meta.url));
const SUMS = "named window tm window fixed 10s | tm combine n=count 'sum = sum(n)'";
const STATE = '--delay 0s --state st --checkpoint 50ms';

function folder(): Folder {
  const here = new Folder();
  for (const name of fs.readdirSync(MODULES)) here.write(name, fs.readFileSync(`${MODULES}${name}`));
  return here;
}

/** A store of seven partitions, of 170 records in all. */
function withStore(here: Folder): Folder {
  fs.mkdirSync(`${here.path}/store`);
  for (let part = 0, n = 0; part < 7; n += 20, part++) {
    const count = part === 6 ? 50 : 20;
    here.write(
      `store/p${part}`,
      rows(count, n)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
  }
  return here;
}

/** Kills stages of a line, each time in a new run, at some instant behind the first `from` milliseconds. */
async function killed(here: Folder, line: string, victims: readonly string[]): Promise<void> {
  for (const victim of victims) {
    await here.run('rm -f *.pid');
    const running = here.start(line);
    await running.pid('sink');
    await pause(150 + Math.random() * 700);
    await kill(running, victim);
    await running.done.catch(() => {});
  }
  await here.run('rm -f *.pid');
}

async function kill(running: Running, victim: string): Promise<void> {
  if (victim === 'all') running.killAll('SIGKILL');
  else await running.kill(victim, 'SIGKILL').catch(() => {});
}

const numbers = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => line.includes('"n":'))
    .map((line) => (JSON.parse(line) as { n: number }).n)
    .sort((a, b) => a - b);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ended = ({ codes, stderr }: Outcome): unknown => ({ codes: [...new Set(codes)], stderr });
const WELL = { codes: [0], stderr: '' };

describe('sources and sinks of somebody outside', () => {
  it('pages of an API that fails at times are put as objects, each once, through kill -9 of anyone', async () => {
    const pages = await new Pages(rows(400), 10, 5).start();
    const store = await new Store().start();
    pages.pause = 25;
    store.fails = 3;
    const here = folder();
    const line = `named source tm source './paged.mjs?url=${pages.url}' --time at ${STATE} | named sink tm sink './objects.mjs?url=${store.url}'`;
    await killed(here, line, ['source', 'sink', 'all']);
    expect(ended(await here.run(line))).toEqual(WELL);
    expect(numbers(store.content())).toEqual(upTo(400));
    expect({ conflicts: store.conflicts, told: pages.told.at(-1) }).toEqual({ conflicts: [], told: 400 });
    // Never backwards, whoever was killed.
    expect(pages.told).toEqual([...pages.told].sort((a, b) => a - b));
    expect(store.objects.size).toBeGreaterThan(2);
  });

  it('partitions are summed into a file of rows and epochs as in a run that nobody disturbs', async () => {
    const here = withStore(folder());
    const line = (state: string, to: string): string =>
      `named source tm source './partitions.mjs?in=store' --time at ${state} | ${SUMS} | named sink tm sink './rows.mjs?to=${to}'`;
    expect(ended(await here.run(line('', 'plain')))).toEqual(WELL);
    const state = '--delay 0s --state st --checkpoint 5ms';
    await killed(here, line(state, 'kept'), ['window', 'sink']);
    expect(ended(await here.run(line(`${state} --drain`, 'kept')))).toEqual(WELL);
    const body = (name: string): string => here.read(name).replace(/^.*\n/, '');
    expect(body('kept')).toBe(body('plain'));
    expect(numbers(body('plain')).reduce((a, b) => a + b)).toBe(170);
  });

  for (const module of ['queue', 'receipts']) {
    it(`a queue that delivers again counts each message once, through kills and lost answers: ${module}`, async () => {
      const queue = await new Queue(rows(200), 30).start();
      const store = await new Store().start();
      queue.refuse = (nth) => (nth % 4 === 0 ? 'unheard' : nth % 4 === 2 ? 'heard' : undefined);
      if (module === 'receipts') queue.refuse = (nth) => (nth % 7 === 0 ? 'heard' : undefined);
      const here = folder();
      const line = `named source tm source './${module}.mjs?url=${queue.url}&until=drained' --time at ${STATE} | named sink tm sink './objects.mjs?url=${store.url}'`;
      await killed(here, line, ['source', 'all', 'sink']);
      queue.refuse = () => undefined;
      expect(ended(await here.run(line))).toEqual(WELL);
      expect(queue.left).toBe(0);
      expect(numbers(store.content())).toEqual(upTo(200));
      expect(store.conflicts).toEqual([]);
      expect([...queue.given.values()].some((times) => times > 1)).toBe(true);
    });
  }

  it('parts of a shard are together the whole', async () => {
    const pages = await new Pages(rows(47), 10).start();
    const here = withStore(folder());
    for (const [location, parts, count] of [
      [`./paged.mjs?url=${pages.url}`, 3, 47],
      ['./partitions.mjs?in=store', 8, 170],
    ] as const) {
      const lines = Array.from(
        { length: parts },
        (_, i) => `tm source '${location}' --time at --shard ${i + 1}/${parts} | tm sink`,
      );
      const { stdout, stderr } = await here.run(lines.join(' ; '));
      expect({ stderr, numbers: numbers(stdout) }).toEqual({ stderr: '', numbers: upTo(count) });
    }
  });

  it('a list that grows is gone on with, epochs come while it waits, and SIGTERM suspends also an answer that hangs', async () => {
    const pages = await new Pages(rows(15), 10, 4).start();
    const here = folder();
    const line = `named source tm source './paged.mjs?url=${pages.url}&follow=yes' --time at ${STATE} | tm sink './rows.mjs?to=out'`;
    const has = (count: number) => () =>
      fs.existsSync(`${here.path}/out`) && numbers(here.read('out')).length === count;
    const first = here.start(line);
    await first.until(has(15), '15 rows');
    pages.items.push(...rows(9, 15));
    await first.until(has(24), '24 rows');
    pages.pause = 60_000;
    await pause(150);
    const began = Date.now();
    await first.kill('source', 'SIGTERM');
    expect((await first.done).codes).toEqual([143, 0]);
    expect(Date.now() - began).toBeLessThan(5000);
    pages.pause = 0;
    pages.items.push(...rows(3, 24));
    await here.run('rm -f *.pid');
    const second = here.start(line);
    await second.until(has(27), '27 rows');
    await second.kill('source', 'SIGTERM');
    expect((await second.done).codes).toEqual([143, 0]);
    expect(numbers(here.read('out'))).toEqual(upTo(27));
  });

  it('tells in clear words what a module does wrong', async () => {
    const here = new Folder();
    const reads = (body: string, more = ''): string =>
      `export const source = { ${more} async *read(tracker) { ${body} } };`;
    const record = 'value: { n: 1, at: 0 }';
    const wrong: readonly [text: string, code: number, told: string][] = [
      ['export const other = 1;', 2, 'has no export source'],
      ['export const source = {};', 2, 'has no function read'],
      ['throw new Error("at load");', 1, 'cannot be loaded: at load'],
      [reads('', 'delivery: "often",'), 2, 'the delivery of ./m.mjs is "often"'],
      [reads('throw new Error("gone");'), 1, './m.mjs failed: gone'],
      [reads('', 'restriction() { throw new Error("no count"); },'), 1, './m.mjs failed: no count'],
      [reads('', 'restriction: () => null,'), 2, 'is not { from, to } in whole numbers'],
      ['export const source = { async read() {} };', 1, 'read of ./m.mjs is no generator'],
      [reads('return { resumeAfter: "soon" };'), 1, 'returned what is no { resumeAfter: MILLISECONDS }'],
      [reads('return 5;'), 1, 'returned what is no { resumeAfter: MILLISECONDS }'],
      [reads('yield 5;'), 1, 'gave what is no line of JSON'],
      [reads('yield { value: { n: 1n }, position: 1 };'), 1, 'gave what is no line of JSON'],
      [reads(`yield { ${record} };`), 1, 'gave a record without a position'],
      [reads(`yield { ${record}, position: () => 1 };`), 1, 'gave a position that is no JSON, or null'],
      [reads(`yield { ${record}, position: NaN };`), 1, 'gave a position that is no JSON, or null'],
      [reads(`yield { ${record}, id: 5 };`, 'delivery: "redelivering",'), 1, 'gave an id that is no text'],
    ];
    const all = wrong.map(([text], i) => {
      fs.mkdirSync(`${here.path}/${i}`);
      here.write(`${i}/m.mjs`, text);
      return `(cd ${i}; timeout -s KILL 10 tm source ./m.mjs --time at --time-format epoch-ms --delay 0s --state st >/dev/null 2>err; echo $? >code)`;
    });
    await here.run(all.join('\n'));
    const told = wrong.map((_, i) => [Number(here.read(`${i}/code`)), here.read(`${i}/err`)] as const);
    for (const [i, [text, code, message]] of wrong.entries()) {
      expect({ text, code: told[i]![0], told: told[i]![1] }).toEqual({
        text,
        code,
        told: expect.stringContaining(message),
      });
      expect(told[i]![1]).not.toContain('internal error');
    }
  });

  it('may go on with the object that it gave as a position', async () => {
    const here = new Folder();
    here.write(
      'm.mjs',
      `export const source = { async *read(tracker, { position = { n: 0 } }) {
        while (position.n < 30000) {
          if (position.n === Number(process.env.FAILS_AT)) throw new Error('gone');
          position.n++;
          yield { value: { n: position.n - 1, at: 0 }, position };
        }
      } };`,
    );
    here.write('rows.mjs', fs.readFileSync(`${MODULES}rows.mjs`));
    const line =
      "tm source ./m.mjs --time at --time-format epoch-ms --delay 0s --state st --checkpoint 1ms | tm sink './rows.mjs?to=out'";
    expect((await here.run(`export FAILS_AT=20000; ${line}`)).codes).toEqual([1, 3]);
    expect(ended(await here.run(line))).toEqual(WELL);
    expect(numbers(here.read('out'))).toEqual(upTo(30_000));
  });

  it('has its variables to itself in each location', async () => {
    const here = new Folder();
    here.write(
      'm.mjs',
      `let mine;
      export const source = {
        restriction: ({ of }) => { mine ??= of; return undefined; },
        async *read() { yield { value: { n: Number(mine), at: 0 }, position: 1 }; },
      };`,
    );
    const line = "tm source './m.mjs?of=1' './m.mjs?of=2' --time at --time-format epoch-ms | tm sink";
    expect(numbers((await here.run(line)).stdout)).toEqual([1, 2]);
  });

  it('is told of a sink that fails what is true: with state it comes again, without it does not', async () => {
    const here = new Folder();
    here.write('in', '{"at":5}\n');
    here.write('m.mjs', 'export const sink = { publish() { throw new Error("full"); } };');
    const line = (state: string): string =>
      `tm source in --time at --time-format epoch-ms ${state} | tm sink ./m.mjs`;
    const plain = await here.run(line(''));
    expect(plain).toMatchObject({
      codes: [0, 1],
      stderr:
        'tm sink: cannot publish to ./m.mjs: full\n  hint: run the same line again: it reads all again, and publishes it as a new batch\n',
    });
    expect((await here.run(line('--state st --delay 0s'))).stderr).toContain('run the same line again');
  });
});
