import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const DEEP = 100_000;
const nested = '['.repeat(DEEP) + ']'.repeat(DEEP);
const BOM = '\ufeff';

/** A file whose odd lines are good; the even ones are these. Its good lines come out whatever is between them. */
const between = (lines: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    ...lines.flatMap((line, i) => [Buffer.from(`{"good":${i}}\n`), Buffer.from(line), Buffer.from('\n')]),
    Buffer.from(`{"good":${lines.length}}\n`),
  ]);

/** Reads a file with and without rejects: what came out, what went to the file, and what was told. */
async function read(input: string | Uint8Array) {
  const folder = new Folder();
  const { stdout, stderr, codes } = await folder.run(
    'tm source --time none --on-reject skip --rejected-to rejected | tm sink --meta drop',
    input,
  );
  expect(codes).toEqual([0, 0]);
  return { records: stdout.split('\n').slice(0, -1), stderr, rejected: folder.read('rejected') };
}

const good = (records: readonly string[]): readonly string[] =>
  records.filter((line) => line.startsWith('{"good":'));

describe('a line that is JSON', () => {
  it('keeps its bytes: numbers, escapes, order, members twice, white space, depth, names with @', async () => {
    const lines = [
      '{"n":18446744073709551615,"f":1.10,"g":1E400,"z":-0}',
      `{"n":${'9'.repeat(5000)}}`,
      '{"s":"\\u00e9\\/\\ud83d\\ude00"}',
      '{"s":"\\ud800","r":"\\udc00\\ud800","\\u006e":1}',
      '{"b":1,"a":2,"b":3}',
      '{"a" :\t1 , "b": [ 1 ,2 ]}',
      `{"d":${nested}}`,
      `{"d":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
      '{}',
      '{"@t":1,"@@w":2,"@timestamp":3,"@watermark":4,"@end":"drained"}',
    ];
    const { records, stderr, rejected } = await read(lines.map((line) => `${line}\n`).join(''));
    expect(records).toEqual(lines);
    expect(stderr + rejected).toBe('');
  });

  it('may be no object', async () => {
    const lines = ['null', ' true ', '"x"', '1.10', '[1, 2]', nested];
    const { records, stderr } = await read(lines.map((line) => `${line}\n`).join(''));
    expect(records).toEqual(lines.map((line) => `{"value":${line.trim()}}`));
    expect(stderr).toBe('');
  });

  it('may stand in a file with a byte order mark, CRLF, blank lines and without a last line feed', async () => {
    const { records, stderr } = await read(`${BOM}{"a":1}\r\n\r\n \t\n {"a":2} \r\n{"a":3}`);
    expect(records).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    expect(stderr).toBe('');
  });

  it('may be long: 10 MB pass through every command', async () => {
    const folder = new Folder();
    folder.write('long', `{"t":1,"s":"${'x'.repeat(1e7)}"}\n{"t":2}\n`);
    const { stdout, stderr, codes } = await folder.run(
      'tm source long --time t --time-format epoch-s --delay 0s --format ndjson | tm window fixed 1s | tm dedup --by s | tm sink --meta drop | cmp - long',
    );
    expect({ stdout, stderr, codes }).toEqual({ stdout: '', stderr: '', codes: [0, 0, 0, 0, 0] });
  });

  it('passes from source through window, dedup and sink byte for byte', async () => {
    const line =
      '{"t":1,"z":18446744073709551615,"b":1.10,"c":1E400,"d":"\\u00e9\\/\\n\\ud800","e":{"y":1, "a" : [ 1 ,2 ]},"@t":"mine","@@w":1,"@watermark":3,"z":2}\n';
    const { stdout, stderr } = await new Folder().run(
      'tm source --time t --time-format epoch-s --delay 0s | tm window sliding 10s --every 5s | tm dedup --by z,d | tm sink --meta drop',
      line,
    );
    expect(stdout).toBe(line);
    expect(stderr).toBe('');
  });
});

describe('a line that is no JSON', () => {
  it.each([
    [
      'cut off',
      [
        ['{"a":1', 7],
        ['{"a":"x', 6],
        ['[1,2', 5],
      ],
    ],
    [
      'of bad structure',
      [
        ['{"a":1,}', 8],
        ['{"a" 1}', 6],
        ['{"a":1} {"b":2}', 9],
      ],
    ],
    [
      'in another language',
      [
        ["{'a':1}", 2],
        ['{a:1}', 2],
        ['{"a":NaN}', 6],
      ],
    ],
    [
      'with bad numbers',
      [
        ['{"a":01}', 6],
        ['{"a":5.}', 7],
        ['{"a":1e}', 7],
      ],
    ],
    [
      'with bad escapes',
      [
        ['{"s":"\\x41"}', 7],
        ['{"s":"\\u12G4"}', 11],
        ['{"s":"\\u12"}', 11],
      ],
    ],
    [
      'with control characters',
      [
        ['{"s":"a\tb"}', 8],
        ['{"s":"a\0b"}', 8],
        ['\0', 1],
      ],
    ],
    [
      'with stray marks and words',
      [
        [`${BOM}{"a":1}`, 1],
        ['nul', 1],
        ['nullx', 5],
      ],
    ],
    [
      'deep and not closed',
      [
        [`{"d":${'['.repeat(DEEP)}}`, DEEP + 6],
        [nested.slice(1), DEEP * 2 - 1],
      ],
    ],
    [
      'not UTF-8',
      [
        [Buffer.from('{"s":"\xff"}', 'latin1'), 7],
        [Buffer.from('{"s":"\xc0\xaf"}', 'latin1'), 7],
        [Buffer.from('{"s":"a\xed\xa0\x80"}', 'latin1'), 8],
      ],
    ],
  ] as const)(
    'is told of with line and column, kept as it came, and leaves the rest alone: %s',
    async (_name, lines) => {
      const bad = lines.map(([line]) => line);
      const { records, stderr, rejected } = await read(between(bad));
      expect(good(records)).toEqual(records);
      expect(records).toHaveLength(lines.length + 1);
      const told = stderr.split('\n').map((line) => /line \d+, column \d+/.exec(line)?.[0]);
      expect(told).toEqual([
        ...lines.map(([, column], i) => `line ${2 * i + 2}, column ${column}`),
        undefined,
      ]);
      expect(rejected).toBe(bad.map((line) => `${line.toString()}\n`).join(''));
    },
  );

  it('ends the run unless something else is said, after what came before it', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      'tm source --time none | tm sink --meta drop',
      '{"a":1}\n{"a":\n{"a":3}\n',
    );
    expect(stdout).toBe('{"a":1}\n');
    expect(codes).toEqual([1, 3]);
    expect(stderr).toMatch(
      /^tm source: standard input: line 2, column 6: .+\n {2}hint: --on-reject skip .+\n/,
    );
  });

  it('by its length is left out, and the next one is read', async () => {
    const folder = new Folder();
    const { stdout, stderr } = await folder.run(
      'tm source --time none --max-line 1KiB --rejected-to rejected | tm sink --meta drop',
      `{"a":1}\n{"s":"${'x'.repeat(300_000)}"}\n{"a":3}\n`,
    );
    expect(stdout).toBe('{"a":1}\n{"a":3}\n');
    expect(stderr).toBe(
      'tm source: standard input: line 2 is left out: longer than --max-line (1024 bytes)\n',
    );
    expect(folder.read('rejected')).toBe(`${`{"s":"${'x'.repeat(1024)}`.slice(0, 1024)}\n`);
  });
});

describe('records that are left out', () => {
  it('are told of three times, then counted, and are in the file in their order', async () => {
    const { records, stderr, rejected } = await read('{"a":1}\nb\n{"a":2}\nc\nd\ne\n{"a":3}\n');
    expect(records).toEqual(['{"a":1}', '{"a":2}', '{"a":3}']);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^tm source: standard input: line 2, column 1 is left out: /),
      expect.stringMatching(/^tm source: standard input: line 4, column 1 is left out: /),
      expect.stringMatching(/^tm source: standard input: line 5, column 1 is left out: /),
      'tm source: 4 records were left out in all',
    ]);
    expect(rejected).toBe('b\nc\nd\ne\n');
  });

  it('for their time are in the file in their order among the others', async () => {
    const folder = new Folder();
    const lines = ['{"t":1}', '{"t":"x"}', 'no', '{"t":null}', '{}', '5', '{"t":2}', 'neither'];
    const { stdout, stderr } = await folder.run(
      'tm source --time t --time-format epoch-s --rejected-to rejected | tm sink --meta drop',
      `${lines.join('\n')}\n`,
    );
    expect(stdout).toBe('{"t":1}\n{"t":2}\n');
    expect(folder.read('rejected')).toBe('{"t":"x"}\nno\n{"t":null}\n{}\n5\nneither\n');
    expect(stderr).toMatch(
      /line 2 is left out: t: "x" is no time of the format epoch-s\n.*line 3, column 1 .*\n.*line 4 is left out: t: null is no time\n/,
    );
  });

  it('behind the last one that --limit wants are none', async () => {
    const folder = new Folder();
    const line = 'tm source --time none --limit 1 --rejected-to rejected | tm sink --meta drop';
    const outcome = await folder.run(line, 'bad\n{"a":1}\nbad too\n{"a":2}\n');
    expect(outcome.stdout).toBe('{"a":1}\n');
    expect(folder.read('rejected')).toBe('bad\n');
  });

  it('of csv are told of with the line', async () => {
    const folder = new Folder();
    folder.write(
      'in.csv',
      'a,t,b\n1,2020-01-01T00:00:00Z,"x\ny"\n2,2020-01-01T00:00:01Z\n3,2020-01-01T00:00:02Z,y,z\n4,soon,y\n1.10,2020-01-01T00:00:03Z,18446744073709551615\n',
    );
    const { stdout, stderr } = await folder.run(
      'tm source in.csv --time t --rejected-to rejected | tm sink --format csv --meta drop',
    );
    expect(stdout).toBe(
      'a,t,b\n1,2020-01-01T00:00:00Z,"x\ny"\n1.10,2020-01-01T00:00:03Z,18446744073709551615\n',
    );
    expect(folder.read('rejected')).toBe('2,2020-01-01T00:00:01Z\n3,2020-01-01T00:00:02Z,y,z\n4,soon,y\n');
    expect(stderr).toBe(
      'tm source: in.csv: line 4 is left out: 2 fields where the header has 3\n' +
        'tm source: in.csv: line 5 is left out: 4 fields where the header has 3\n' +
        'tm source: in.csv: line 6 is left out: t: "soon" is no RFC 3339 time as 2015-05-17T10:05:03Z: --time-format names another format\n',
    );
  });

  it('of a log or a pattern are told of with the line', async () => {
    const folder = new Folder();
    const log = '1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "x"\n';
    const bad = log.replace('May', 'Mai');
    const combined = await folder.run(
      'tm source --format combined --rejected-to rejected | tm combine n=count | tm sink',
      `${log}oops\n${bad}${log}`,
    );
    expect(combined.stdout).toBe('{"n":2}\n');
    expect(combined.stderr).toMatch(
      /line 2, column 1 is left out: .*\n.*line 3, column 14 is left out: the time is not like /,
    );
    expect(folder.read('rejected')).toBe(`oops\n${bad}`);
    const pattern = await folder.run(
      "tm source --format 'regex:^(?<t>\\S+) (?<n>[0-9.]+)$' --time t --rejected-to rejected | tm sink --meta drop",
      '2020-01-01T00:00:00Z 1.10\noops\n2020-01-01T00:00:00Z 2\n',
    );
    expect(pattern.stdout).toBe(
      '{"t":"2020-01-01T00:00:00Z","n":1.10}\n{"t":"2020-01-01T00:00:00Z","n":2}\n',
    );
    expect(pattern.stderr).toBe(
      'tm source: standard input: line 2 is left out: the line does not match the pattern\n',
    );
  });
});
