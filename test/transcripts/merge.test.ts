import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const EPOCH = '--time t --time-format epoch-s';
const event = (second: number, key: string): string => `{"t":${second},"k":"${key}"}\n`;
const TRAFFIC = 'tm source generate:count=60000,seed=3,keys=5 --delay 1s';
const COUNT = "tm window fixed 10m | tm combine --by status n=count 'b = sum(bytes)'";

describe('merge', () => {
  it('makes one stream of files, FIFOs, <(…) and standard input', async () => {
    const folder = new Folder();
    for (const [name, second] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ] as const)
      folder.write(`${name}.ndjson`, event(second, name));
    const { stdout, stderr, codes } = await folder.run(
      `tm source a.ndjson ${EPOCH} > a; mkfifo b; tm source b.ndjson ${EPOCH} > b & tm source d.ndjson ${EPOCH} | ` +
        `tm merge a b <(tm source c.ndjson ${EPOCH}) - | tm sink --meta drop`,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
    expect(stdout).toBe(event(1, 'a') + event(2, 'b') + event(3, 'c') + event(4, 'd'));
  });

  it.each([
    ["'<(tm source a.log)'", 'leave out the quotes around it: the shell runs what stands in <(…)'],
    ['a.stream, b.stream', 'inputs stand apart by spaces, without commas'],
    ["'source a.log'", 'what a command writes is <(tm source a.log)'],
    ["'tm source a.log'", 'what a command writes is <(tm source a.log)'],
    ["'*.stream'", 'leave out the quotes: the shell makes names of a pattern'],
  ])('says what was meant by %s', async (inputs, hint) => {
    const folder = new Folder();
    folder.write('a.stream', '{"@t":"2020-01-01T00:00:00Z"}\n');
    folder.write('b.stream', '{"@t":"2020-01-01T00:00:00Z"}\n');
    const { stdout, stderr } = await folder.run(`tm merge ${inputs}`);
    expect(stdout).toBe('');
    expect(stderr).toContain(`\n  hint: ${hint}\n`);
  });

  it('gives in one process what it gives in pipes, byte for byte', async () => {
    const folder = new Folder();
    const line = (tm: string): string =>
      `${tm}merge <(${tm}source generate:count=3000,seed=1 --delay 1m | ${tm}filter "status >= 300") ` +
      `<(${tm}source generate:count=2000,seed=2,step=150ms --delay 5s | ${tm}map "x = bytes / 2") | ` +
      `${tm}window fixed 1m | ${tm}combine --by status n=count`;
    const piped = await folder.run(line('tm '));
    const fused = await folder.run(`tm run -e '${line('')}'`);
    const unfused = await folder.run(`tm run --unfused -e '${line('')}'`);
    expect(piped.stdout.split('\n').length).toBeGreaterThan(20);
    expect(piped.stderr).toBe('');
    expect(fused).toEqual({ ...piped, codes: [0] });
    expect(unfused).toEqual(fused);
  });

  it('brings branches of one stream together again, of whatever speed they are', async () => {
    const folder = new Folder();
    const whole = await folder.run(`${TRAFFIC} | ${COUNT} | tm sink`);
    const lines = [
      `mkfifo f; ${TRAFFIC} | tm route f='status >= 500' | tm merge - f | ${COUNT} | tm sink`,
      `mkfifo f g; ${TRAFFIC} | tm route f='status < 300' g='status >= 400' | tm merge g f - | ${COUNT} | tm sink`,
      `mkfifo f; ${TRAFFIC} | tm tee f | tm filter false | tm merge - <(sleep 0.3; cat f) | ${COUNT} | tm sink`,
    ];
    for (const line of lines) {
      const { stdout, stderr, codes } = await folder.run(`rm -f f g; ${line}`);
      expect({ line, stderr, codes: new Set(codes) }).toEqual({ line, stderr: '', codes: new Set([0]) });
      expect(stdout).toBe(whole.stdout);
    }
  });

  it('keeps on reading an input while it waits for another of the same program', async () => {
    const folder = new Folder();
    // 20 MB go to g before anything more comes by f: more than pipes and memory hold.
    const { stdout, codes, stderr } = await folder.run(
      `mkfifo f g; (exec 4> f 5> g; tm source generate:count=10,seed=1 > one; tm source generate:count=100000,seed=2 > two; ` +
        `head -3 one >&4; cat two >&5; exec 5>&-; tail -n +4 one >&4) & tm merge f g | tm combine n=count | tm sink; wait`,
    );
    expect({ stdout, stderr, codes }).toEqual({ stdout: '{"n":100010}\n', stderr: '', codes: [0] });
  });

  it('does so where sources of the same process read what that program writes', async () => {
    const folder = new Folder();
    const { stdout, codes, stderr } = await folder.run(
      `mkfifo f g; tm source generate:count=10,seed=1 | tm sink --meta keep > one; tm source generate:count=100000,seed=2 | tm sink --meta keep > two; ` +
        `(exec 4> f 5> g; head -3 one >&4; cat two >&5; exec 5>&-; tail -n +4 one >&4) & ` +
        `tm run -e 'merge <(source f --time @t) <(source g --time @t) | combine n=count | sink'; wait`,
    );
    expect({ stdout, stderr, codes }).toEqual({ stdout: '{"n":100010}\n', stderr: '', codes: [0] });
  });

  it('writes what has come before it waits for more', async () => {
    const running = new Folder().start(
      `tm source ${EPOCH} --delay 0s | tm merge - <(tm source generate:count=1 --delay 0s) | tm sink --meta drop`,
    );
    running.send(event(1, 'a') + event(2, 'b'));
    await running.said(event(2, 'b'));
    const { stdout, codes } = await running.end().done;
    expect(stdout.split('\n')).toHaveLength(4);
    expect(codes).toEqual([0, 0, 0]);
  });

  it('does not wait for a live input that is idle, and tells that the order is that of arrival', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', event(1, 'a') + event(15, 'a') + event(30, 'a'));
    folder.write(
      'idle',
      '{"@stream":{"version":1,"commands":["source"],"bounded":false,"watermark":{},"windowing":{"kind":"global"},"branch":""}}\n' +
        '{"@t":"1970-01-01T00:00:02.000Z"}\n{"@watermark":"1970-01-01T00:00:02.000Z"}\n{"@idle":true}\n',
    );
    const running = folder.start(
      `tm merge <(tm source a.ndjson ${EPOCH} --delay 0s --follow) <(cat idle; sleep 25) | ` +
        'tm window fixed 10s | tm combine n=count | tm sink --meta drop',
    );
    await running.said('{"n":2}\n{"n":1}\n');
    expect(running.stderr).toContain('tm merge: input 1 has no end: lines are taken as they come');
    running.killAll('SIGKILL');
    await running.done.catch(() => {});
  });

  it('names the input that was cut off, and ends as one that is', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(
      `tm source generate:count=50 > whole; head -20 whole > part; tm merge whole part > merged; echo $? > code`,
    );
    expect(codes).toEqual([0]);
    expect(folder.read('code')).toBe('3\n');
    expect(stderr).toContain('tm merge: input 2 (part): the input stopped without @end');
    expect(folder.read('merged')).not.toContain('"@end"');
    const drained = await folder.run('tm merge --eof drain whole part | tm combine n=count | tm sink');
    expect(drained.stdout).toBe('{"n":69}\n');
  });

  it('fails as the stage does that feeds it, where both are in one process', async () => {
    const folder = new Folder();
    folder.write('wrong.ndjson', `${event(1, 'a')}oops\n`);
    const { stdout, stderr, codes } = await folder.run(
      `tm run -e 'merge <(source wrong.ndjson ${EPOCH}) <(source generate:count=inf) | combine n=count | sink out.csv'`,
    );
    expect({ stdout, codes }).toEqual({ stdout: '', codes: [1] });
    expect(stderr).toContain('tm source: wrong.ndjson: line 2');
    expect(folder.files()).toEqual(['wrong.ndjson']);
  });

  it('leaves nothing half true when it is interrupted, in pipes and in one process', async () => {
    for (const line of [
      `named source tm source generate:count=inf,rate=100 --delay 0s | tm merge - <(tm source generate:count=9 --delay 0s) | tm combine n=count | tm sink out.csv`,
      `named source tm run -e 'merge <(source generate:count=inf,rate=100 --delay 0s) <(source generate:count=9 --delay 0s) | combine n=count | sink out.csv' | cat`,
    ]) {
      const folder = new Folder();
      const running = folder.start(line);
      await running.pid('source');
      await new Promise((resolve) => setTimeout(resolve, 500));
      running.killAll('SIGINT');
      const { codes, stderr } = await running.done;
      expect(codes[0]).toBe(130);
      expect(stderr.replaceAll(/tm merge: input 1 .*\n.*\n/g, '')).toBe('');
      expect(folder.files()).toEqual([]);
    }
  });

  it('refuses inputs whose windows differ', async () => {
    const folder = new Folder();
    const line =
      'merge <(source generate:count=3 | window fixed 1m) <(source generate:count=3 | window fixed 5m)';
    const told =
      'the windows differ: input 1 has fixed size 1m offset 0s, input 2 has fixed size 5m offset 0s';
    const piped = await folder.run(`${line.replaceAll(/\b(merge|source|window) /g, 'tm $1 ')}`);
    expect(piped.codes).toEqual([2]);
    expect(piped.stderr).toContain(`tm merge: ${told}\n`);
    const fused = await folder.run(`tm run -e '${line}'`);
    expect(fused.codes).toEqual([2]);
    expect(fused.stderr).toContain(`tm run: -e: line 1, column 1: tm merge: ${told}`);
    const checked = await folder.run(`tm check -e '${line}'`);
    expect(checked.stderr).toContain(told);
  });

  it('finds what is wrong in <(…) before anything is read', async () => {
    const folder = new Folder();
    const checked = await folder.run(
      `tm check -e 'merge <(source generate:count=3 | filter "stats > 3") <(source generate:count=3) | sink'`,
    );
    expect(checked.codes).toEqual([2]);
    expect(checked.stderr).toMatch(/^tm check: -e: line 1, column \d+: tm filter: .*stats/);
  });

  it('runs in a test of a pipeline', async () => {
    const folder = new Folder();
    folder.write(
      'merge.tmtest',
      [
        '=== case: two inputs',
        '--- pipeline',
        `merge <(source a.ndjson ${EPOCH}) <(source b.ndjson ${EPOCH}) | combine n=count | sink`,
        '--- input a.ndjson',
        event(1, 'a').trim(),
        '--- input b.ndjson',
        event(2, 'b').trim(),
        '--- output',
        '{"n":2}',
        '',
      ].join('\n'),
    );
    const { stdout, stderr, codes } = await folder.run('tm test merge.tmtest');
    expect({ stdout, stderr, codes }).toMatchObject({ codes: [0] });
  });
});

describe('branches that are inputs of the same text', () => {
  const SOURCE = 'source generate:count=20000,seed=3,keys=5 --delay 1s';
  const GROUP = 'window fixed 10m | combine --by status,failed n=count | sink';

  it('go there without a FIFO, and give what they give by one', async () => {
    const folder = new Folder();
    const text = `${SOURCE} | route errors="status >= 400" | merge - <(merge errors | map "failed = true") | ${GROUP}`;
    const fused = await folder.run(`tm run -e '${text}'`);
    expect({ ...fused, stdout: '' }).toEqual({ stdout: '', stderr: '', codes: [0] });
    expect(folder.files()).toEqual([]);
    const piped = await folder.run(
      `mkfifo errors; ${text.replaceAll(/\b(source|route|merge|map|window|combine|sink) /g, 'tm $1 ').replace('| sink', '| tm sink')}`,
    );
    expect(piped.stdout).toBe(fused.stdout);
    expect(fused.stdout).toContain('"failed":true');
  });

  it('are never waited for, whichever of them is wanted first', async () => {
    const folder = new Folder();
    const whole = await folder.run(`tm run -e '${SOURCE} | window fixed 10m | combine n=count | sink'`);
    const count = 'window fixed 10m | combine n=count | sink';
    for (const text of [
      `${SOURCE} | route a="status >= 400" b="status < 300" | merge b a - | ${count}`,
      `${SOURCE} | tee a | filter false | merge - a | ${count}`,
      `${SOURCE} | tee a | filter false | merge - <(merge a) | ${count}`,
      `${SOURCE} | tee a | route b="status >= 400" | merge - <(merge b | filter false) | filter false | merge <(merge a) - | ${count}`,
    ]) {
      const { stdout, stderr, codes } = await folder.run(`tm run -e '${text}'`);
      expect({ text, stderr, codes }).toEqual({ text, stderr: '', codes: [0] });
      expect({ text, stdout }).toEqual({ text, stdout: whole.stdout });
    }
    expect(folder.files()).toEqual([]);
  });

  it('are files where files are, and go one way', async () => {
    const folder = new Folder();
    folder.write('a.ndjson', event(1, 'a'));
    await folder.run(`tm source a.ndjson ${EPOCH} > old`);
    const { stdout } = await folder.run(
      `tm run -e 'source generate:count=4,seed=1 | tee old | filter false | merge - old | combine n=count | sink'`,
    );
    expect(stdout).toBe('{"n":1}\n');
    const circle = await folder.run(`tm run -e 'merge a | tee a | sink'`);
    expect(circle.codes).toEqual([2]);
    expect(circle.stderr).toContain(
      "tm run: -e: line 1, column 7: tm merge: 'a' is written by a stage behind it, which would wait for it\n",
    );
  });
});

describe('merge of branches of a source that keeps state', () => {
  const DIAMOND = (count: string): string =>
    `rm -f f g; mkfifo f g; tm source ${count} --format ndjson --time time --state state --delay 10s --checkpoint 50ms | tee f > g & ` +
    `tm merge <(tm filter 'status < 300' < f) <(tm filter 'status >= 300' < g) | tm window fixed 10m | ` +
    `tm combine --by status n=count | tm sink out.ndjson --meta flatten; wait`;

  it('lets barriers go on when both have had them, and goes on where it was', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=6000,seed=5 | tm sink --meta flatten all.ndjson');
    await folder.run(
      'tm source generate:count=6000,seed=5 | tm map "time = event_time()" | tm sink --meta drop whole.ndjson',
    );
    await folder.run('head -2500 whole.ndjson > log.ndjson');
    const first = await folder.run(DIAMOND('log.ndjson'));
    expect(first).toEqual({ stdout: '', stderr: '', codes: [0] });
    await folder.run('tail -n +2501 whole.ndjson >> log.ndjson');
    const second = await folder.run(DIAMOND('log.ndjson --drain'));
    expect(second).toEqual({ stdout: '', stderr: '', codes: [0] });
    const once = await folder.run(
      `tm source whole.ndjson --time time --delay 10s | tm window fixed 10m | tm combine --by status n=count | tm sink`,
    );
    expect(folder.read('out.ndjson')).toBe(once.stdout);
  });
});
