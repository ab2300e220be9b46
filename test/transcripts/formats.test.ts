import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const LINE = 'Dec 31 23:59:59 host app[5]: last\nJan  1 00:00:01 host app[5]: first\n';

describe('syslog', () => {
  it('goes through New Year over files, in the order in which they are named', async () => {
    const folder = new Folder();
    const [last, first] = LINE.split('\n');
    folder.write('syslog', `${first}\n`);
    folder.write('syslog.1', `${last}\n`);
    const { stdout, codes } = await folder.run(
      "tm source syslog syslog.1 --year 2026 --timezone +01:00 | tm sink --template '{@t} {message}'",
    );
    expect(stdout).toBe('2025-12-31T23:00:01.000Z first\n2025-12-31T22:59:59.000Z last\n');
    expect(codes).toEqual([0, 0]);
  });

  it('says what to do where nothing tells the year, and asks no clock', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run('tm source --format syslog | tm sink -q', LINE);
    expect(stderr).toContain('standard input: line 1: the time Dec 31 23:59:59 has no year\n  hint: --year');
    expect(codes[0]).toBe(1);
  });

  it('needs no year where the event time is another', async () => {
    const folder = new Folder();
    const line = "tm source --format syslog --time none | tm sink --meta drop --template '{time} {message}'";
    const { stdout } = await folder.run(line, LINE);
    expect(stdout).toBe('Dec 31 23:59:59 last\nJan  1 00:00:01 first\n');
  });

  it('is what --year is for', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run('tm source --format csv --year 2026');
    expect(stderr).toContain('--year is for syslog, and nothing is read as that here');
    expect(codes).toEqual([2]);
  });
});

describe('dialects of csv', () => {
  it.each([
    ["--format ndjson --delimiter ';'", '--delimiter is for csv, and nothing is read as that here'],
    ['--format tsv --lazy-quotes', '--lazy-quotes is for csv: tsv has tabs, and no quotes'],
    ['--format csv --delimiter ab', "'ab' is not one character of ASCII, or tab"],
    ['--format csv --delimiter é', "'é' is not one character of ASCII, or tab"],
    [`--format csv --delimiter '"'`, 'the delimiter is the quote too'],
    ["--format csv --escape ','", 'the delimiter is the escape too'],
    ["--format csv --quote none --escape '\\'", '--escape has no use where there are no quotes'],
    ['--format csv --quote none --lazy-quotes', '--lazy-quotes has no use where there are no quotes'],
    ['--format csv --columns a,b,a', 'two columns are named a'],
    ["--format csv --columns 'a,\"b'", 'it is no list of names'],
    ['--format csv --skip-lines -1', 'no whole number from 1 on'],
    ["--format csv --comment ''", 'it is empty, or more than a line'],
    ['--format csv --columns a,b --time c', 'there is no column c'],
  ])('%s is wrong usage: %s', async (options, message) => {
    const { stderr, codes } = await new Folder().run(`tm source ${options}`);
    expect(stderr).toContain(message);
    expect(codes[0]).not.toBe(0);
  });

  it('are those of files whose names say that they are csv', async () => {
    const folder = new Folder();
    folder.write('a.csv', '1;x\n');
    const { stdout } = await folder.run(
      "tm source a.csv --headerless --delimiter ';' --time none | tm sink --meta drop --format ndjson",
    );
    expect(stdout).toBe('{"1":1,"2":"x"}\n');
  });
});

describe('the journal', () => {
  const entry = '{"__REALTIME_TIMESTAMP":"1700000000123456","MESSAGE":[27,91,109]}';

  it('brings its time', async () => {
    const { stdout } = await new Folder().run(
      'tm source --format journal | tm sink --meta keep',
      `${entry}\n`,
    );
    expect(stdout).toBe(
      '{"@t":"2023-11-14T22:13:20.123Z","__REALTIME_TIMESTAMP":"1700000000123456","MESSAGE":"\\u001b[m"}\n',
    );
  });

  it('says which member is missing in what is none of its entries', async () => {
    const { stderr } = await new Folder().run('tm source --format journal', '{"a":1}\n');
    expect(stderr).toContain('line 1: there is no member __REALTIME_TIMESTAMP to take the time from');
  });

  it('is known by its members', async () => {
    const { stderr } = await new Folder().run('tm source', `${entry}\n`);
    expect(stderr).toContain('hint: it looks like entries of the journal: --format journal');
  });
});

describe('a format that was not named', () => {
  it.each([
    ['level=info msg=x', 'it looks like key=value pairs: --format logfmt'],
    ['<34>Oct 11 22:14:15 host su: x', 'it looks like syslog: --format syslog'],
  ])('is guessed from %s', async (line, hint) => {
    const { stderr } = await new Folder().run('tm source', `${line}\n`);
    expect(stderr).toContain(`hint: ${hint}`);
  });
});
