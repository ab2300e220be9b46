import { describe, expect, it } from 'vitest';
import { writeExampleFiles } from '../cli/example-files.ts';
import { Folder } from './shell.ts';

const ROWS = [
  '{"time":"2026-01-01T00:00:00Z","id":1,"tags":["a"]}',
  '{"time":"2026-01-01T00:00:01Z","id":"two"}',
  '{"time":"2026-01-01T00:00:02Z","id":3}',
];

function folderOf(): Folder {
  const folder = new Folder();
  writeExampleFiles(folder.path);
  folder.write('rows.ndjson', `${ROWS.join('\n')}\n`);
  folder.write('ids.json', '{"type":"object","properties":{"id":{"type":"integer"}},"required":["time"]}');
  return folder;
}

describe('tm schema', () => {
  it('gives a schema that tm source holds the same records to', async () => {
    const folder = folderOf();
    const { stdout, stderr } = await folder.run(
      'tm schema rows.ndjson --closed > rows.json && tm source rows.ndjson --time time --schema rows.json | tm sink',
    );
    expect({ stdout, stderr }).toEqual({ stdout: `${ROWS.join('\n')}\n`, stderr: '' });
    expect(JSON.parse(folder.read('rows.json'))).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        time: { type: 'string', format: 'date-time' },
        id: { type: ['integer', 'string'] },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['time', 'id'],
      additionalProperties: false,
    });
  });

  it('reads whatever a source reads, as much of it as is wanted', async () => {
    const folder = folderOf();
    const types = async (line: string): Promise<unknown> =>
      JSON.parse((await folder.run(line)).stdout).properties;
    expect(await types('tm schema hosts.csv')).toMatchObject({ host: { type: 'string' } });
    expect(await types('tm schema access.log --format combined')).toMatchObject({
      status: { type: 'integer' },
    });
    expect(await types('tm schema --limit 1 < rows.ndjson')).toMatchObject({ id: { type: 'integer' } });
  });

  it('tells of a stream what its commands know, also where no event shows it', async () => {
    const line =
      "tm source access.log --format combined | tm filter 'status == 1' | tm combine --by status n=count | tm schema --format stream";
    const { stdout } = await folderOf().run(line);
    expect(JSON.parse(stdout)).toMatchObject({
      properties: { status: { type: ['integer', 'null'] }, n: { type: 'integer' } },
    });
  });

  it('gives nothing where the input cannot be read', async () => {
    const { stdout, stderr, codes } = await folderOf().run('echo "no json" | tm schema');
    expect({ stdout, codes }).toEqual({ stdout: '', codes: [0, 1] });
    expect(stderr).toContain('tm schema: standard input: line 1');
  });
});

describe('tm source --schema', () => {
  it('fails with the first record that does not fit, behind the events before it', async () => {
    const { stdout, stderr, codes } = await folderOf().run(
      'tm source rows.ndjson --time time --schema ids.json',
    );
    expect(codes).toEqual([1]);
    expect(stdout.split('\n').filter((line) => line.includes('"@t"'))).toHaveLength(1);
    expect(stderr).toContain(
      'rows.ndjson: line 2, column 37: id is a string, and the schema wants an integer',
    );
  });

  it('keeps what does not fit, as it came', async () => {
    const folder = folderOf();
    const { stdout, stderr } = await folder.run(
      'tm source rows.ndjson --time time --schema ids.json --rejected-to bad.ndjson | tm sink',
    );
    expect(stdout).toBe(`${ROWS[0]}\n${ROWS[2]}\n`);
    expect(folder.read('bad.ndjson')).toBe(`${ROWS[1]}\n`);
    expect(stderr).toContain('rows.ndjson: line 2, column 37 is left out');
  });

  it('does not look behind the last event that is wanted', async () => {
    const { codes } = await folderOf().run('tm source rows.ndjson --time time --schema ids.json --limit 1');
    expect(codes).toEqual([0]);
  });

  it('is the same in one process, with threads asked for, and goes on with state', async () => {
    const folder = folderOf();
    const line = 'rows.ndjson --time time --delay 1s --schema ids.json --on-reject skip';
    const piped = await folder.run(`tm source ${line} | tm combine n=count | tm sink`);
    const fused = await folder.run(`tm run --workers 2 -e 'source ${line} | combine n=count | sink'`);
    expect(piped.stdout).toBe('{"n":2}\n');
    expect(fused.stdout).toBe(piped.stdout);
    const kept = await folder.run(
      `tm run -e 'source ${line} --state job --drain | combine n=count | sink kept.ndjson'`,
    );
    expect(kept.codes).toEqual([0]);
    expect(folder.read('kept.ndjson')).toBe(piped.stdout);
  });

  it('types the columns of csv, from the source to the file', async () => {
    const folder = folderOf();
    folder.write('parts.csv', 'part,stock,sold\n007,12,true\n17,,false\n18,x,true\n');
    folder.write(
      'parts.json',
      '{"type":"object","properties":{"part":{"type":"string"},"stock":{"type":["integer","null"]},"sold":{"type":"boolean"}}}',
    );
    const line = 'tm source parts.csv --time none --schema parts.json --rejected-to bad.csv';
    const { stdout, stderr } = await folder.run(`${line} | tm filter 'part >= "007"' | tm sink`);
    expect(stdout).toBe('{"part":"007","stock":12,"sold":true}\n{"part":"17","stock":null,"sold":false}\n');
    expect(folder.read('bad.csv')).toBe('18,x,true\n');
    expect(stderr).toContain(
      'parts.csv: line 4 is left out: stock is a string, and the schema wants an integer',
    );
  });

  it.each([
    [
      '{"type":"object","properties":{"a":{"type":"int"}}}',
      '"int" is no type, at /properties/a/type of the schema',
    ],
    [
      '{"type":"object","properties":{"a":{"minimum":1}}}',
      "'minimum' is not understood here, at /properties/a/minimum of the schema",
    ],
    ['{"type":"object",\n"properties":}', 'bad.json: line 2, column 14: '],
    ['[]', 'a schema is an object, at the top of the schema'],
  ])('names the place where a schema is none: %s', async (text, told) => {
    const folder = folderOf();
    folder.write('bad.json', text);
    const { stderr, codes } = await folder.run('tm source rows.ndjson --time time --schema bad.json');
    expect(codes).toEqual([2]);
    expect(stderr).toContain(told);
  });
});

describe('what is known of events before the first', () => {
  it('gives an empty result its header line', async () => {
    const folder = folderOf();
    await folder.run(
      "tm source access.log --format combined | tm window fixed 5m | tm filter 'status == 1' | tm combine --by status n=count | tm sink none.csv",
    );
    expect(folder.read('none.csv')).toBe('window_start,window_end,status,n\n');
  });

  it('is shown stage by stage', async () => {
    const text =
      "source rows.ndjson --time time --schema ids.json | filter 'id > 1' | window fixed 5m | combine --by id n=count | sink out.csv";
    const { stdout, stderr, codes } = await folderOf().run(`tm check -e "${text}"`);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
    expect(stdout).toBe(
      [
        'source   id?: integer, time: any, …',
        'filter   the same',
        'window   the same; in windows: fixed 5m',
        'combine  id: integer|null, n: integer',
        'sink     writes them out',
        '',
      ].join('\n'),
    );
  });

  it('is shown for each stage of what feeds a stage, below it', async () => {
    const text = [
      "merge <(source rows.ndjson --time time --schema ids.json | map 'n = 1') <(source hosts.csv --time none)",
      "| filter 'n > all.m' --side all=<(source rows.ndjson --time time | combine m=count) | combine n=count | sink",
    ].join(' ');
    const { stdout, stderr, codes } = await folderOf().run(`tm check -e "${text}"`);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
    expect(stdout).toBe(
      [
        'merge    events of any members',
        '  input 1',
        '    source  id?: integer, time: any, …',
        '    map     id?: integer, time: any, n: integer|null, …',
        '  input 2',
        '    source  events of any members',
        'filter   the same',
        '  side input all',
        '    source   events of any members',
        '    combine  m: integer',
        'combine  n: integer',
        'sink     writes them out',
        '',
      ].join('\n'),
    );
    const { stages } = JSON.parse((await folderOf().run(`tm check --json -e "${text}"`)).stdout);
    expect(stages[0].inputs.map((each: { input: number }) => each.input)).toEqual([1, 2]);
    expect(stages[0].inputs[0].stages[1]).toMatchObject({
      command: 'map',
      schema: { properties: { n: { type: ['integer', 'null'] } } },
    });
    expect(stages[1].inputs).toMatchObject([{ side: 'all', stages: [{ command: 'source' }, {}] }]);
  });

  it('is told where an input is not there yet, which is no mistake', async () => {
    const text = "source no.log 'no*.log' --time none --format text | merge - no.stream | sink";
    const { stdout, stderr, codes } = await folderOf().run(
      `tm check -e "${text}"; tm check --json -e "${text}"`,
    );
    expect(codes).toEqual([0]);
    const hint = '  hint: a run would fail now; it may still come\n';
    expect(stderr.slice(0, stderr.length / 2)).toBe(
      [
        `tm check: -e: line 1, column 8: tm source: no such file: no.log\n${hint}`,
        `tm check: -e: line 1, column 16: tm source: no file matches the pattern no*.log\n${hint}`,
        `tm check: -e: line 1, column 61: tm merge: no such file: no.stream\n${hint}`,
      ].join(''),
    );
    const { runs, stages } = JSON.parse(stdout.split('\n').at(-2)!);
    expect(runs).toBe(true);
    expect(stages[1].missing).toEqual([
      { message: 'tm merge: no such file: no.stream', line: 1, column: 61 },
    ]);
  });

  it('is that of a branch, which is no missing input', async () => {
    const text = "source rows.ndjson --time time | route 'all=true' | merge - all | sink";
    const { stderr, codes } = await folderOf().run(`tm check -e "${text}"`);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0] });
  });

  it('is shown as JSON', async () => {
    const text = 'source access.log --format text --time none | combine n=count | filter m';
    const { stdout, codes } = await folderOf().run(`tm check --json -e "${text}"`);
    expect(codes).toEqual([2]);
    expect(JSON.parse(stdout)).toEqual({
      runs: false,
      stages: [
        {
          command: 'source',
          windowing: { kind: 'global' },
          schema: {
            type: 'object',
            properties: { text: { type: 'string' } },
            required: ['text'],
            additionalProperties: false,
          },
        },
        {
          command: 'combine',
          windowing: { kind: 'global' },
          schema: {
            type: 'object',
            properties: { n: { type: 'integer' } },
            required: ['n'],
            additionalProperties: false,
          },
        },
        {
          command: 'filter',
          error: {
            message: "tm filter: there is no member 'm', at character 1 of 'm'",
            hint: 'there is n',
            line: 1,
            column: 72,
          },
        },
      ],
    });
  });

  it('needs no input, and opens no target', async () => {
    const folder = new Folder();
    const { codes } = await folder.run(
      "tm check -e 'source none.ndjson --time t | combine n=count --late-to late | sink out'",
    );
    expect({ codes, files: folder.files() }).toEqual({ codes: [0], files: [] });
  });

  it.each([
    [
      "filter 'statsu > 1' 'path == \"/\"' 'bytse > 1'",
      ["there is no member 'statsu', at character 1", "there is no member 'bytse', at character 1"],
    ],
    [
      "map 'a = upper(mehtod)' 'b = a + x' --drop agnet",
      ['no event has a field agnet', "no member 'mehtod', at character 7", "no member 'x', at character 5"],
    ],
    [
      "combine --by a,status,stauts n=count 's = sum(byts)' 't = sum(bytes)'",
      ['--by: no event has a field a', '--by: no event has a field stauts', 'no event has a field byts'],
    ],
    [
      "route 'a.ndjson=statsu > 1' 'b.ndjson=bytes + 1'",
      ["no member 'statsu'", 'a condition is true or false'],
    ],
  ])('tells all that is wrong in a stage: %s', async (stage, wrong) => {
    const folder = folderOf();
    folder.write('wrong.tm', `source access.log --format combined | ${stage} | sink\n`);
    const { stderr, codes } = await folder.run('tm check wrong.tm');
    const told = stderr.split('\n').filter((line) => line.startsWith('tm check: wrong.tm: line 1, column '));
    expect({ codes, told }).toEqual({ codes: [2], told: wrong.map((each) => expect.stringContaining(each)) });
    expect(new Set(told.map((line) => line.split(': ')[2])).size).toBe(wrong.length);
    const { error } = JSON.parse((await folder.run('tm check --json wrong.tm')).stdout).stages[1];
    expect([error, ...error.others].map(({ message }) => message)).toEqual(
      wrong.map((each) => expect.stringContaining(each)),
    );
    // A run has to be mended in any case.
    expect(
      (await folder.run('tm run wrong.tm')).stderr.split('\n').filter((line) => line.startsWith('tm run: ')),
    ).toHaveLength(1);
  });
});
