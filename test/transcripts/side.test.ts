import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const WORDS = ['tide', 'a', 'lighthouse', 'ebb', 'of', 'sandbank', 'sea', 'current', 'by', 'moon'];

/** Words of ten windows, in each of them other ones. */
const words = Array.from(
  { length: 300 },
  (_, i) =>
    `{"t":${i * 2},"word":"${WORDS[(i * 7 + Math.floor(i / 30)) % WORDS.length]}${i % 3 === 0 ? 's' : ''}"}\n`,
).join('');

const READ = `tm source words.ndjson --time t --time-format epoch-s --delay 1s | tm window fixed 1m | tm map 'length = size(word)'`;
const AVERAGE = `${READ} | tm combine 'length = mean(length)'`;

describe('a side input', () => {
  it('divides words into those that are longer than the average of their window and the others', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    const { codes, stderr } = await folder.run(
      `${READ} | tm route --side average=<(${AVERAGE}) longer.stream='length > average.length' | tm sink shorter.ndjson && tm source --format stream longer.stream | tm sink longer.ndjson`,
    );
    expect({ failed: codes.some((code) => code !== 0), stderr }).toEqual({ failed: false, stderr: '' });
    const all = words
      .split('\n')
      .slice(0, -1)
      .map((line, i) => ({ word: (JSON.parse(line) as { word: string }).word, window: Math.floor(i / 30) }));
    const mean = (window: number): number => {
      const lengths = all.filter((each) => each.window === window).map(({ word }) => word.length);
      return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    };
    const expected = (longer: boolean): string[] =>
      all.filter(({ word, window }) => word.length > mean(window) === longer).map(({ word }) => word);
    const written = (name: string): string[] =>
      folder
        .read(name)
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { word: string }).word);
    expect(written('longer.ndjson')).toEqual(expected(true));
    expect(written('shorter.ndjson')).toEqual(expected(false));
  });

  it('is a stored stream too, also in tm run, and with state it must be one', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    await folder.run(`${AVERAGE} | tm sink --format stream average.stream`);
    const filter = `filter --side average=average.stream 'length > average.length'`;
    const piped = await folder.run(`${READ} | tm ${filter} | tm sink`);
    const fused = await folder.run(
      `tm run -e '${READ.replaceAll("'", '"')} | ${filter.replaceAll("'", '"')} | tm sink'`,
    );
    expect(fused.stdout).toBe(piped.stdout);
    expect(piped.stdout.split('\n').length).toBeGreaterThan(50);
    const kept = READ.replace('--delay 1s', '--delay 1s --state job');
    const whole = await folder.run(`${kept} | tm ${filter} | tm sink out.ndjson`);
    expect(whole.stderr).toBe('');
    const live = await folder.run(
      `${kept.replace('job', 'other')} | tm filter --side average=<(cat average.stream) 'length > average.length' | tm sink out2.ndjson`,
    );
    expect(live.stderr).toContain(
      '--side average: with --state it is a file, which the next run can read again',
    );
  });

  it('is at hand for functions, which give the same when the pipe was stopped and goes on', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    folder.write(
      'longer.mjs',
      `export default (event, { side: { average, lengths } }) =>
        event.length > average.length ? { word: event.word, same: lengths.get(event.length).n } : null;`,
    );
    await folder.run(`${AVERAGE} | tm sink --format stream average.stream`);
    await folder.run(`${READ} | tm combine --by length n=count | tm sink --format stream lengths.stream`);
    const map =
      'tm map --js ./longer.mjs --side average=average.stream --side lengths[length]=lengths.stream';
    const piped = await folder.run(`${READ} | ${map} | tm sink`);
    expect(piped.stderr).toBe('');
    expect(piped.stdout.split('\n').length).toBeGreaterThan(50);
    const fused = await folder.run(`tm run -e '${READ.replaceAll("'", '"')} | ${map} | tm sink'`);
    expect(fused.stdout).toBe(piped.stdout);
    const kept = `${READ.replace('--delay 1s', '--delay 1s --state job')} | ${map} | tm sink out.ndjson`;
    const half = words.split('\n').slice(0, 137).join('\n');
    folder.write('words.ndjson', `${half}\n`);
    await folder.run(kept);
    folder.write('more', words.slice(half.length + 1));
    await folder.run('cat more >> words.ndjson');
    const { stderr } = await folder.run(kept);
    expect(stderr).toBe('');
    expect(folder.read('out.ndjson')).toBe(piped.stdout);
  });

  it('leaves out what comes too late also where the run before has seen how late it is', async () => {
    const folder = new Folder();
    const line = (t: number): string => `{"t":${t},"word":"tide"}\n`;
    folder.write('words.ndjson', line(1) + line(130));
    await folder.run(`${AVERAGE} | tm sink --format stream average.stream`);
    const kept = READ.replace('--delay 1s', '--delay 1s --state job');
    const filter = "tm filter --side average=average.stream 'length >= average.length'";
    await folder.run(`${kept} | ${filter} | tm sink out.ndjson`);
    folder.write('more', line(2));
    await folder.run('cat more >> words.ndjson');
    const { stderr } = await folder.run(`${kept} | ${filter} | tm sink out.ndjson`);
    expect(stderr).toContain('the event is too late: average is not held for its window any more');
    expect(folder.read('out.ndjson').split('\n')).toHaveLength(3);
  });

  it('is made by stages in <(…) of a text, in one process or several, as in a shell', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    const text = `${READ} | tm filter 'length > average.length' --side average=<(${AVERAGE}) | tm map --only word 'n = all.size()' --side 'all[]'=<(${READ}) | tm sink`;
    folder.write('longer.tm', text);
    const piped = await folder.run(text);
    expect(piped.stdout.split('\n').length).toBeGreaterThan(50);
    for (const options of ['', '--unfused']) {
      const { stdout, stderr, codes } = await folder.run(`tm run ${options} longer.tm`);
      expect({ stdout, stderr, codes }).toEqual({ stdout: piped.stdout, stderr: '', codes: [0] });
    }
    // What is shown is a text again, for both.
    await folder.run('tm run --dry-run longer.tm > again.tm');
    for (const shell of ['tm run', 'bash'])
      expect((await folder.run(`${shell} again.tm`)).stdout).toBe(piped.stdout);
  });

  it('that has no end is left when nobody looks into it any more, and interrupted with the others', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    const side =
      'source generate:count=inf,start=1970-01-01T00:00:00Z --delay 1s | window fixed 1m | combine n=count';
    const text = (rate: string): string =>
      `${READ} | tm filter 'length > average.n' --side average=<(${side.replace('inf', `inf${rate}`)}) | tm combine n=count | tm sink`;
    folder.write('ends.tm', text(''));
    folder.write('waits.tm', text(',rate=1'));
    const expected = { stdout: '', stderr: '', codes: [0] };
    for (const options of ['', '--unfused'])
      expect(await folder.run(`tm run ${options} ends.tm`)).toEqual(expected);
    for (const options of ['', '--unfused']) {
      const running = folder.start(`named run tm run ${options} waits.tm | cat`);
      await running.pid('run');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await running.kill('run', 'SIGINT');
      expect(await running.done).toEqual({ stdout: '', stderr: '', codes: [130, 0] });
    }
  });

  it('whose stages fail is told with both, and what is wrong in it with its name', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', `${words}no record\n`);
    const run = (side: string): ReturnType<Folder['run']> => {
      folder.write('wrong.tm', `${READ.replace('300', '1')} --side average=<(${side}) | tm sink`);
      return folder.run('tm run wrong.tm');
    };
    const failed = await run(`${READ} | tm combine n=count`);
    expect(failed).toMatchObject({ stdout: '', codes: [1] });
    expect(failed.stderr).toContain('tm source: words.ndjson: line 301');
    folder.write('words.ndjson', words);
    const second = await run(READ);
    expect(second.codes).toEqual([1]);
    expect(second.stderr).toContain('tm map: side input average: there is a second event in the window');
    expect(second.stderr).not.toContain('tm average');
    expect((await run(`${READ.replace('1s', '1s --state kept')} | tm combine n=count`)).stderr).toContain(
      'tm source: --state: a side input is read again by each run, and keeps no state',
    );
    expect((await run('tm filter true')).stderr).toContain('a pipeline in <(…) begins with what it reads');
    expect(folder.files()).toEqual(['words.ndjson', 'wrong.tm']);
  });

  it('that is missing, no stream, or cut off is told with its name', async () => {
    const folder = new Folder();
    folder.write('words.ndjson', words);
    const filter = (side: string): Promise<{ stderr: string }> =>
      folder.run(`${READ} | tm filter --side 'a=${side}' 'length > a.length' 2>&1 >out | grep filter >&2`);
    expect((await filter('none.stream')).stderr).toContain('side input a: no such file: none.stream');
    expect((await filter('words.ndjson')).stderr).toContain('side input a: line 1: the line has no @t');
    await folder.run(`${AVERAGE} | head -3 > cut.stream`);
    expect((await filter('cut.stream')).stderr).toContain('side input a: the input stopped without @end');
  });
});
