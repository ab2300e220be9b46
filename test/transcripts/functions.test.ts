import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s';

/** Events of so many seconds, of three keys. */
const lines = (from: number, to: number): string => {
  let text = '';
  for (let t = from; t < to; t++)
    text += `{"t":${t},"k":"${'abc'[(t * t) % 3]}","big":${2n ** 64n},"f":1.50}\n`;
  return text;
};

/** A result when a key has been quiet for two seconds, and another where it is a run of ten. */
const QUIET = `
export default class {
  outputs = ['tens'];
  setup({ parameters }) { this.gap = Number(parameters.gap ?? 2) * 1000; }
  async process(event, context) {
    await undefined;
    const n = (context.state.get('n') ?? 0) + 1;
    context.state.set('n', n);
    context.timer('quiet', context.time + this.gap);
    if (n % 10 === 0) context.output('tens', { ...event, n });
  }
  onTimer(name, context) {
    const n = context.state.get('n');
    context.state.delete('n');
    return [{ ...context.key, n }];
  }
}
`;

async function tell(folder: Folder, module: string, more = ''): Promise<{ code: number; stderr: string }> {
  folder.write('log.ndjson', lines(0, 3));
  folder.write('fn.mjs', module);
  const { codes, stderr } = await folder.run(`${SOURCE} | tm map --js ./fn.mjs ${more} >/dev/null`);
  return { code: codes.at(-1)!, stderr };
}

describe('tm map --js', () => {
  it('calls a function for each event, and keeps what it leaves alone', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 4));
    folder.write(
      'fn.mjs',
      `export default (event, { parameters }) => {
        console.log('seen', event.t);
        return event.t === 1 ? null : { ...event, size: parameters.size };
      };`,
    );
    const { stdout, stderr, codes } = await folder.run(`${SOURCE} | tm map --js './fn.mjs?size=7' | tm sink`);
    expect({ stdout, codes }).toEqual({
      stdout: [0, 2, 3]
        .map((t) => `{"t":${t},"k":"${'abc'[(t * t) % 3]}","big":18446744073709551616,"f":1.50,"size":"7"}\n`)
        .join(''),
      codes: [0, 0, 0],
    });
    expect(stderr).toContain('seen 3\n');
  });

  it('has several calls under way, and gives what one after the other gives', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 200));
    folder.write(
      'fn.mjs',
      `let running = 0, most = 0;
      export default {
        async process(event, context) {
          most = Math.max(most, ++running);
          const n = (context.state.get('n') ?? 0) + 1;
          await new Promise((resolve) => setTimeout(resolve, 3 + (event.t % 5)));
          running--;
          context.state.set('n', n);
          if (event.t % 50 === 3) throw new Error('not ' + event.t);
          return { ...event, n };
        },
        teardown: () => console.log('most', most),
      };`,
    );
    const map = (n: number): Promise<{ stdout: string; stderr: string; codes: readonly number[] }> =>
      folder.run(`${SOURCE} --delay 1s | tm map --js ./fn.mjs --by 't % 20' --concurrency ${n} | tm sink`);
    const [one, many] = [await map(1), await map(12)];
    expect(many.codes).toEqual([0, 0, 0]);
    expect(many.stdout).toBe(one.stdout);
    expect(many.stdout.split('\n')).toHaveLength(200 - 4 + 1);
    expect(many.stderr.replace('most 12', 'most 1')).toBe(one.stderr);
  });

  it('keeps rejected events apart, counts, and has side outputs that are streams', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 4));
    folder.write(
      'fn.mjs',
      `export default {
        outputs: ['odd', 'other'],
        process(event, context) {
          context.count('calls');
          context.output(event.t % 2 === 1 ? 'odd' : 'other', { t: event.t });
          if (event.t === 2) throw new TypeError('two is too much');
          return null;
        },
      };`,
    );
    const { stdout, stderr, codes } = await folder.run(
      `${SOURCE} | tm map --js ./fn.mjs --side-to odd=odd.tm --rejected-to rejected.tm --stats >/dev/null; tm source odd.tm rejected.tm --format stream | tm sink --meta drop`,
    );
    expect({ stdout, codes }).toEqual({
      stdout: '{"t":1}\n{"t":3}\n{"t":2,"k":"b","big":18446744073709551616,"f":1.50}\n',
      codes: [0, 0],
    });
    expect(stderr).toContain(
      'tm map: line 4: ./fn.mjs:6: two is too much: the event is left out\n  hint: --rejected-to FILE keeps such events; --on-error fail ends the run instead\n',
    );
    expect(stderr).toContain('4 events in, 0 events out, 3 calls, 1 rejected');
  });

  it.each([
    ['has no default export', 'export const process = 1;', 2, './fn.mjs has no default export'],
    [
      'exports no function',
      'export default { proces() {} };',
      2,
      'neither a function nor an object with a function process',
    ],
    ['is no JavaScript', 'const a = 1;\nexport default (event => {', 1, 'Unexpected end of input (line 2)'],
    [
      'throws when it is loaded',
      '\nthrow new Error("no key");',
      1,
      './fn.mjs cannot be loaded: no key (line 2)',
    ],
    [
      'throws in setup',
      'export default {\n  setup() { throw new Error("no table"); },\n  process: (e) => e,\n};',
      1,
      './fn.mjs:2: no table (in setup)',
    ],
    [
      'throws in endBundle',
      'export default { process: (e) => e, async endBundle() { throw new Error("gone"); } };',
      1,
      './fn.mjs:1: gone (in endBundle)',
    ],
    [
      'has outputs that are no names',
      'export default { outputs: 1, process: (e) => e };',
      2,
      'outputs of ./fn.mjs is no list of names',
    ],
    [
      'sets a timer that nobody waits for',
      'export default (e, c) => c.timer("x", 1);',
      2,
      'context.timer is kept by key',
    ],
  ])('tells of a module that %s', async (_what, module, code, message) => {
    const outcome = await tell(new Folder(), module);
    expect(outcome.stderr).toContain(message);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).not.toContain('    at ');
  });

  it.each([
    [
      'loading',
      'await new Promise(() => {}); export default (e) => e;',
      'loading has not settled within 200ms',
    ],
    ['process', 'export default () => new Promise(() => {});', 'process has not settled within 200ms'],
    [
      'setup',
      'export default { setup: () => new Promise(() => {}), process: (e) => e };',
      'setup has not settled within 200ms',
    ],
    [
      'a generator',
      'export default async function* () { await new Promise(() => {}); }',
      'process has not settled within 200ms',
    ],
  ])('waits a limited time for %s', async (_what, module, message) => {
    const { code, stderr } = await tell(new Folder(), module, '--timeout 200ms');
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('ends the run where it is to, and shows the stack of the module with --debug', async () => {
    const { code, stderr } = await tell(
      new Folder(),
      'function deep() { throw new Error("wrong"); }\nexport default () => deep();',
      '--on-error fail --debug',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('tm map: line 2: ./fn.mjs:1: wrong\n');
    expect(stderr).toMatch(/at deep \(.*fn\.mjs:1:25\)/);
  });

  it('gives in a pipe what it gives in one process', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 200));
    folder.write('quiet.mjs', QUIET);
    const stages = "tm map --js './quiet.mjs?gap=3' --by k --side-to tens=tens.tm";
    const piped = await folder.run(`${SOURCE} --delay 2s | ${stages} | tm sink --meta keep`);
    const tens = folder.read('tens.tm');
    folder.write('p.tm', `${SOURCE} --delay 2s | ${stages} | tm sink --meta keep`.replaceAll('tm ', ''));
    const fused = await folder.run('tm run p.tm');
    expect(fused.stdout).toBe(piped.stdout);
    expect(piped.stdout).not.toBe('');
    expect(folder.read('tens.tm')).toBe(tens);
  });

  it('goes on with its state and its timers behind kill -9, and gives each result once', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 40_000));
    folder.write('quiet.mjs', QUIET);
    const stages = 'named map tm map --js ./quiet.mjs --by k';
    await folder.run(
      `${SOURCE} --delay 2s | ${stages} --side-to tens=whole.tm | tm sink whole.ndjson --meta keep`,
    );
    const line = (more: string): string =>
      `named source ${SOURCE} --delay 2s --state st --checkpoint 20ms ${more} | ${stages} --side-to tens=tens.tm | named sink tm sink out.ndjson --meta keep`;
    for (const [i, name] of ['source', 'map', 'sink', 'map'].entries()) {
      for (const pid of ['source', 'map', 'sink'])
        fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
      const running = folder.start(line(''));
      await running.pid('sink');
      await new Promise((resolve) => setTimeout(resolve, 200 + 100 * i));
      await running.kill(name, 'SIGKILL').catch(() => {});
      await running.done;
    }
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0]);
    expect(folder.read('out.ndjson') === folder.read('whole.ndjson')).toBe(true);
    expect(folder.read('tens.tm') === folder.read('whole.tm')).toBe(true);
  });

  it('calls what waits for a commit when the epoch is committed', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 5));
    folder.write(
      'fn.mjs',
      `import fs from 'node:fs';
      export default {
        commits: true,
        process(event, context) {
          context.afterCommit(() => fs.appendFileSync('told', event.t + ' ' + fs.existsSync('st/COMMIT') + '\\n'));
          return event;
        },
      };`,
    );
    const line = `${SOURCE} --delay 0s --state st | tm map --js ./fn.mjs | tm sink out.ndjson`;
    expect((await folder.run(line)).codes).toEqual([0, 0, 0]);
    expect(folder.read('told')).toBe([0, 1, 2, 3, 4].map((t) => `${t} true\n`).join(''));
    folder.append('log.ndjson', lines(5, 6));
    await folder.run(line);
    expect(folder.read('told')).toBe([0, 1, 2, 3, 4, 5].map((t) => `${t} true\n`).join(''));
    folder.write('fn.mjs', 'export default (event, context) => context.afterCommit(() => {});');
    const refused = await folder.run(line.replace('st ', 'st2 '));
    expect(refused.stderr).toContain('commits: true');
  });
});

describe('tm combine with js()', () => {
  it('calls a combiner', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 9));
    folder.write('sum.mjs', 'export default (a, b) => a + b;');
    folder.write('wrong.mjs', 'export default { create() {} };');
    const { stdout } = await folder.run(
      `${SOURCE} | tm combine --by k 'total = js(t, "./sum.mjs")' 'sum(t)' | tm sink`,
    );
    expect(stdout).toBe('{"k":"a","total":9,"sum_t":9}\n{"k":"b","total":27,"sum_t":27}\n');
    const wrong = await folder.run(`${SOURCE} | tm combine 'x = js(t, "./wrong.mjs")'`);
    expect(wrong.codes).toEqual([0, 2]);
    expect(wrong.stderr).toContain('it has no add');
  });
});

describe('tm enrich js', () => {
  it('adds what a function gives, in order, and asks again where that may help', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 6));
    folder.write(
      'fn.mjs',
      `let asked = 0;
      export default {
        setup() { asked = 0; },
        async lookup({ k }, { signal, parameters }) {
          if (asked++ === 0) throw Object.assign(new Error('busy'), { retryAfter: 1 });
          await new Promise((resolve) => setTimeout(resolve, k === 'a' ? 60 : 1));
          if (k === 'b') throw Object.assign(new Error('unknown'), { retry: false });
          return { of: k, size: parameters.size, big: 2n ** 64n };
        },
      };`,
    );
    const { stdout, stderr, codes } = await folder.run(
      `${SOURCE} | tm enrich js './fn.mjs?size=2' --by k --as known --dead-letter-to dead.tm --stats | tm sink --template '{t} {known}'`,
    );
    const known = '{"of":"a","size":"2","big":18446744073709551616}';
    expect({ stdout, codes }).toEqual({ stdout: `0 ${known}\n3 ${known}\n`, codes: [0, 0, 0] });
    expect(stderr).toContain('{"k":"b"}: ./fn.mjs:7: unknown: the event is a dead letter');
    expect(
      folder
        .read('dead.tm')
        .split('\n')
        .filter((line) => line.includes('"b"')),
    ).toHaveLength(4);
  });

  it('gives up on a call that takes too long', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines(0, 1));
    folder.write('fn.mjs', 'export default () => new Promise(() => {});');
    const { stderr, codes } = await folder.run(
      `${SOURCE} | tm enrich js ./fn.mjs --timeout 50ms --retry 0 | tm sink`,
    );
    expect(stderr).toContain('no answer within 50ms');
    expect(codes).toEqual([0, 1, 3]);
  });
});
