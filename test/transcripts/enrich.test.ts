import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Folder, pause } from './shell.ts';

/** Events at so many seconds of 2024, a second apart. */
const events = (...members: readonly string[]): string =>
  members
    .map((text, second) => `{"ts":"2024-01-01T00:00:${String(second).padStart(2, '0')}Z",${text}}\n`)
    .join('');

const SOURCE = 'tm source events.ndjson --time ts --delay 1s';

/** The events of a stream, without their times. */
const membersIn = (stream: string): string[] =>
  stream
    .split('\n')
    .filter((line) => line.startsWith('{"@t"'))
    .map((line) => line.replace(/^\{"@t":"[^"]*",(?:"ts":"[^"]*",)?/, '').slice(0, -1));

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('tm enrich table', () => {
  it('joins a csv file, and one line of shell counts by its column', async () => {
    const folder = new Folder();
    folder.write('events.ndjson', events('"user":1', '"user":2', '"user":1', '"user":"1"'));
    folder.write('users.csv', 'id,country\n1,DE\n2,\n');
    const line = `${SOURCE} | tm enrich table users.csv --by user=id | tm combine --by country n=count | tm sink --format csv`;
    const { stdout, stderr, codes } = await folder.run(line);
    expect({ stdout, stderr, codes }).toEqual({
      stdout: 'country,n\n,2\nDE,2\n',
      stderr: '',
      codes: [0, 0, 0, 0],
    });
  });

  it('reads the table from a process substitution', async () => {
    const folder = new Folder();
    folder.write('events.ndjson', events('"user":1'));
    const { stdout } = await folder.run(
      `${SOURCE} | tm enrich table <(echo '{"user":1,"name":"Ann"}') --by user`,
    );
    expect(membersIn(stdout)).toEqual(['"user":1,"name":"Ann"']);
  });

  it('takes the new rows of a table that was replaced while the stream runs', async () => {
    const folder = new Folder();
    folder.write('users.csv', 'user,name\n1,old\n');
    const running = folder.start('tm enrich table users.csv --by user --eof drain');
    const event = (user: number): string => `{"@t":"2024-01-01T00:00:00.000Z","user":${user}}\n`;
    running.send(event(1));
    await running.said('"name":"old"');
    folder.write('users.new', 'user,name\n1,new\n');
    await folder.run('mv users.new users.csv');
    await pause(1100);
    running.send(event(1));
    await running.said('"name":"new"');
    folder.write('users.new', 'user,name\n1');
    await folder.run('mv users.new users.csv');
    await pause(1100);
    running.send(event(1));
    await running.told('users.csv has changed and cannot be used, the table stays as it was: line 2');
    const { stdout, codes } = await running.end().done;
    expect(codes).toEqual([0]);
    expect(membersIn(stdout)).toEqual([
      '"user":1,"name":"old"',
      '"user":1,"name":"new"',
      '"user":1,"name":"new"',
    ]);
  });

  it.each([
    ['none.csv --by user', 1, 'cannot read none.csv: no such file or directory'],
    ['users.csv', 2, '--by is missing'],
    ['- --by user', 2, 'the table cannot come from standard input'],
    ['users.txt --by user', 2, "the name users.txt does not tell the table's format"],
    ['users.csv --by user=nam', 1, 'users.csv: there is no column nam'],
    ['users.csv --by user --columns a=name,a', 2, 'two columns are named a'],
    ['users.csv --by user --columns ts=name', 1, 'line 2: the event has a member ts already'],
    ['users.csv --by user --as ""', 2, '--as: the name is empty'],
    ['users.csv --by user --join outer', 2, "'outer' is not one of left, inner"],
  ])('tells what is wrong with: %s', async (words, code, message) => {
    const folder = new Folder();
    folder.write('events.ndjson', events('"user":1'));
    folder.write('users.csv', 'user,name\n1,Ann\n');
    const { stderr, codes } = await folder.run(`${SOURCE} | tm enrich table ${words}`);
    expect(stderr).toContain(message);
    expect(codes[1]).toBe(code);
  });
});

describe('a table with long rows', () => {
  it.each(['ndjson', 'csv'])('is bound by --max-line, like every other input: %s', async (format) => {
    const folder = new Folder();
    const long = 'x'.repeat(3000);
    folder.write(
      `table.${format}`,
      format === 'csv' ? `k,v\n1,a\n2,${long}\n` : `{"k":1,"v":"a"}\n{"k":2,"v":"${long}"}\n`,
    );
    const line = (options: string): string =>
      `tm source generate:count=1 | tm enrich table table.${format} --by status=k ${options} | tm sink`;
    expect((await folder.run(line(''))).codes).toEqual([0, 0, 0]);
    const { codes, stderr } = await folder.run(line('--max-line 2KiB'));
    expect(codes[1]).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^tm enrich: table\\.${format}: line ${format === 'csv' ? 3 : 2}: .*longer than --max-line \\(2048 bytes\\)\n`,
      ),
    );
  });
});

describe('tm enrich http', () => {
  it('adds answers in order, however long each takes, and retries', async () => {
    const seen = new Set<string | undefined>();
    const url = await serve((request, response) => {
      if (!seen.has(request.url) && /[13579]$/.test(`${request.url}`)) {
        seen.add(request.url);
        response.writeHead(503, { 'retry-after': '0' }).end();
        return;
      }
      const reply = (): void => void response.end(`{"path":"${request.url}"}\n`);
      setTimeout(reply, request.url === '/0' ? 200 : 5);
    });
    const folder = new Folder();
    const ids = Array.from({ length: 50 }, (_, id) => id);
    folder.write('events.ndjson', events(...ids.map((id) => `"id":${id}`)));
    const { stdout, stderr, codes } = await folder.run(
      `${SOURCE} | tm enrich http ${url}/{id} --as got --concurrency 25`,
    );
    expect(stderr).toBe('');
    expect(codes).toEqual([0, 0]);
    expect(membersIn(stdout)).toEqual(ids.map((id) => `"id":${id},"got":{"path":"/${id}"}`));
    // The watermarks stand where they stood.
    const plain = (await folder.run(SOURCE)).stdout;
    const withoutAnswers = stdout
      .replaceAll(/,"got":\{[^}]*\}/g, '')
      .replace(',"schema":{"type":"object","properties":{"got":{}}}', '')
      .replace('"source","enrich"', '"source"');
    expect(withoutAnswers).toBe(plain);
  });

  it('keeps events without an answer as a stream of their own', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/2' ? 400 : 200;
      response.end('1');
    });
    const folder = new Folder();
    folder.write('events.ndjson', events('"id":1', '"id":2', '"x":3'));
    const { stdout, stderr, codes } = await folder.run(
      `${SOURCE} | tm enrich http ${url}/{id} --dead-letter-to dead.ndjson`,
    );
    expect(codes).toEqual([0, 0]);
    expect(membersIn(stdout)).toEqual(['"id":1,"enriched":1']);
    expect(stderr).toContain(`${url}/2: status 400: the event is a dead letter`);
    const again = await folder.run('tm source dead.ndjson --format stream | tm sink --meta drop');
    expect(again.codes).toEqual([0, 0]);
    expect(again.stdout).toBe(events('', '"id":2', '"x":3').split('\n').slice(1).join('\n'));
  });

  it('ends with the line, the URL and the status, and leaves no file behind', async () => {
    const url = await serve((_, response) => response.writeHead(403).end());
    const folder = new Folder();
    folder.write('events.ndjson', events('"id":1'));
    const { stderr, codes } = await folder.run(`${SOURCE} | tm enrich http ${url}/{id} | tm sink out.ndjson`);
    expect(stderr).toContain(`tm enrich: line 2: ${url}/1: status 403\n`);
    expect(codes).toEqual([0, 1, 3]);
    expect(folder.files()).toEqual(['events.ndjson']);
  });

  it('fails while its input is silent', async () => {
    const url = await serve((_, response) => response.writeHead(400).end());
    const running = new Folder().start(`tm enrich http ${url}/{id}`);
    running.send('{"@t":"2024-01-01T00:00:00.000Z","id":1}\n');
    const { stderr, codes } = await running.done;
    expect(stderr).toContain('line 1');
    expect(codes).toEqual([1]);
  });

  it('ends quietly when nobody reads on, while requests are under way', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/0') response.end('1');
    });
    const folder = new Folder();
    folder.write('events.ndjson', events(...[0, 1, 2, 3].map((id) => `"id":${id}`)));
    const running = folder.start(
      `(cat events.ndjson; sleep 20) | tm source --time ts --delay 1s | named enrich tm enrich http ${url}/{id} --timeout 1s --retry 0 --on-failure pass | head -1`,
    );
    running.done.catch(() => {});
    await running.pid('enrich');
    const started = Date.now();
    // The source is still waiting for input: only the stages behind it have ended.
    await running.until(() => !alive(folder, 'enrich'), 'enrich has ended');
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(running.stderr).toBe('');
  });

  it('ends at the second signal, while a request is under way', async () => {
    let asked = (): void => {};
    const request = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const url = await serve(() => asked());
    const running = new Folder().start(`cat | named enrich tm enrich http ${url}/{id} --timeout 10m`);
    running.send('{"@t":"2024-01-01T00:00:00.000Z","id":1}\n');
    await request;
    await running.kill('enrich', 'SIGTERM');
    await pause(200);
    await running.kill('enrich', 'SIGTERM');
    expect((await running.end().done).codes).toEqual([0, 143]);
  });

  it('ends when its input is cut off, while it waits for another attempt', async () => {
    const url = await serve((_, response) => response.writeHead(503, { 'retry-after': '600' }).end());
    const folder = new Folder();
    folder.write('events.ndjson', events('"id":1'));
    const { stderr, codes } = await folder.run(`${SOURCE} | grep -v @end | tm enrich http ${url}/{id}`);
    expect(codes).toEqual([0, 0, 3]);
    expect(stderr).toContain('the input stopped without @end');
  });

  it.each([
    ['', 2, 'URL'],
    ['localhost/{id}', 2, "'localhost/{id}' is no URL of http or https"],
    ['http://{id}.com/', 2, 'a field stands in the host of the URL'],
    ['http://a:b@c/{id}', 2, 'the URL has a user name in it'],
    ['http://c/{id', 2, 'a brace has no partner'],
    ['http://c/{}', 2, 'no field'],
    ['http://c/{id} --header nonsense', 2, "'nonsense' is no header"],
    ['http://c/{id} --concurrency 0', 2, 'no whole number from 1 on'],
    ['http://c/{id} --on-failure drop --dead-letter-to x', 2, 'exclude each other'],
  ])('tells what is wrong with: %s', async (words, code, message) => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(`tm enrich http ${words}`);
    expect(stderr).toContain(message);
    expect(codes).toEqual([code]);
  });
});

/** Whether the process of a stage `named` so is there. */
function alive(folder: Folder, name: string): boolean {
  try {
    process.kill(Number(folder.read(`${name}.pid`)), 0);
    return true;
  } catch {
    return false;
  }
}
