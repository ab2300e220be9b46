import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder, hasProgram, pause } from './shell.ts';

const withJq = it.runIf(hasProgram('jq'));

const event = (second: number, key: string): string => `{"t":${second},"k":"${key}"}\n`;
const SOURCE = 'tm source --time t --time-format epoch-s --delay 0s';
const INPUT = event(1, 'a') + event(2, 'b') + event(12, 'a');
const COUNTS = 'tm window fixed 10s | tm combine n=count | tm sink --meta drop';

/** What `tm apply` says and how it ends, with the events of INPUT before it. */
async function failing(words: string): Promise<{ stderr: string; code: number | undefined }> {
  const { stderr, codes } = await new Folder().run(`${SOURCE} | tm apply ${words} > out`, INPUT);
  return { stderr, code: codes[1] };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('apply', () => {
  withJq('has a filter drop and change events, and keeps the markers', async () => {
    const { stdout, stderr, codes } = await new Folder().run(
      `${SOURCE} | tm apply -- jq -c 'select(.k == "a") | .v = 1' | tm sink --meta drop`,
      INPUT,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
    expect(stdout).toBe('{"t":1,"k":"a","v":1}\n{"t":12,"k":"a","v":1}\n');
  });

  it('lets a program write any number of lines, in any order, before the watermarks', async () => {
    const { stdout } = await new Folder().run(`${SOURCE} | tm apply -- sort -r | ${COUNTS}`, INPUT);
    expect(stdout).toBe('{"n":2}\n{"n":1}\n');
  });

  it('keeps watermarks between lines with --lines, and lets events out at once', async () => {
    const running = new Folder().start(`${SOURCE} | tm apply --lines -- sed -u 's/"k"/"key"/' | ${COUNTS}`);
    running.send(INPUT);
    await running.said('{"n":2}\n');
    const { stdout, stderr, codes } = await running.end().done;
    expect(stdout).toBe('{"n":2}\n{"n":1}\n');
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0, 0] });
  });

  it('gives the same in one process as in a pipe, and through cat what there was', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=40000,seed=4 --delay 2s > in');
    const text = 'apply --lines -- cat | window fixed 1m | apply -- sh -c "cat; echo done >&2"';
    const fused = await folder.run(`tm run -e '${text}' < in > fused`);
    const piped = await folder.run(`tm run --unfused -e '${text}' < in > piped`);
    expect(fused).toEqual({ stdout: '', stderr: 'tm apply: sh: done\n', codes: [0] });
    expect(piped.stderr).toBe('tm apply: sh: done\n');
    expect(folder.read('fused') === folder.read('piped')).toBe(true);
    await folder.run('tm apply --lines -- cat < in > lines');
    const before = folder.read('in').replace(/,"schema":.*?\}(?=\}\}\n)/, '');
    expect(folder.read('lines') === before.replace('["source"]', '["source","apply"]')).toBe(true);
  });

  it('is in nobody’s way: a program that writes more than it reads, and a reader that is slow', async () => {
    const { stdout } = await new Folder().run(
      `tm source generate:count=30000,seed=4 | tm apply -- sh -c 'while read -r l; do echo "$l"; echo "$l"; echo "$l"; done' | (sleep 1; tm combine n=count) | tm sink`,
    );
    expect(stdout).toBe('{"n":90000}\n');
  });

  it('tells how the program ended, and what it said', async () => {
    expect(await failing("-- sh -c 'echo no such field >&2; exit 5'")).toEqual({
      code: 1,
      stderr:
        'tm apply: sh: no such field\n' +
        'tm apply: sh has ended with the status 5: no such field\n' +
        '  hint: try it alone on a line of the stream: sh -c echo no such field >&2; exit 5\n',
    });
    expect((await failing("-- sh -c 'kill -9 $$'")).stderr).toContain('tm apply: sh was ended by SIGKILL\n');
    expect((await failing('-- grep nothing')).stderr).toContain(
      "hint: that is how grep says that no line matched; where that is fine: sh -c 'grep PATTERN || test $? = 1'\n",
    );
    expect((await failing('-- head -1')).code).toBe(0);
  });

  it('names a program that there is not', async () => {
    expect(await failing('-- no-such-program')).toEqual({
      code: 1,
      stderr:
        'tm apply: there is no program no-such-program\n  hint: see that it is in the PATH, or give its path\n',
    });
    expect((await failing("-- 'sort | uniq'")).stderr).toContain(
      "hint: what a shell is to read stands behind sh -c: -- sh -c 'sort | uniq'\n",
    );
  });

  it('names the line that the program wrote and that is no event', async () => {
    expect(await failing("-- sed '2s/@t/time/'")).toEqual({
      code: 1,
      stderr:
        'tm apply: line 2 that sed wrote: the line has no @t\n' +
        '  hint: it is given a JSON object a line, and is to write such lines, with @t and @w as it has read them\n',
    });
    expect((await failing("-- sed 's/{//'")).stderr).toContain(
      'tm apply: line 1, column 1, that sed wrote: the line is no JSON object\n',
    );
  });

  it('tells of a program that keeps lines in a buffer', async () => {
    const folder = new Folder();
    const running = folder.start(`${SOURCE} | tm apply --lines --timeout 500ms -- sed 's/a/b/' > out`);
    running.send(INPUT);
    await running.told('sed has written nothing for 500ms, and owes 3 lines');
    const { stderr, codes } = await running.end().done;
    expect(codes[1]).toBe(1);
    expect(stderr).toContain(
      'hint: have it write line by line: sed -u; --timeout gives a slow command more time\n',
    );
  });

  it('tells of a program that had enough though a line was wanted for each', async () => {
    const running = new Folder().start(`${SOURCE} | tm apply --lines -- sed -u 1q | tm sink --meta drop`);
    running.send(event(1, 'a'));
    await running.said('"k":"a"');
    running.send(event(2, 'b'));
    const { stderr, codes } = await running.end().done;
    expect(codes[1]).toBe(1);
    expect(stderr).toContain('tm apply: sed reads no more, and wrote 1 line fewer than it was given\n');
  });

  it('ends quietly with its program when nobody reads on', async () => {
    const { stdout, stderr, codes } = await new Folder().run(
      'tm source generate:count=300000,seed=4 | tm apply -- cat | head -1 | wc -l',
    );
    expect({ stdout: stdout.trim(), stderr, codes }).toEqual({
      stdout: '1',
      stderr: '',
      codes: [0, 0, 0, 0],
    });
  });

  it('leaves no program behind when it is killed, and shields it from Ctrl-C', async () => {
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const folder = new Folder();
      const running = folder.start(
        `named source ${SOURCE} | named apply tm apply --lines -- sh -c 'echo $$ > child; exec sed -u s/a/b/' | tm sink --meta drop`,
      );
      running.send(INPUT);
      await running.said('"k":"b"');
      const child = Number(fs.readFileSync(join(folder.path, 'child'), 'utf8'));
      expect(isAlive(child)).toBe(true);
      if (signal === 'SIGKILL') await running.kill('apply', signal);
      else running.killAll(signal);
      if (signal === 'SIGKILL') running.end();
      const { stderr, codes } = await running.done;
      for (let i = 0; i < 100 && isAlive(child); i++) await pause(20);
      expect(isAlive(child)).toBe(false);
      if (signal === 'SIGINT') {
        expect(stderr).not.toContain('sed');
        expect(codes[0]).toBe(130);
      }
    }
  });

  it('starts the program anew at each checkpoint of a pipe that keeps its state', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', INPUT);
    const line = (more: string): string =>
      `tm source log.ndjson --time t --time-format epoch-s --delay 0s --state st ${more} | tm apply -- sh -c 'echo x >> starts; sed s/a/A/' | tm window fixed 10s | tm combine --by k n=count | tm sink out.ndjson --meta drop`;
    expect((await folder.run(line(''))).stderr).toBe('');
    folder.append('log.ndjson', event(14, 'a'));
    const { stderr, codes } = await folder.run(line('--drain'));
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0, 0] });
    expect(folder.read('out.ndjson')).toBe('{"k":"A","n":1}\n{"k":"b","n":1}\n{"k":"A","n":2}\n');
    expect(folder.read('starts')).toBe('x\nx\n');
  });
});
