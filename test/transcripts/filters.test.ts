import { describe, expect, it } from 'vitest';
import { cut, nothing } from './messages.ts';
import { Folder, hasProgram } from './shell.ts';

const withJq = it.runIf(hasProgram('jq'));

const EVENTS = [
  { t: '2020-01-01T00:00:01Z', k: 'a', v: 1 },
  { t: '2020-01-01T00:00:02Z', k: 'b', v: 2 },
  { t: '2020-01-01T00:00:12Z', k: 'a', v: 3 },
  { t: '2020-01-01T00:00:31Z', k: 'a', v: 4 },
];
const LINES = EVENTS.map((event) => `${JSON.stringify(event)}\n`).join('');

const SOURCE = 'tm source - --time t --delay 0s';
const COUNTS = 'tm combine --by k n=count | tm sink --format csv';

/** What the source writes for the events: made once, a process is dear. */
let made: Promise<string> | undefined;
const stored = (): Promise<string> => (made ??= new Folder().run(SOURCE, LINES).then(({ stdout }) => stdout));

/** What comes of the stream behind a filter; with options of the command that the filter stands before. */
const filtered = async (filter: string, options = '') =>
  new Folder().run(`${filter} | tm combine --by k n=count ${options} | tm sink --format csv`, await stored());

const PLAIN =
  'tm combine: the input has no @stream line: its end is taken for complete, which cannot be known without markers\n';
const KEEPS_MARKERS = 'tm apply -- FILTER gives it the events alone, and keeps markers in place';

const ALL = 'k,n\na,3\nb,1\n';

describe('a filter between the commands', () => {
  withJq('may print every line anew, as jq does', async () => {
    expect(await filtered('jq -c .')).toEqual({ stdout: ALL, stderr: '', codes: [0, 0, 0] });
  });

  withJq('may add members to events and markers', async () => {
    expect(await filtered("jq -c '.x = 1'")).toEqual({ stdout: ALL, stderr: '', codes: [0, 0, 0] });
  });

  withJq('may write members in another order, with white space and CRLF', async () => {
    const filter = `jq -c --sort-keys . | sed 's/,"/ , "/g; s/$/\\r/'`;
    expect(await filtered(filter)).toEqual({ stdout: ALL, stderr: '', codes: [0, 0, 0, 0] });
  });

  withJq('may drop events and keep the markers', async () => {
    const filter = `jq -c 'if has("@t") then select(.v > 1) else . end'`;
    const expected = { stdout: 'k,n\na,2\nb,1\n', stderr: '', codes: [0, 0, 0] };
    expect(await filtered(filter)).toEqual(expected);
  });

  withJq(
    'that drops all markers makes a plain stream, whose end is taken for complete, as is told once',
    async () => {
      const expected = { stdout: 'k,n\na,3\n', stderr: PLAIN, codes: [0, 0, 0] };
      expect(await filtered(`grep '"k":"a"'`)).toEqual(expected);
      expect(await filtered(`jq -c 'select(.k == "a")'`)).toEqual(expected);
    },
  );

  it('that drops the watermarks alone leaves a stream that is complete at its end', async () => {
    expect(await filtered(`grep -v '@watermark'`)).toEqual({
      stdout: ALL,
      stderr: '',
      codes: [0, 0, 0],
    });
  });

  it('that drops the first line alone is told of, with the filter that would keep it', async () => {
    const { stdout, stderr, codes } = await filtered(`grep -v '@stream'`);
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toContain(
      'tm combine: line 2: a @watermark line in a stream without a @stream line\n  hint: ',
    );
    expect(stderr).toContain(KEEPS_MARKERS);
  });

  it('that drops the last line has cut the stream off', async () => {
    const { stderr, codes } = await filtered(`grep -v '@end'`);
    expect(codes).toEqual([0, 3, 3]);
    expect(stderr).toBe(cut('combine') + cut('sink'));
  });

  it('that drops the last line has ended it where --eof drain says so', async () => {
    const expected = { stdout: ALL, stderr: '', codes: [0, 0, 0] };
    expect(await filtered(`grep -v '@end'`, '--eof drain')).toEqual(expected);
  });

  it('that drops everything has left no stream', async () => {
    const { stdout, stderr, codes } = await filtered('grep nothing');
    expect(stdout).toBe('');
    expect(codes).toEqual([1, 3, 3]);
    expect(stderr).toBe(nothing('combine') + nothing('sink'));
  });

  withJq('that gives markers a time of null is told of by what it did', async () => {
    const { stdout, stderr, codes } = await filtered(`jq -c '{"@t", v}'`);
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toContain(
      'tm combine: line 1: @t is null: a filter before treated a marker as an event\n  hint: ',
    );
    expect(stderr).toContain(KEEPS_MARKERS);
  });

  withJq('that drops the time of events is told of with the line', async () => {
    const { stdout, stderr, codes } = await filtered(`jq -c 'del(.["@t"])'`);
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toContain(
      'tm combine: line 2: the line has no @t\n  hint: events get their time from `tm source',
    );
  });

  withJq('that breaks lines up is told of with line and column', async () => {
    const { stdout, stderr, codes } = await filtered('jq .');
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toMatch(/^tm combine: line 1, column 2: the line is no JSON object: .*\n {2}hint: .*\n/);
  });

  it('that sorts lines is told of, not believed', async () => {
    const { stdout, codes } = await filtered('sort');
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
  });

  it('that stops early, as head does, has cut the stream off, or ended it where --eof drain says so', async () => {
    const early = await filtered('head -4');
    expect(early).toEqual({
      stdout: '',
      stderr: cut('combine') + cut('sink'),
      codes: [0, 3, 3],
    });
    const drained = await filtered('head -4', '--eof drain');
    expect(drained).toEqual({ stdout: 'k,n\na,1\nb,1\n', stderr: '', codes: [0, 0, 0] });
  });

  it('that cuts inside a line is told of, also where --eof drain takes the end for complete', async () => {
    const { stdout, stderr, codes } = await filtered('head -c 380', '--eof drain');
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toMatch(/^tm combine: line \d+, column \d+: the line is no JSON object: /);
  });

  it('may leave out the line feed at the very end', async () => {
    const { stdout, stderr, codes } = await new Folder().run(
      'tm combine --by k n=count | tm sink',
      (await stored()).trimEnd(),
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0] });
    expect(stdout).toBe('{"k":"a","n":3}\n{"k":"b","n":1}\n');
  });
});

describe('streams behind one another', () => {
  it('are refused, and nothing of the first is taken for the whole', async () => {
    const folder = new Folder();
    folder.write('a', await stored());
    const line = 'cat a a | tm combine --by k n=count | tm sink out.csv';
    const { stderr, codes } = await folder.run(line);
    expect(codes).toEqual([0, 1, 3]);
    expect(stderr).toContain('tm combine: line 12: the stream was complete before this line\n  hint: ');
    expect(folder.files()).toEqual(['a']);
  });

  it('are refused by the sink itself before it has committed the first', async () => {
    const folder = new Folder();
    folder.write('a', await stored());
    const { stderr, codes } = await folder.run('cat a a | tm sink out.ndjson');
    expect(codes).toEqual([0, 1]);
    expect(stderr).toContain('tm sink: line 12: the stream was complete before this line\n');
    expect(folder.files()).toEqual(['a']);
  });

  it('of which the first was cut off are one that was cut off', async () => {
    const folder = new Folder();
    folder.write('b', await stored());
    const { stderr, codes } = await folder.run('head -3 b > a; cat a b | tm sink out.csv');
    expect(codes).toEqual([0, 3]);
    expect(stderr).toContain('tm sink: line 4: a second @stream line before the @end of the first');
    expect(folder.files()).toEqual(['a', 'b']);
  });

  it('of which the first was suspended go on in the second', async () => {
    const folder = new Folder();
    const [header, ...lines] = (await stored()).trimEnd().split('\n');
    folder.write('one', `${[header, ...lines.slice(0, 3), '{"@end":"suspended"}'].join('\n')}\n`);
    folder.write('two', `${[header, ...lines.slice(3)].join('\n')}\n`);
    const both = await folder.run(`cat one two | ${COUNTS}`);
    expect(both).toEqual({ stdout: ALL, stderr: '', codes: [0, 0, 0] });
    const first = await folder.run('tm window fixed 10s < one | tm sink out.csv');
    expect(first.codes).toEqual([0, 0]);
    expect(first.stderr).toMatch(/^tm sink: the stream is suspended, so out.csv is left as it was\n/);
    expect(folder.files()).toEqual(['one', 'two']);
  });

  it('that say nothing has happened leave the target alone', async () => {
    const folder = new Folder();
    folder.write('out.csv', 'old\n');
    folder.write('in', '{"@stream":{"version":1}}\n{"@end":"skipped"}\n');
    const { stderr, codes } = await folder.run('tm dedup --by k < in | tm sink out.csv --overwrite');
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0] });
    expect(folder.read('out.csv')).toBe('old\n');
    expect(folder.files()).toEqual(['in', 'out.csv']);
  });
});

describe('an empty', () => {
  it('file is a complete stream without events', async () => {
    const folder = new Folder();
    folder.write('empty', '');
    const line = 'tm source empty --time t --delay 5s | tm combine n=count | tm sink out.ndjson';
    expect(await folder.run(line)).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0] });
    expect(folder.read('out.ndjson')).toBe('');
  });

  it('standard input of a source is one too', async () => {
    const folder = new Folder();
    const outcome = await folder.run('tm source | tm sink out.csv');
    expect(outcome).toEqual({ stdout: '', stderr: '', codes: [0, 0] });
    expect(folder.files()).toEqual(['out.csv']);
  });

  it('pipe is no stream', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run('true | tm window fixed 10s | tm sink out.csv');
    expect(codes).toEqual([0, 3, 3]);
    expect(stderr).toBe(nothing('window') + nothing('sink'));
    expect(folder.files()).toEqual([]);
  });
});

describe('events that follow the watermark that ends the stream', () => {
  it('are told as late, without a delay that could have kept them', async () => {
    const folder = new Folder();
    folder.write(
      'in',
      '{"@stream":{"version":1}}\n{"@watermark":"end"}\n{"@t":"2020-01-01T00:00:01Z"}\n{"@end":"drained"}\n',
    );
    const { stdout, stderr, codes } = await folder.run('tm combine n=count < in | tm sink');
    expect(stdout).toBe('');
    expect(codes).toEqual([0, 0]);
    expect(stderr).toBe('tm combine: 1 event was late: the watermark before said that no event follows\n');
  });
});
