// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { cut } from './messages.ts';
import { Folder } from './shell.ts';

const event = (second: number): string => `{"t":${second},"k":"a"}\n`;
const SOURCE = 'tm source - --time t --time-format epoch-s --delay 0s';

/** A text as one word of a line of shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

describe('a pipeline run in one process, and by processes', () => {
  test.each<[name: string, text: string, input: string, code: number]>([
    [
      'gives what its pipe gives',
      `tm source generate:count=5000,seed=3,keys=9,disorder=20s,late=0.02 --delay 5s | tm window sliding 5m --every 1m | tm dedup --by host --late-to late1 | tm combine --by path n=count 'p = quantile(bytes, 0.9)' --late-to late2 | tm sink out.csv`,
      '',
      0,
    ],
    [
      'fails as its pipe at a record',
      `${SOURCE} | tm window fixed 10s | tm sink out.csv`,
      `${event(1)}{"t":oops}\n`,
      1,
    ],
    [
      'fails as its pipe at a file',
      'tm source missing.log --format combined | tm combine n=count | tm sink',
      '',
      1,
    ],
    [
      'fails as its pipe in the middle',
      `${SOURCE} | tm enrich table table.csv --by k=k --columns v | tm enrich table table.csv --by k=k --columns v | tm sink out.csv`,
      event(1) + event(2),
      1,
    ],
    ['fails as its pipe at the target', `${SOURCE} | tm sink table.csv`, event(1), 2],
    [
      'is cut off as its pipe',
      'tm window fixed 10s | tm combine n=count | tm sink out.csv',
      '{"@stream":{"version":1}}\n',
      3,
    ],
    ['has no input as its pipe', 'tm window fixed 10s | tm sink', '', 3],
  ])('%s', async (_name, text, input, code) => {
    const outcomes = [];
    for (const line of [text, `tm run -e ${quoted(text)}`, `tm run --unfused -e ${quoted(text)}`]) {
      const folder = new Folder();
      folder.write('table.csv', 'k,v\na,1\n');
      const { stdout, stderr, codes } = await folder.run(line, input);
      const files = Object.fromEntries(folder.files().map((name) => [name, folder.read(name)]));
      const first = codes.find((each) => each !== 0) ?? 0;
      const told = stderr.replaceAll(/^tm \w+: (the input stopped|no input).*\n( .*\n)?/gm, '');
      outcomes.push({ stdout, told: told.split('\n').sort(), code: first, files });
    }
    const [piped, fused, unfused] = outcomes;
    expect(piped!.code).toBe(code);
    expect(fused).toEqual(piped);
    expect(unfused).toEqual(piped);
  });

  it('reads a stream where it has no source, and writes one where it has no sink', async () => {
    const { stdout, codes } = await new Folder().run(
      `${SOURCE} | tm run -e 'window fixed 10s |${'\n'} combine n=count' | tm run -e 'sink --meta drop'`,
      event(1) + event(2) + event(12),
    );
    expect(stdout).toBe('{"n":2}\n{"n":1}\n');
    expect(codes).toEqual([0, 0, 0]);
  });

  it('tells the cause once, not what it does to the stages behind', async () => {
    const { stderr, codes } = await new Folder().run(
      `tm run -e '${SOURCE} | tm window fixed 10s | tm sink'`,
      '{"t":oops}\n',
    );
    expect(stderr).toMatch(/^tm source: standard input: line 1, column 6: .*\n {2}hint: .*\n$/);
    expect(codes).toEqual([1]);
  });

  it('gives an event out while its input stays open', async () => {
    for (const option of ['', '--unfused ']) {
      const running = new Folder().start(
        `tm run ${option}-e '${SOURCE} | window fixed 10s | dedup --by k | sink --meta drop'`,
      );
      running.send(event(1));
      await running.said(event(1));
      expect((await running.end().done).codes).toEqual([0]);
    }
  });

  it('ends quietly when nobody reads on', async () => {
    for (const option of ['', '--unfused ']) {
      const text = 'source generate:count=300000 | window fixed 10s | dedup --by host';
      const { stderr, codes } = await new Folder().run(`tm run ${option}-e '${text}' | head -1`);
      expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0] });
    }
  });

  it('tells statistics of every stage', async () => {
    const { stderr } = await new Folder().run(
      `tm run --stats=json -e '${SOURCE} | window fixed 10s | combine n=count | sink --meta drop'`,
      event(1) + event(2),
    );
    const stats = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(stats).toMatchObject([
      { stage: 'source', events_out: 2 },
      { stage: 'window', events_in: 2, events_out: 2 },
      { stage: 'combine', events_in: 2, events_out: 1 },
      { stage: 'sink', events_in: 1 },
    ]);
  });

  it('passes an end that is meant on: --eof drain at the line, or at a stage', async () => {
    for (const line of [
      "tm run --eof drain -e 'combine n=count | sink --meta drop'",
      "tm run -e 'combine --eof drain n=count | sink --meta drop'",
    ]) {
      const { stdout, codes } = await new Folder().run(`${SOURCE} | head -2 | ${line}`, event(1) + event(2));
      expect({ stdout, codes }).toEqual({ stdout: '{"n":1}\n', codes: [0, 0, 0] });
    }
    const { stderr, codes } = await new Folder().run(`tm run --eof drain -e '${SOURCE} | sink'`);
    expect(stderr).toMatch(/^tm run: --eof is about a stream on standard input/);
    expect(codes).toEqual([2]);
  });
});

describe('an interrupt', () => {
  const PIPE = `${SOURCE} | window fixed 10s | combine n=count`;

  it.each(['', '--unfused '])('ends a run without results and without a word: tm run %s', async (option) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      for (const whole of [true, false]) {
        const folder = new Folder();
        const running = folder.start(`(named run tm run ${option}-e '${PIPE} | sink --meta drop')`);
        running.send(event(1) + event(11));
        await running.said('{"n":1}\n');
        if (whole) running.killAll(signal);
        else await running.kill('run', signal);
        const { stdout, stderr, codes } = await running.done;
        expect({ stdout, stderr, codes }).toEqual({ stdout: '{"n":1}\n', stderr: '', codes: [code] });
      }
    }
  });

  it.each(['', '--unfused '])('fires what is open with --on-interrupt drain: tm run %s', async (option) => {
    const folder = new Folder();
    const text = `${SOURCE} --on-interrupt drain | window fixed 10s | combine n=count | sink out.ndjson --meta drop`;
    const running = folder.start(`(named run tm run ${option}-e '${text}')`);
    running.send(event(1) + event(2) + event(11));
    await running.until(() => folder.files().some((name) => folder.read(name) !== ''), 'a window has fired');
    await running.kill('run', 'SIGINT');
    const { stderr, codes } = await running.done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [130] });
    expect(folder.read('out.ndjson')).toBe('{"n":2}\n{"n":1}\n');
    expect(folder.files()).toEqual(['out.ndjson']);
  });

  it('leaves a stage that takes a sudden end for the end to finish', async () => {
    const folder = new Folder();
    const running = folder.start(`(named run tm run -e '${PIPE} | sink out.ndjson --meta drop --eof drain')`);
    running.send(event(1) + event(11));
    await running.until(() => folder.files().some((name) => folder.read(name) !== ''), 'a window has fired');
    await running.kill('run', 'SIGTERM');
    expect(await running.done).toEqual({ stdout: '', stderr: '', codes: [143] });
    expect(folder.read('out.ndjson')).toBe('{"n":1}\n');
  });

  it('does not stop a run that reads a stream: it finishes what reaches it', async () => {
    const folder = new Folder();
    const running = folder.start(
      `${SOURCE} | named run tm run -e 'window fixed 10s | combine n=count | sink --meta drop'`,
    );
    running.send(event(1) + event(11));
    await running.said('{"n":1}\n');
    await running.kill('run', 'SIGTERM');
    running.send(event(12));
    const { stdout, stderr, codes } = await running.end().done;
    expect({ stdout, stderr, codes }).toEqual({ stdout: '{"n":1}\n{"n":2}\n', stderr: '', codes: [0, 0] });
  });

  it('given twice ends it at once, and leaves nothing half done', async () => {
    const folder = new Folder();
    const running = folder.start(`${SOURCE} | named run tm run -e 'window fixed 10s | sink out.csv'`);
    running.send(event(1));
    await running.until(
      () => folder.files().some((name) => folder.read(name) !== ''),
      'the sink has an event',
    );
    for (let tries = 0; tries < 100 && folder.files().length > 0; tries++) {
      await running.kill('run', 'SIGINT').catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await running.end().done).codes[1]).toBe(130);
    expect(folder.files()).toEqual([]);
  });

  it('of a process by its id ends --unfused as it ends the pipe', async () => {
    const folder = new Folder();
    const running = folder.start(
      `(named run tm run --unfused -e '${SOURCE} | window fixed 10s | sink out.csv')`,
    );
    running.send(event(1));
    await running.until(
      () => folder.files().some((name) => folder.read(name) !== ''),
      'the sink has an event',
    );
    const run = await running.pid('run');
    const children = fs.readFileSync(`/proc/${run}/task/${run}/children`, 'utf8').trim().split(' ');
    process.kill(Number(children[1]), 'SIGKILL');
    await running.told('tm sink: ');
    // The source ends at a line that it cannot write: a process that dies still takes some.
    const sending = setInterval(() => running.send(event(2)), 50);
    const { stderr, codes } = await running.done;
    clearInterval(sending);
    expect({ stderr, codes }).toEqual({ stderr: cut('sink'), codes: [137] });
    expect(folder.files()).toEqual([]);
  });
});

describe('a file', () => {
  const TEXT = `#!/usr/bin/env -S tm run
# Counts by \${BY:-k}.
tm source "$@" --time t --time-format epoch-s |
  tm combine --by "\${BY:-k}" n=count \\
    \${LIMIT:+--limit "$LIMIT"} |
  tm sink --meta drop
`;

  it('is a program, with arguments and variables, as sh has them', async () => {
    const folder = new Folder();
    folder.write('count.tm', TEXT);
    fs.chmodSync(join(folder.path, 'count.tm'), 0o755);
    folder.write('a b.ndjson', event(1) + event(2));
    folder.write('-c', '{"t":1,"k":"c"}\n');
    for (const run of ['./count.tm', 'tm run count.tm', 'tm-run ./count.tm', 'sh count.tm']) {
      const all = await folder.run(`${run} "a b.ndjson" ./-c`);
      expect(all).toEqual({ stdout: '{"k":"a","n":2}\n{"k":"c","n":1}\n', stderr: '', codes: [0] });
      expect((await folder.run(`LIMIT=1 ${run} < "a b.ndjson"`)).stdout).toBe('{"k":"a","n":2}\n');
      expect((await folder.run(`BY=t ${run} "a b.ndjson"`)).stdout).toBe('{"t":1,"n":1}\n{"t":2,"n":1}\n');
    }
  });

  it('takes what looks like an option for its argument', async () => {
    const folder = new Folder();
    folder.write('one.tm', 'source generate:count=1 "$@" | sink --template "{status}"\n');
    const { stdout, stderr } = await folder.run('tm run one.tm --stats --limit=1');
    expect(stdout).toMatch(/^\d+\n$/);
    expect(stderr).toMatch(/^tm source: 1 events out, /);
  });

  it('that cannot be read is told', async () => {
    const folder = new Folder();
    folder.write('bytes.tm', Buffer.from([0xff, 0xfe]));
    for (const [line, code, message] of [
      ['tm run missing.tm', 1, 'tm run: cannot read missing.tm: no such file or directory\n'],
      ['tm run .', 1, 'tm run: cannot read .: illegal operation on a directory\n'],
      ['tm run bytes.tm', 1, 'tm run: bytes.tm is no text in UTF-8\n'],
      ['tm run', 2, 'tm run: FILE is missing: the text of a pipeline\n'],
      ["tm run 'source a | sink'", 2, 'tm run: the text of a pipeline stands where FILE does\n'],
      ['tm run -', 2, 'tm run: the text cannot come from standard input: the events do\n'],
      ['tm run --unfsed x', 2, "tm run: unknown option '--unfsed' (did you mean --unfused?)\n"],
    ] as const) {
      const { stderr, codes } = await folder.run(line);
      expect(stderr.slice(0, message.length)).toBe(message);
      expect(codes).toEqual([code]);
    }
  });

  it('is checked as a whole before anything runs, and an error names line, column and stage', async () => {
    const folder = new Folder();
    folder.write('old.csv', 'old\n');
    for (const [text, message] of [
      ['window fixd 5m', "3, column 10: tm window: unknown kind 'fixd' (did you mean fixed?)"],
      [
        'tm window sliding 5m --evry 1m',
        "3, column 24: tm window: unknown option '--evry' (did you mean --every?)",
      ],
      ['window fixed 5m --offset 5x', "3, column 19: tm window: --offset '5x'"],
      ['window fixed 5', "3, column 3: tm window: SIZE '5': a duration needs a unit"],
      ['combine', '3, column 3: tm combine: AGGREGATE is missing'],
      ["combine 'n = cuont'", '3, column 16: tm combine: unknown aggregate'],
      ['source x', '3, column 3: tm source: a source can only be the first stage'],
      ['window --help', '3, column 10: tm window: --help asks for no events'],
      ['jq .', "3, column 3: 'jq' is no command of tm"],
      ['run x', '3, column 3: tm run: cannot read x: no such file'],
      ['state x', '3, column 3: tm state is no stage of a pipeline'],
      ['LC_ALL=C tm window', '3, column 3: LC_ALL cannot be set here'],
      ['$NOTHING', '3, column 3: $NOTHING is not set'],
      ['${NOTHING:-}', '3, column 3: nothing is left of this stage'],
      ['sink', '3, column 3: tm sink: a sink can only be the last stage'],
      ['combine n=count > x', '3, column 19: > is not written here'],
    ] as const) {
      folder.write(
        'all.tm',
        `# A comment.\nsource generate:count=1 --rejected-to x |\n  ${text} |\n  sink old.csv --overwrite\n`,
      );
      const { stdout, stderr, codes } = await folder.run('tm run all.tm');
      const start = `tm run: all.tm: line ${message}`;
      expect(stderr.slice(0, start.length)).toBe(start);
      expect(stderr).toMatch(/^.*\n(?: {2}(?:hint|usage): .*\n)?$/);
      expect({ stdout, codes, files: folder.files() }).toEqual({
        stdout: '',
        codes: [2],
        files: ['all.tm', 'old.csv'],
      });
      expect(folder.read('old.csv')).toBe('old\n');
    }
  });
});

describe('--dry-run', () => {
  it('shows the stages with their arguments, for a shell and for tm run', async () => {
    const folder = new Folder();
    folder.write('a.log', '');
    folder.write("b's.log", '');
    const { stdout, stderr, codes } = await folder.run(
      `tm run --dry-run --quiet -e 'source *.log --format combined | combine "p = max(bytes)" $1 | window fixed 1m' -- --limit=3`,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
    expect(stdout).toBe(
      `# one process: source, combine, window
# writes a stream to standard output
tm source --quiet a.log 'b'\\''s.log' --format combined |
  tm combine --quiet 'p = max(bytes)' --limit=3 |
  tm window --quiet fixed 1m
`,
    );
    folder.write('shown.tm', stdout);
    expect((await folder.run('tm run --dry-run shown.tm')).stdout).toBe(stdout);
    const unfused = await folder.run(
      "tm run --dry-run --unfused --max-line 1MiB -e 'window fixed 1m | sink'",
    );
    expect(unfused.stdout).toBe(
      `# 2 processes joined by pipes: window, sink
# reads a stream from standard input
tm window --max-line=1048576 fixed 1m |
  tm sink --max-line=1048576
`,
    );
  });
});
