import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cut } from './messages.ts';
import { Folder } from './shell.ts';

const event = (second: number, key: string): string => `{"t":${second},"k":"${key}"}\n`;
const SOURCE = 'tm source --time t --time-format epoch-s --delay 0s';
const HEADER = (branch: string, ...commands: string[]): string =>
  `{"@stream":{"version":1,"commands":["source",${commands.map((name) => `"${name}"`).join(',')}],"bounded":true,` +
  `"watermark":{"delay":"PT0S","every":"PT1S"},"windowing":{"kind":"global"},"branch":"${branch}"}}\n`;
const LINES =
  '{"@t":"1970-01-01T00:00:01.000Z","t":1,"k":"a"}\n{"@watermark":"1970-01-01T00:00:01.000Z"}\n' +
  '{"@t":"1970-01-01T00:00:02.000Z","t":2,"k":"b"}\n{"@watermark":"1970-01-01T00:00:02.000Z"}\n';
const END = '{"@watermark":"end"}\n{"@end":"drained"}\n';
const INPUT = event(1, 'a') + event(2, 'b');

describe('tee', () => {
  it('writes the whole stream to each file, with markers in place', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(`${SOURCE} | tm tee one two`, INPUT);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0] });
    expect(stdout).toBe(HEADER('', 'tee') + LINES + END);
    expect(folder.read('one')).toBe(HEADER('tee.0', 'tee') + LINES + END);
    expect(folder.read('two')).toBe(HEADER('tee.1', 'tee') + LINES + END);
    const stored = await folder.run('tm source one --format stream | tm combine n=count | tm sink');
    expect(stored.stdout).toBe('{"n":2}\n');
  });

  it('gives a command in >(…) each event and watermark while the input stays open', async () => {
    const running = new Folder().start(
      `${SOURCE} | tm tee >(tm window fixed 10s | tm combine n=count | tm sink --meta drop >&2) | tm sink --meta drop`,
    );
    running.send(event(1, 'a') + event(12, 'b'));
    await running.said(event(1, 'a'));
    await running.told('{"n":1}\n');
    const { stdout, stderr } = await running.end().done;
    expect(stdout).toBe(event(1, 'a') + event(12, 'b'));
    expect(stderr).toBe('{"n":1}\n{"n":1}\n');
  });

  it('names branches of branches', async () => {
    const folder = new Folder();
    await folder.run(`${SOURCE} | tm tee >(tm tee inner > outer) | tm tee second > main`, INPUT);
    expect(folder.read('outer')).toBe(HEADER('tee.0', 'tee', 'tee') + LINES + END);
    expect(folder.read('inner')).toBe(HEADER('tee.0.tee-2.0', 'tee', 'tee') + LINES + END);
    expect(folder.read('second')).toBe(HEADER('tee-2.0', 'tee', 'tee') + LINES + END);
  });

  it('goes at the pace of a slow branch, and loses nothing', async () => {
    const folder = new Folder();
    const line =
      'tm source generate:count=60000,seed=1 | tm tee >(sleep 1; tm sink --meta drop | cksum > a) >(tm sink --meta drop | cksum > b)' +
      ' | tm sink --meta drop | cksum; wait';
    const { stdout, stderr } = await folder.run(line);
    expect(stderr).toBe('');
    expect([folder.read('a'), folder.read('b')]).toEqual([stdout, stdout]);
  });

  it('drops a branch whose reader has closed, and goes on with the others', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      'tm source generate:count=30000,seed=1 | tm tee >(head -1 > first) copy | tm combine n=count | tm sink',
    );
    expect({ stdout, stderr, codes }).toEqual({ stdout: '{"n":30000}\n', stderr: '', codes: [0, 0, 0, 0] });
    expect(folder.read('first').split('\n')).toHaveLength(2);
    expect(folder.read('copy')).toContain(END);
  });

  it('ends when standard output is read no more, and no branch passes for a whole stream', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(
      'tm source generate:count=300000,seed=1 | tm tee copy >(tm sink count.csv) | head -1 > first',
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(stderr).toBe(cut('sink'));
    expect(folder.files()).toEqual(['first']);
  });

  it('leaves no file of a stream that was cut off, and tells branches of it', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(
      `${SOURCE} | head -3 | tm tee copy >(tm sink out.csv) > main`,
      INPUT,
    );
    expect(codes).toEqual([0, 0, 3]);
    expect(stderr.split('\n').sort()).toEqual((cut('tee') + cut('sink')).split('\n').sort());
    expect(folder.files()).toEqual(['main']);
  });

  it('waits for the reader of a FIFO, in whatever order readers come', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(
      `mkfifo f g; (sleep 0.2; cat g > b) & (sleep 0.4; cat f > a) & ${SOURCE} | tm tee f g > main; wait`,
      INPUT,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
    expect(folder.read('a')).toBe(HEADER('tee.0', 'tee') + LINES + END);
    expect(folder.read('b')).toBe(HEADER('tee.1', 'tee') + LINES + END);
  });

  it('gives the same in one process as in a pipe', async () => {
    const folder = new Folder();
    const text = (name: string): string =>
      `source generate:count=500,seed=3 --delay 1s | window fixed 1m | tee ${name} | combine n=count | sink ${name}.csv`;
    const fused = await folder.run(`tm run -e '${text('fused')}'`);
    expect(fused).toEqual({ stdout: '', stderr: '', codes: [0] });
    await folder.run(text('piped').replaceAll(/\b(source|window|tee|combine|sink) /g, 'tm $1 '));
    expect(folder.read('fused')).toBe(folder.read('piped'));
    expect(folder.read('fused.csv')).toBe(folder.read('piped.csv'));
  });

  it('refuses a place that two branches would share, and standard output', async () => {
    const folder = new Folder();
    const twice = await folder.run('tm tee a a');
    expect(twice.codes).toEqual([2]);
    expect(twice.stderr).toContain('tm tee: a is named twice\n');
    const out = await folder.run('tm tee -');
    expect(out.codes).toEqual([2]);
    expect(out.stderr).toContain('tm tee: standard output is no place for a branch\n');
    const none = await folder.run(`${SOURCE} | tm tee no/such/place`, INPUT);
    expect(none.codes).toEqual([0, 1]);
    expect(none.stderr).toContain('tm tee: cannot write no/such/place: there is no directory no/such\n');
  });
});

describe('partition', () => {
  it('gives parts whose results together are those of the whole', async () => {
    const folder = new Folder();
    const group = 'tm combine --by host,status n=count';
    const { stderr, codes } = await folder.run(
      `tm source generate:count=3000,seed=2 --delay 5s | tm window fixed 5m | tm tee whole | tm partition 3 --by host,status --to 'part{}'`,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0] });
    const whole = await folder.run(`${group} < whole | tm sink | sort`);
    const parts = await folder.run(
      `mkfifo r0 r1 r2; for i in 0 1 2; do ${group} < part$i | tm sink r$i & done; cat r0 r1 r2 | sort`,
    );
    expect(whole.stdout.split('\n').length).toBeGreaterThan(100);
    expect(parts.stdout).toBe(whole.stdout);
    const joined = await folder.run(`tm source part? --format stream | ${group} | tm sink | sort`);
    expect(joined.stdout).toBe(whole.stdout);
  });

  it('takes a place for each part', async () => {
    const folder = new Folder();
    const { stdout, stderr } = await folder.run(
      `${SOURCE} | tm partition 2 --by k --to >(tm sink | sed 's/^/0 /') --to >(tm sink | sed 's/^/1 /')`,
      INPUT + event(3, 'a'),
    );
    expect(stderr).toBe('');
    const parts = new Map(stdout.split('\n').map((line) => [/"k":"(.)"/.exec(line)?.[1], line[0]]));
    expect(stdout.match(/"k":"a"/g)).toHaveLength(2);
    expect(stdout).toContain(`${parts.get('a')} {"t":1,"k":"a"}\n${parts.get('a')} {"t":3,"k":"a"}\n`);
  });

  it('fails when the reader of a part has closed, for what belongs there would be lost', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(
      `tm source generate:count=30000,seed=1 | tm partition 2 --by path --to >(head -1 > first) --to rest`,
    );
    expect(codes).toEqual([0, 1]);
    expect(stderr).toMatch(
      /^tm partition: \/dev\/fd\/\d+: its reader has closed before the end of its part\n/,
    );
    expect(folder.files()).toEqual(['first']);
  });

  it('says what it wants', async () => {
    const folder = new Folder();
    for (const [words, said] of [
      ["2 --to 'p{}'", '--by is missing: the fields whose events belong together'],
      ['2 --by k', '--to is missing: where the parts go'],
      ['2 --by k --to p', '--to names one place for 2 parts'],
      ["2 --by k --to 'p{}' --to q", '--to p{}: a place with {} is for all parts'],
      ["0 --by k --to 'p{}'", "'0' is no whole number from 1 on"],
      ["5000 --by k --to 'p{}'", '5000 parts are too many: 1000 may be open at a time'],
    ]) {
      const { stderr, codes } = await folder.run(`tm partition ${words}`);
      expect(codes).toEqual([2]);
      expect(stderr).toContain(`tm partition: ${said}\n`);
    }
  });
});

describe('branches of a pipe that keeps its state', () => {
  const kept = (run: string, more = ''): string =>
    `named source tm source log.ndjson --time @t --delay 5s ${run} ${more} | tm window fixed 10s`;

  it('have in their files what one run gives, behind kill -9 too', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=40000,step=20ms,disorder=5s | tm sink log.ndjson --meta keep');
    const rest = (name: string): string =>
      `named tee tm tee ${name}.copy | tm partition 2 --by host --to '${name}{}.part'`;
    await folder.run(`${kept('')} | ${rest('whole')}`);
    const line = (more: string): string => `${kept('--state st --checkpoint 20ms', more)} | ${rest('out')}`;
    for (const [i, name] of ['source', 'tee', 'source'].entries()) {
      fs.rmSync(join(folder.path, 'tee.pid'), { force: true });
      fs.rmSync(join(folder.path, 'source.pid'), { force: true });
      const running = folder.start(line(''));
      await running.pid('tee');
      await new Promise((resolve) => setTimeout(resolve, 150 + 60 * i));
      await running.kill(name, 'SIGKILL').catch(() => {});
      await running.done;
    }
    const last = await folder.run(line('--drain'));
    expect({ stderr: last.stderr, codes: last.codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0] });
    for (const name of ['.copy', '0.part', '1.part'])
      expect(folder.read(`out${name}`) === folder.read(`whole${name}`)).toBe(true);
  });

  it('end as suspended between two runs, in one process too', async () => {
    const folder = new Folder();
    const line = (name: string, more: string): string =>
      `tm run -e 'source log.ndjson --time t --time-format epoch-s --delay 0s --state ${name}.st ${more} | tee ${name} | sink ${name}.csv'`;
    folder.write('log.ndjson', event(1, 'a'));
    expect(await folder.run(line('out', ''))).toEqual({ stdout: '', stderr: '', codes: [0] });
    expect(folder.read('out')).toMatch(/"k":"a"}\n.*\n\{"@end":"suspended"\}\n$/);
    folder.append('log.ndjson', event(2, 'b'));
    await folder.run(line('out', '--drain'));
    await folder.run(line('whole', '--drain'));
    expect(folder.read('out')).toBe(folder.read('whole'));
    expect(folder.read('out')).toContain(END);
    const look = await folder.run('tm state out.st');
    expect(look.stdout).toContain('branch 0');
  });

  it('are files: others are refused before an event is read', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', event(1, 'a'));
    const { stderr, codes } = await folder.run(
      'tm source log.ndjson --time t --time-format epoch-s --delay 0s --state st | tm tee >(cat > copy) | tm sink out.csv',
    );
    expect(codes.slice(1)).toEqual([2, 3]);
    expect(stderr).toMatch(
      /tm tee: \/dev\/fd\/\d+ is no file, and where the source keeps state \(--state\) a branch is one\n {2}hint: /,
    );
    expect(folder.files()).toEqual(['copy', 'log.ndjson', 'st']);
  });

  it('refuse to go on with another number of parts', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', event(1, 'a'));
    const line = (parts: number): string =>
      `tm source log.ndjson --time t --time-format epoch-s --delay 0s --state st | tm partition ${parts} --by k --to 'p{}'`;
    expect((await folder.run(line(2))).codes).toEqual([0, 0]);
    const { stderr, codes } = await folder.run(line(3));
    expect(codes[1]).toBe(2);
    expect(stderr).toContain('st is of other arguments: N was 2 and is 3\n');
  });

  it('leave the files of another run alone when they have nothing to do', async () => {
    const folder = new Folder();
    const header = HEADER('', 'source').replace('"bounded":true', '"bounded":false,"skipped":true');
    folder.write('in', `${header}{"@end":"skipped"}\n`);
    folder.write('copy', 'of the other run\n');
    expect(await folder.run('tm tee copy >(cat > live) < in > main')).toEqual({
      stdout: '',
      stderr: '',
      codes: [0],
    });
    expect(folder.read('copy')).toBe('of the other run\n');
    expect(folder.read('live')).toContain('{"@end":"skipped"}\n');
    expect((await folder.run('tm dedup --by k --late-to copy < in > main')).codes).toEqual([0]);
    expect(folder.read('copy')).toBe('of the other run\n');
  });
});

describe('a FIFO that is never begun', () => {
  const SOURCE = 'tm source generate:count=3';
  it.each([
    ['of a wrong expression', `${SOURCE} | tm route f='nonsense(' g=true`],
    ['of a wrong option', `${SOURCE} | tm route f='status > 3' g=true --frob`],
    ['of a field that no event has', `${SOURCE} | tm route f='statsu > 3' g=true`],
    ['of parts without a key', `${SOURCE} | tm partition 2 --to f --to g`],
    [
      'of parts that are not told one by one',
      `ln -s g f1; ln -s f f0; ${SOURCE} | tm partition 2 --to 'f{}'`,
    ],
    ['of a source that fails', 'tm source none.ndjson | tm tee f g'],
    ['in a text', "tm run -e 'source generate:count=3 | tee f g | filter statsu==1'"],
  ])('%s does not keep its reader waiting', async (_what, line) => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      `mkfifo f g; { ${line} > out.stream & }; tm merge f g | tm combine n=count | tm sink`,
    );
    expect({ stdout, codes }).toEqual({ stdout: '', codes: [3, 3, 3] });
    expect(stderr).toMatch(/tm merge: input [12] \([fg]\): (no input|the input stopped)/);
  });

  it('is not waited for where the stream has been begun, and fails later', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', '{"t":1}\n{"t":2}\nno record\n');
    const { stdout, stderr } = await folder.run(
      'mkfifo f; { tm merge f > f.stream & }; tm source log.ndjson --time t --time-format epoch-s | tm tee f | tm sink; wait',
    );
    expect(stdout).toBe('{"t":1}\n{"t":2}\n');
    expect(stderr).toContain('tm merge: input 1 (f): the input stopped without @end');
  });
});
