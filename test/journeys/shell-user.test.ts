import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOfExamples, shell, start, until } from './journey.ts';

/** Somebody has a log and a question, and types one line after the other. */
describe('a shell user', () => {
  let folder: string;

  beforeEach(() => {
    folder = folderOfExamples();
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const run = (line: string) => shell(line, folder);

  it('asks what there is, and for help with one command', async () => {
    const overview = await run('tm --help');
    expect(overview.code).toBe(0);
    for (const name of ['source', 'window', 'dedup', 'sort', 'combine', 'enrich', 'sink', 'run']) {
      expect(overview.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
      const help = await run(`tm ${name} --help`);
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`tm ${name}`);
      expect(await run(`tm-${name} --help`)).toEqual(help);
    }
  });

  it('looks at the first events of a log, and stops there', async () => {
    const { code, stdout, stderr } = await run('tm source access.log --format combined | head -n 3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header, ...events] = stdout.trim().split('\n');
    expect(JSON.parse(header!)).toMatchObject({ '@stream': { commands: ['source'], bounded: true } });
    for (const line of events) expect(line).toMatch(/^\{"@t":"2026-03-14T10:.*"method":"GET"/);
  });

  it('mistypes a command, an option, a kind, an aggregate, and is told what was meant', async () => {
    for (const [line, meant] of [
      ['tm sorce access.log', 'source'],
      ['tm source access.log --fromat combined', '--format'],
      ['tm window fxied 5m', 'fixed'],
      ['tm combine n=cuont', 'count'],
      ['tm combine avg(bytes)', 'mean'],
      ['tm window fixed 5', '5m'],
      ['tm source - --time-format epoch', 'epoch-s'],
    ] as const) {
      const { code, stdout, stderr } = await run(
        line.includes('(') ? line.replace(/ (\S+)$/, " '$1'") : line,
      );
      expect({ line, code, stdout }).toEqual({ line, code: 2, stdout: '' });
      expect(stderr).toMatch(/^tm.*: .*\n(?: {2}(?:hint|usage): .*\n)?$/);
      expect(stderr).toContain(meant);
    }
  });

  it('forgets to name the time, follows the hint, and has an answer', async () => {
    const wrong = await run('tm source events.ndjson | tm combine --by gauge n=count | tm sink');
    expect(wrong.code).toBe(3);
    expect(wrong.stdout).toBe('');
    const [what, hint] = wrong.stderr.split('\n');
    expect(what).toBe('tm source: which member holds the event time of events.ndjson?');
    expect(hint).toBe('  hint: --time ts');
    const right = await run('tm source events.ndjson --time ts | tm combine --by gauge n=count | tm sink');
    expect(right).toEqual({
      code: 0,
      stdout: '{"gauge":"bremerhaven","n":4}\n{"gauge":"cuxhaven","n":4}\n',
      stderr: '',
    });
  });

  it('gives too small a delay, follows the hint, and nothing is late any more', async () => {
    const pipe = (delay: string) =>
      run(
        `tm source access.log --format combined --delay ${delay} | tm window fixed 10s |` +
          " tm combine n=count | tm sink --template '{n}'",
      );
    const total = (stdout: string) => stdout.split('\n').reduce((sum, line) => sum + Number(line), 0);
    const hasty = await pipe('0s');
    expect(hasty.code).toBe(0);
    const [, late, delay] = /^tm combine: (\d+) events were late.*\n {2}hint: --delay (\w+) /.exec(
      hasty.stderr,
    )!;
    expect(total(hasty.stdout) + Number(late)).toBe(240);
    const patient = await pipe(delay!);
    expect(patient.stderr).toBe('');
    expect(total(patient.stdout)).toBe(240);
  });

  it('puts results into a file that is there whole or not at all, and never replaces one unasked', async () => {
    const pipe = (log: string, sink: string) =>
      run(`tm source ${log} --format combined | tm combine --by status n=count | ${sink}`);
    expect((await pipe('no.log', 'tm sink status.csv')).code).toBe(3);
    expect(fs.existsSync(join(folder, 'status.csv'))).toBe(false);
    expect(await pipe('access.log', 'tm sink status.csv')).toEqual({ code: 0, stdout: '', stderr: '' });
    const whole = fs.readFileSync(join(folder, 'status.csv'), 'utf8');
    expect(whole).toMatch(/^status,n\n200,\d+\n304,\d+\n404,\d+\n503,\d+\n$/);
    const again = await pipe('access.log', 'tm sink status.csv');
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(
      /^tm sink: status.csv exists and is not empty\n {2}hint: .*--append.*--overwrite/,
    );
    expect((await pipe('no.log', 'tm sink status.csv --overwrite')).code).toBe(3);
    expect(fs.readFileSync(join(folder, 'status.csv'), 'utf8')).toBe(whole);
    expect(fs.readdirSync(folder).filter((name) => name.includes('tidemark-'))).toEqual([]);
  });

  it('keeps what cannot be read apart, and counts the rest', async () => {
    fs.appendFileSync(join(folder, 'access.log'), 'this is no line of a log\n');
    const pipe = (options: string) =>
      run(`tm source access.log --format combined ${options} | tm combine n=count | tm sink --meta drop`);
    const strict = await pipe('');
    expect(strict.code).toBe(3);
    expect(strict.stderr).toMatch(/^tm source: access.log: line 241, .*\n {2}hint: --on-reject skip/);
    const lenient = await pipe('--rejected-to bad.log');
    expect(lenient).toMatchObject({ code: 0, stdout: '{"n":240}\n' });
    expect(lenient.stderr).toMatch(/^tm source: access.log: line 241.* is left out: /);
    expect(fs.readFileSync(join(folder, 'bad.log'), 'utf8')).toBe('this is no line of a log\n');
  });

  it('follows a log that grows, sees each minute as it ends, and stops with Ctrl-C', async () => {
    const lines = fs.readFileSync(join(folder, 'access.log'), 'utf8').split(/^/m);
    fs.writeFileSync(join(folder, 'live.log'), lines.slice(0, 60).join(''));
    const following = start(
      '/bin/sh',
      [
        '-c',
        'tm source live.log --format combined --follow --delay 50s |' +
          " tm window fixed 1m | tm combine n=count | tm sink --template '{window_start} {n}'",
      ],
      folder,
    );
    await until(() => following.said().includes('T10:01:00'), 'the minutes of the first lines have ended');
    expect(following.said()).not.toContain('T10:09:00');
    fs.appendFileSync(join(folder, 'live.log'), lines.slice(60).join(''));
    await until(() => following.said().includes('T10:12:00'), 'the minutes of the other lines have ended');
    following.kill('SIGINT');
    const { stdout, stderr } = await following.done;
    expect(stderr).toBe('');
    // The last minutes were not over: nothing half true is written.
    expect(stdout).not.toContain('T10:14:00');
    const batch = await shell(
      "tm source access.log --format combined | tm window fixed 1m | tm combine n=count | tm sink --template '{window_start} {n}'",
      folder,
    );
    expect(batch.stdout.startsWith(stdout)).toBe(true);
  });

  it('keeps a pipe that has proved itself as a program', async () => {
    const program = await run('./traffic.tm access.log');
    expect(program).toMatchObject({ code: 0, stderr: '' });
    expect(program.stdout.split('\n')).toHaveLength(16);
    // The same text in a shell, and by processes, says the same.
    expect(await run('sh traffic.tm access.log')).toEqual(program);
    expect(await run('tm run --unfused traffic.tm access.log')).toEqual(program);
    expect(await run('./traffic.tm < access.log')).toEqual(program);
    expect((await run('SIZE=15m ./traffic.tm access.log')).stdout.split('\n')).toHaveLength(6);
  });

  it('looks at what flows by with tee, and changes nothing by it', async () => {
    const plain =
      'tm source access.log --format combined | tm window fixed 5m | tm combine n=count | tm sink';
    const watched = plain.replace(' | tm combine', ' | tee seen.ndjson | tm combine');
    expect(await run(watched)).toEqual(await run(plain));
    const seen = fs.readFileSync(join(folder, 'seen.ndjson'), 'utf8').trim().split('\n');
    expect(seen).toHaveLength(243);
    expect(await run('tm combine n=count < seen.ndjson | tm sink')).toEqual(await run(plain));
  });
});
