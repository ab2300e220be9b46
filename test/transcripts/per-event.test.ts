import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const SOURCE = 'tm source --time t --time-format epoch-s --delay 0s';
const EVENT = '{"@t":"1970-01-01T00:00:01.000Z","a":1}\n';
const SINK = 'tm sink --meta drop';

/** What a line of commands between source and sink makes of events. */
const through = async (commands: string, input: string) =>
  new Folder().run(`${SOURCE} | ${commands} | ${SINK}`, input);

describe('filter', () => {
  it('passes events as they are spelled, integers past 2^53 too', async () => {
    const input =
      '{"t":1,"id":9007199254740993, "v" : 1.50}\n{"t":2,"id":9007199254740992,"v":1.5}\n{"t":3,"id":null}\n{"t":4}\n';
    expect(await through(`tm filter 'id > 9007199254740992'`, input)).toEqual({
      stdout: '{"t":1,"id":9007199254740993, "v" : 1.50}\n',
      stderr: '',
      codes: [0, 0, 0],
    });
  });

  it('keeps what cannot be computed with in a file, in the order of the input', async () => {
    const folder = new Folder();
    const input = '{"t":1,"a":1,"b":"x"}\n{"t":2,"a":"x","b":1}\n{"t":3,"a":1,"b":1}\n{"t":4,"a":0,"b":0}\n';
    const line = `${SOURCE} | tm filter 'b > 0' 'a > 0' --rejected-to bad | ${SINK}`;
    const { stdout, stderr, codes } = await folder.run(line, input);
    expect({ stdout, codes }).toEqual({ stdout: '{"t":3,"a":1,"b":1}\n', codes: [0, 0, 0] });
    expect(stderr).toContain(
      `tm filter: line 2: "x" and 0 have no order, in 'b > 0': the event is left out\n`,
    );
    expect(stderr).toContain('tm filter: 2 events were left out in all\n');
    const kept = folder.read('bad').match(/"t":\d/g);
    expect(kept).toEqual(['"t":1', '"t":2']);
  });

  it('shows each event at once while the input stays open', async () => {
    const running = new Folder().start(`${SOURCE} | tm filter 'a > 1' | ${SINK}`);
    running.send('{"t":1,"a":1}\n{"t":2,"a":2}\n');
    await running.said('{"t":2,"a":2}\n');
    const { stdout } = await running.end().done;
    expect(stdout).toBe('{"t":2,"a":2}\n');
  });

  it('says before the first event what is wrong with a condition, and what was meant', async () => {
    const folder = new Folder();
    folder.write('access.log', '192.0.2.17 - - [17/May/2026:10:05:03 +0000] "GET / HTTP/1.1" 200 17\n');
    for (const [condition, said] of [
      ['stauts == 500', /there is no member 'stauts'.*\n {2}hint: .*status/],
      ['status + 1', /a condition is true or false.*\n {2}hint: /],
      ['status = 500', /'=' is not expected here.*\n {2}hint: write == to compare/],
      ['status == ', /at character \d+ of 'status == '/],
    ] as const) {
      const { stdout, stderr, codes } = await folder.run(
        `tm source access.log --format common | tm filter '${condition}' | ${SINK}`,
      );
      expect({ stdout, code: codes[1] }, stderr).toEqual({ stdout: '', code: 2 });
      expect(stderr).toMatch(said);
    }
  });
});

describe('map', () => {
  it('gives new members behind the others, and new values where the old ones stood', async () => {
    const input = '{"t":1,"n":12345678901234567890,"bytes":1536}\n{"t":2,"bytes":null}\n';
    const command = `tm map 'kb = bytes / 1024' 'n = n + 1' 'big = kb > 1'`;
    expect(await through(command, input)).toEqual({
      stdout:
        '{"t":1,"n":12345678901234567891,"bytes":1536,"kb":1.5,"big":true}\n{"t":2,"bytes":null,"kb":null,"n":null,"big":null}\n',
      stderr: '',
      codes: [0, 0, 0],
    });
  });

  it('says at the end what was meant by a field that no event had', async () => {
    const folder = new Folder();
    folder.write('in.ndjson', '{"bytes":1,"user":{"id":2}}\n'.repeat(3));
    const told = async (stage: string): Promise<string[]> =>
      (await folder.run(`tm source in.ndjson --time none | tm ${stage} | tm sink`)).stderr
        .split('\n')
        .filter((line) => line.startsWith('  hint: '));
    expect(await told("map 'kb = byts / 1024'")).toEqual(['  hint: did you mean bytes?']);
    expect(await told("filter 'usr.id == 2'")).toEqual(['  hint: did you mean user?']);
    expect(await told("combine 's = sum(byte)'")).toEqual(['  hint: did you mean bytes?']);
    expect(await told('dedup --by user.name')).toEqual(['  hint: see that the name is right']);
    expect(await told('dedup --by client')).toEqual(['  hint: see that the name is right']);
  });

  it('has what it has assigned, be it null or not', async () => {
    const { stdout } = await new Folder().run(
      `echo '{"a":1}' | tm source --time none | tm map 'x = null' 'y = has(x)' 'z = has(w)' | tm sink`,
    );
    expect(stdout).toBe('{"a":1,"x":null,"y":true,"z":false}\n');
  });

  it('leaves members out and gives others another name', async () => {
    const input = '{"t":1,"a":1,"b":{"c":[1, 2]},"d":3}\n';
    const one = async (command: string): Promise<string> => (await through(command, input)).stdout;
    expect(await one('tm map --rename d=a --drop t')).toBe('{"d":1,"b":{"c":[1, 2]}}\n');
    expect(await one(`tm map --rename a=d,d=a --drop t,b`)).toBe('{"d":1,"a":3}\n');
    expect(await one(`tm map --only b.c[1] 'sum = a + d' t`)).toBe('{"b.c[1]":2,"sum":4,"t":1}\n');
    expect(await one(`tm map --only '["user-id"] = a' '"first one" = b.c[0]'`)).toBe(
      '{"user-id":1,"first one":1}\n',
    );
    expect(await one(`tm map --only '@@t = a'`)).toBe('{"@t":1}\n');
  });

  it('sets the event time before the windows, and refuses to behind them', async () => {
    const input = '{"t":1,"done":"1970-01-01T00:00:12Z"}\n{"t":2,"done":"1970-01-01T00:00:03Z"}\n';
    const folder = new Folder();
    const map = `tm map '@t = timestamp(done)'`;
    const count = 'tm combine n=count | tm sink --format csv --meta flatten';
    const line = (...stages: string[]): string => [SOURCE, ...stages, count].join(' | ');
    const { stdout, stderr } = await folder.run(line(map, 'tm window fixed 10s'), input);
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      '1970-01-01T00:00:00.000Z,1970-01-01T00:00:10.000Z,1',
      '1970-01-01T00:00:10.000Z,1970-01-01T00:00:20.000Z,1',
    ]);
    const behind = await folder.run(line('tm window fixed 10s', map), input);
    expect(behind.codes[2]).toBe(2);
    expect(behind.stderr).toContain('tm map: @t cannot be set behind tm window\n  hint: ');
  });

  it('says what it wants', async () => {
    const folder = new Folder();
    for (const [words, said] of [
      ['', 'nothing is given to do'],
      [`'a = 1' 'a = 2'`, 'a is assigned twice'],
      [`'a = 1' --drop a`, 'a is assigned and dropped'],
      [`'a = 1' --rename a=b`, 'two members would be called a'],
      ['--only --drop a b', '--only leaves out all that is not named'],
      ['--only', '--only leaves nothing'],
      ['--drop @t', `'@t' is no field: it is metadata`],
      ['--drop a.b', 'a.b is inside of a member'],
      ['--rename @w=a', '@w is metadata, and no member'],
      [`'@w = 1'`, '@w is metadata, and no member'],
      [`'@t = "now"'`, '@t wants a timestamp, and "now" is a string'],
      [`'a + 1'`, 'the result has no name'],
      [`'user-id = 1'`, `'user-id' is no name`],
      [`'a ='`, 'an expression is missing behind ='],
    ]) {
      const { stderr, codes } = await folder.run(`tm map ${words}`, EVENT);
      expect({ words, codes }, stderr).toEqual({ words, codes: [2] });
      expect(stderr).toContain(`tm map: ${said}`);
      if (words !== '--drop @t') expect(stderr).toMatch(/\n {2}hint: /);
    }
  });
});

describe('explode', () => {
  it('makes an event of each element, word or part', async () => {
    const one = async (command: string, input: string): Promise<string> =>
      (await through(`tm explode ${command}`, input)).stdout;
    const tags = '{"t":1,"tags":["a",{"b": 1},9007199254740993],"x":1}\n{"t":2,"tags":[]}\n{"t":3}\n';
    expect(await one('tags', tags)).toBe(
      '{"t":1,"tags":"a","x":1}\n{"t":1,"tags":{"b": 1},"x":1}\n{"t":1,"tags":9007199254740993,"x":1}\n',
    );
    expect(await one('tags --keep-empty --position n', tags.split('\n').slice(1).join('\n'))).toBe(
      '{"t":2,"tags":null,"n":null}\n{"t":3,"tags":null,"n":null}\n',
    );
    const text = '{"t":1,"text":"Isn’t it déjà-vu?  it isn\'t, 3.5"}\n{"t":2,"text":""}\n';
    expect((await one('text --split', text)).match(/"text":"[^"]*"/g)).toEqual(
      ['Isn’t', 'it', 'déjà', 'vu', 'it', "isn't", '3', '5'].map((word) => `"text":"${word}"`),
    );
    const parts = '{"t":1,"p":"a,,b"}\n{"t":2,"p":""}\n{"t":3,"p":null}\n';
    expect(await one(`'part = p' --split=,`, parts)).toBe(
      '{"t":1,"p":"a,,b","part":"a"}\n{"t":1,"p":"a,,b","part":""}\n{"t":1,"p":"a,,b","part":"b"}\n{"t":2,"p":"","part":""}\n',
    );
  });

  it('says what it wants', async () => {
    const folder = new Folder();
    for (const [words, said] of [
      ['', '[NAME=]EXPR is missing'],
      ['a --split=', '--split: the separator is empty'],
      ['a --position a', '--position: a is the element itself'],
      ['a --position @t', '@t is metadata, and no member'],
      [`'a.map(x, x)'`, 'the result has no name'],
      [`'a = "x y"'`, '"x y" is a string, and no list'],
    ]) {
      const { stderr, codes } = await folder.run(`tm explode ${words}`, EVENT);
      expect({ words, codes }, stderr).toEqual({ words, codes: [2] });
      expect(stderr).toContain(said);
    }
  });
});

describe('route', () => {
  const input = [200, 404, 500, 200, 503].map((status, i) => `{"t":${i + 1},"s":${status}}\n`).join('');
  const seconds = (text: string): string[] => [...text.matchAll(/"t":(\d)/g)].map(([, t]) => t!);

  it('sends events to files and commands, each a stream of its own, and passes the rest', async () => {
    const folder = new Folder();
    const line = `${SOURCE} | tm route errors='s >= 500' >(tm combine n=count | tm sink count)='s >= 400' | ${SINK}; wait`;
    const { stdout, stderr } = await folder.run(line, input);
    expect(stderr).toBe('');
    expect(seconds(stdout)).toEqual(['1', '4']);
    expect(seconds(folder.read('errors'))).toEqual(['3', '5']);
    expect(folder.read('errors')).toMatch(/^\{"@stream":.*"branch":"route\.0".*\{"@end":"drained"\}\n$/s);
    for (let i = 0; i < 100 && !folder.files().includes('count'); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(folder.read('count')).toBe('{"n":1}\n');
  });

  it('says what it wants', async () => {
    const folder = new Folder();
    for (const [words, said] of [
      ['', 'PLACE=CONDITION is missing'],
      [`'s >= 500'`, `'s >= 500' has no place`],
      [`'s == 500'`, `'s == 500' has no place`],
      ['errors', `'errors' has no condition`],
      [`errors='s +'`, `at character`],
      [`errors='"x"'`, 'a condition is true or false'],
      [`a='true' a='s > 1'`, 'a is named twice'],
    ]) {
      const { stderr, codes } = await folder.run(`tm route ${words}`);
      expect({ words, codes }, stderr).toEqual({ words, codes: [2] });
      expect(stderr).toContain(said);
    }
  });
});

/** The commands in one line, with what they write beside the stream. */
const ALL = (name: string): string =>
  `filter 'status < 500' --rejected-to ${name}.bad | map 'kb = bytes / 1024' 'area = path.split("/")[1]' --drop agent | ` +
  `explode 'part = path.split("/")' | route ${name}.empty='part == ""' | map --only host part kb`;

describe('commands per event', () => {
  it('give the same in one process as in a pipe', async () => {
    const folder = new Folder();
    const text = (name: string): string =>
      `source generate:count=2000,seed=3 --delay 1s | ${ALL(name)} | sink ${name}.ndjson`;
    folder.write('fused.tm', text('fused'));
    const fused = await folder.run('tm run fused.tm');
    expect(fused.codes).toEqual([0]);
    const piped = await folder.run(
      text('piped').replaceAll(/(^|\| )(source|filter|map|explode|route|sink) /g, '$1tm $2 '),
    );
    expect(piped.stderr).toBe(fused.stderr);
    expect(folder.read('fused.ndjson').split('\n').length).toBeGreaterThan(2000);
    expect(folder.read('fused.ndjson') === folder.read('piped.ndjson')).toBe(true);
    expect(folder.read('fused.empty') === folder.read('piped.empty')).toBe(true);
    expect(folder.files()).toEqual(folder.files().map((name) => name.replace('.part', '')));
  });

  it('have each event exactly once in their files behind kill -9, where the source keeps state', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=40000,step=20ms,disorder=5s | tm sink log.ndjson --meta keep');
    const line = (name: string, state: string): string =>
      `named source tm source log.ndjson --time @t --delay 5s ${state} | tm filter 'status < 500' | named map tm map 'kb = bytes / 1024' | ` +
      `tm route ${name}.large='kb > 4' | tm sink ${name}.ndjson`;
    await folder.run(line('whole', ''));
    for (const [i, name] of ['source', 'map'].entries()) {
      for (const pid of ['map.pid', 'source.pid']) fs.rmSync(join(folder.path, pid), { force: true });
      const running = folder.start(line('out', '--state st --checkpoint 20ms'));
      await running.pid('map');
      await new Promise((resolve) => setTimeout(resolve, 200 + 80 * i));
      await running.kill(name, 'SIGKILL').catch(() => {});
      await running.done;
    }
    const last = await folder.run(line('out', '--state st --checkpoint 20ms --drain'));
    expect({ stderr: last.stderr, codes: last.codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0, 0] });
    for (const name of ['.large', '.ndjson'])
      expect(folder.read(`out${name}`) === folder.read(`whole${name}`), name).toBe(true);
  });

  it('end with what was read when they are interrupted', async () => {
    const running = new Folder().start(`${SOURCE} | tm filter 'a > 0' | tm map 'b = a' | ${SINK}`);
    running.send('{"t":1,"a":1}\n');
    await running.said('{"t":1,"a":1,"b":1}\n');
    running.killAll('SIGINT');
    const { stdout, stderr, codes } = await running.done;
    expect({ stdout, stderr, codes }).toEqual({
      stdout: '{"t":1,"a":1,"b":1}\n',
      stderr: '',
      codes: [130, 3, 3, 3],
    });
  });
});
