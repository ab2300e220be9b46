import { describe, expect, it } from 'vitest';
import { Folder, pause } from './shell.ts';

const CASE = `=== counts
--- pipeline
source --time t --time-format epoch-s | combine n=count | sink --meta drop
--- input
{"t":1}
{"t":2}
--- output
{"n":2}
`;

describe('tm test', () => {
  it('runs cases of files and folders, and says nothing of those that pass but how many there are', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      'mkdir -p tests/deep tests/node_modules; cat > a.tmtest; cp a.tmtest tests/deep/b.tmtest; cp a.tmtest tests/node_modules/c.tmtest; cp a.tmtest tests/d.txt; tm test a.tmtest tests; cd tests; tm test; tm test --quiet d.txt',
      CASE,
    );
    expect(stdout).toBe('2 cases in 2 files: all passed\n1 case in 1 file: all passed\n');
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
  });

  it('shows what differs with its place, and exits 1', async () => {
    const folder = new Folder();
    folder.write(
      'a.tmtest',
      `${CASE}\n=== with a file\n--- pipeline\nsource --time t --time-format epoch-s --rejected-to bad.txt | sink --meta drop
--- input
{"t":1,"a":"x"}
{"t":2}
{"t":3}
{"t":4}
{"t":5}
{"t":6}
oops
--- output
{"t":1,"a":"x"}
{"t":2}
{"t":3}
{"t":4}
{"t":5.0}
{"t":6}
--- output bad.txt
--- output none.txt
`,
    );
    const { stdout, stderr, codes } = await folder.run('tm test a.tmtest');
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^a\.tmtest: line 10: with a file: messages differ: - expected, \+ found\n {2}\+ tm source: .*left out.*\n/,
    );
    expect(stdout).toContain(`a.tmtest: line 10: with a file: output differs: - expected, + found
  …
    {"t":3}
    {"t":4}
  - {"t":5.0}
  + {"t":5}
    {"t":6}
  hint: as values of JSON they are equal: --- output as json
a.tmtest: line 10: with a file: bad.txt differs: - expected, + found
  + oops
a.tmtest: line 10: with a file: none.txt was not written
2 cases in 1 file: 1 failed
`);
    expect(codes).toEqual([1]);
    expect((await folder.run('tm test a.tmtest --only counts')).codes).toEqual([0]);
  });

  it('says what to do about what a newcomer trips over', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', '{"t":1}\n');
    folder.write(
      'count.tm',
      'source "$1" --time t --time-format epoch-s | combine n=count | sink out.ndjson',
    );
    const written = (
      pipeline: string,
      rest = '',
    ): Promise<{ stdout: string; stderr: string; codes: readonly number[] }> => {
      folder.write('a.tmtest', `=== it\n--- pipeline\n${pipeline}\n${rest}`);
      return folder.run('tm test a.tmtest');
    };
    const beside = 'is beside the test file: name it below --- files, and the run finds it\n';
    expect((await written('run count.tm log.ndjson')).stdout).toContain(`  hint: count.tm ${beside}`);
    expect((await written('source log.ndjson --time t | sink')).stdout).toContain(
      `  hint: log.ndjson ${beside}`,
    );
    expect((await written('source none.ndjson --time t | sink')).stdout).not.toContain('beside');
    const other = await written(
      'run count.tm log.ndjson',
      '--- files\ncount.tm log.ndjson\n--- output out.ndjson\n{ "n": 1 }\n',
    );
    expect(other.stdout).toContain(
      '  hint: as values of JSON they are equal: --- output out.ndjson as json\n',
    );
    expect((await written('sink', '--- expected\n')).stderr).toBe(
      "tm test: a.tmtest: line 4: there is no section 'expected'\n  hint: write --- output\n",
    );
    const pipeline = await folder.run('tm test count.tm');
    expect(pipeline.stderr).toContain('hint: sections begin with --- pipeline, --- input, --- output');
  });

  it('writes with --update what the cases have come to', async () => {
    const folder = new Folder();
    folder.write(
      'a.tmtest',
      CASE.replace('{"n":2}', '{"n":3}').replace('=== counts', '# Two events.\n=== counts'),
    );
    const updated = await folder.run('tm test --update a.tmtest');
    expect(updated).toEqual({
      stdout: 'a.tmtest: written anew\n1 case in 1 file: all passed\n',
      stderr: '',
      codes: [0],
    });
    expect(folder.read('a.tmtest')).toBe(`# Two events.\n${CASE}`);
    expect((await folder.run('tm test --update')).stdout).toBe('1 case in 1 file: all passed\n');
  });

  it('has a clock that stands, and goes on for who waits', async () => {
    const folder = new Folder();
    folder.write(
      'clock.tmtest',
      `--- clock 2026-03-14T10:00:00+01:00
--- pipeline
source --time arrival | throttle 1/h | map 'at = string(event_time())' | sink --meta drop
--- input
{"a":1}
{"a":2}
{"a":3}
--- output
{"a":1,"at":"2026-03-14T09:00:00.000Z"}
{"a":2,"at":"2026-03-14T09:00:00.000Z"}
{"a":3,"at":"2026-03-14T09:00:00.000Z"}
`,
    );
    const { stdout, codes } = await folder.run('tm test');
    expect({ stdout, codes }).toEqual({ stdout: '1 case in 1 file: all passed\n', codes: [0] });
    const unfused = await folder.run("tm run --unfused --clock 2026-03-14T10:00:00Z -e 'sink'");
    expect(unfused.stderr).toMatch(/^tm run: --clock is for one process/);
  });

  it('runs in a folder of its own, with the files and variables that it names', async () => {
    const folder = new Folder();
    await folder.run('mkdir -p tests/data "tests/[x]"');
    folder.write('part.tm', 'combine n=count "who = first(name)"');
    folder.write('tests/data/names.csv', 'id,name\n1,one\n');
    folder.write(
      'tests/a.tmtest',
      `--- files
../part.tm data/*.csv
--- variables
# The table.
TABLE=data/names.csv
HERE=
--- pipeline
source --time none | enrich table $TABLE --by id --columns name | run part.tm | sink x.ndjson
--- input
{"id":1}
--- output x.ndjson as json
{"who":"one","n":1}
`,
    );
    const all = await folder.run(
      'cp tests/a.tmtest "tests/[x]/"; sed -i "s|data/\\*|../data/*|; s|../part|../../part|; s|=data/|=|" "tests/[x]/a.tmtest"; NOISE=1 tm test',
    );
    expect(all).toEqual({ stdout: '2 cases in 2 files: all passed\n', stderr: '', codes: [0] });
    expect(folder.files()).toEqual(['part.tm', 'tests']);
    folder.write('tests/a.tmtest', '--- files\npart.tm\n--- pipeline\nsink\n');
    const { stderr, codes } = await folder.run('tm test tests/a.tmtest');
    expect(stderr).toMatch(
      /^tm test: tests\/a\.tmtest: line 2: there is no part\.tm beside the test\n {2}hint: /,
    );
    expect(codes).toEqual([2]);
  });

  it('ends a case that takes too long, and all that it has started', async () => {
    const folder = new Folder();
    folder.write(
      'a.tmtest',
      `${CASE}\n=== endless\n--- pipeline\nsource generate:rate=1 | apply -- cat | sink --meta drop\n`,
    );
    const { stdout, codes } = await folder.run('tm test --time-limit 2s');
    expect(stdout).toBe(
      'a.tmtest: line 10: endless: it took too long (--time-limit)\n2 cases in 1 file: 1 failed\n',
    );
    expect(codes).toEqual([1]);
  });

  it('that is interrupted leaves nothing behind', async () => {
    const folder = new Folder();
    folder.write('a.tmtest', '--- pipeline\nsource generate:rate=1 | sink begun\n');
    await folder.run('mkdir tmp');
    const running = folder.start('(TMPDIR=$PWD/tmp named test tm test a.tmtest)');
    await pause(1500);
    await running.kill('test', 'SIGINT');
    const { codes } = await running.done;
    expect(codes).toEqual([130]);
    expect((await folder.run('ls tmp')).stdout).toBe('');
  });

  it('tells what it cannot run before it runs anything', async () => {
    const folder = new Folder();
    folder.write('bad.tmtest', 'x\n');
    folder.write('good.tmtest', CASE);
    for (const [words, message, code] of [
      ['bad.tmtest good.tmtest', 'bad.tmtest: line 1: this line is of no section', 2],
      ['missing.tmtest', 'cannot read missing.tmtest: no such file or directory', 1],
      ['good.tmtest --only bad', "no case has 'bad' in its name", 2],
    ] as const) {
      const { stdout, stderr, codes } = await folder.run(`tm test ${words}`);
      expect(stdout).toBe('');
      expect(stderr.startsWith(`tm test: ${message}\n`)).toBe(true);
      expect(codes).toEqual([code]);
    }
    const none = await folder.run('mkdir empty; cd empty; tm test');
    expect(none.stderr).toMatch(/^tm test: there is no test file: \*\.tmtest\n/);
  });
});
