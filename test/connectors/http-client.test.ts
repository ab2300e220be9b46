import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpClientOptions, machineWorld, openHttpClient } from '../../src/connectors/http-client.ts';
import type { HttpClient } from '../../src/operators/http-answer.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(handler: http.RequestListener): Promise<{ url: string; server: http.Server }> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function client(options: Partial<HttpClientOptions> = {}): Promise<HttpClient> {
  const opened = await openHttpClient({
    headers: [],
    timeout: 5000,
    connections: 4,
    maxBody: 1000,
    ...options,
  });
  open.push(() => opened.destroy());
  return opened;
}

describe('the http client', () => {
  it('gives status, Retry-After and the body of a 2xx', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/busy') response.writeHead(503, { 'retry-after': '7' }).end('later');
      else response.end(JSON.stringify(request.url));
    });
    const { get } = bound(await client());
    expect(await get(`${url}/a%20b?c=%2F`)).toMatchObject({
      status: 200,
      body: Buffer.from('"/a%20b?c=%2F"'),
    });
    expect(await get(`${url}/busy`)).toEqual({ status: 503, retryAfter: '7', body: Buffer.alloc(0) });
  });

  it('sends the headers that were given, its own where none were', async () => {
    const { url } = await serve((request, response) => {
      const { authorization, accept, 'user-agent': agent } = request.headers;
      response.end(JSON.stringify([request.method, authorization, accept, agent]));
    });
    const given = await client({
      headers: [
        ['Authorization', 'Bearer x'],
        ['ACCEPT', 'text/json'],
      ],
    });
    const { body } = await given.get(url);
    expect(JSON.parse(String(body))).toEqual(['GET', 'Bearer x', 'text/json', 'tidemark']);
  });

  it('keeps connections, and lets go of them when it is closed', async () => {
    const { url, server } = await serve((_, response) => response.end('1'));
    let connections = 0;
    server.on('connection', () => connections++);
    const { get, close } = bound(await client({ connections: 1 }));
    for (let i = 0; i < 5; i++) await get(url);
    expect(connections).toBe(1);
    await close();
    await get(url);
    expect(connections).toBe(2);
  });

  it('follows redirections, and takes no credentials to another host', async () => {
    const other = await serve((request, response) =>
      response.end(JSON.stringify(request.headers.authorization ?? null)),
    );
    const { url } = await serve((request, response) => {
      if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
      else if (request.url?.startsWith('/far'))
        response.writeHead(302, { location: `${request.url}1` }).end();
      else response.writeHead(302, { location: other.url }).end();
    });
    const { get } = bound(await client({ headers: [['Authorization', 'secret']] }));
    expect(await get(url)).toMatchObject({ status: 200, body: Buffer.from('null') });
    await expect(get(`${url}/loop`)).rejects.toThrow('redirected in a circle');
    expect(await get(`${url}/far/1`)).toMatchObject({ status: 302 });
  });

  it.each([
    ['before the answer', (_: http.IncomingMessage, response: http.ServerResponse) => void response],
    [
      'inside the body',
      (_: http.IncomingMessage, response: http.ServerResponse) => {
        response.write('{');
      },
    ],
  ])('gives up when its time is over: %s', async (_, handler) => {
    const { url } = await serve(handler);
    const { get } = bound(await client({ timeout: 150 }));
    const started = performance.now();
    await expect(get(url)).rejects.toThrow('no answer within 150ms');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('gives up on a host that does not take the connection', async () => {
    // A full backlog: nobody accepts.
    const { get } = bound(await client({ timeout: 150 }));
    await expect(get('http://192.0.2.1/')).rejects.toThrow(/no answer within 150ms|unreachable|refused/);
  });

  it('says why there is no answer', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/reset') request.socket.resetAndDestroy();
      else if (request.url === '/close') request.socket.destroy();
      else response.writeHead(200, { 'content-length': 100 }).write('{', () => request.socket.destroy());
    });
    const { get } = bound(await client());
    await expect(get(`${url}/reset`)).rejects.toThrow('connection reset by peer');
    await expect(get(`${url}/close`)).rejects.toThrow('other side closed');
    await expect(get(`${url}/half`)).rejects.toThrow(/other side closed|terminated|aborted/);
    const closed = net.createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow('connection refused');
    await expect(get(`http://localhost:${port}/`)).rejects.toThrow('connection refused');
  });

  it('does not take a body that is too large', async () => {
    const { url } = await serve((_, response) => response.end('x'.repeat(100_000)));
    const { get } = bound(await client());
    expect(await get(url)).toMatchObject({ status: 200, body: undefined });
    expect(await get(url)).toMatchObject({ status: 200, body: undefined });
  });

  it('ends what is under way when it is destroyed', async () => {
    const { url } = await serve(() => {});
    const { get, destroy } = bound(await client());
    const asking = get(url);
    setTimeout(destroy, 50);
    await expect(asking).rejects.toThrow();
  });
});

describe('the world of this machine', () => {
  it('ends a sleep that is aborted, at once', async () => {
    const stop = new AbortController();
    const started = performance.now();
    const sleeping = machineWorld.sleep(60_000, stop.signal);
    stop.abort();
    await sleeping;
    await machineWorld.sleep(60_000, stop.signal);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('sleeps longer than a timer can count', async () => {
    const stop = new AbortController();
    const first = await Promise.race([
      machineWorld.sleep(1e15, stop.signal).then(() => 'woke'),
      new Promise((resolve) => setTimeout(() => resolve('asleep'), 50)),
    ]);
    expect(first).toBe('asleep');
    stop.abort();
  });
});

function bound(of: HttpClient): {
  get: HttpClient['get'];
  close: HttpClient['close'];
  destroy: HttpClient['destroy'];
} {
  return { get: of.get.bind(of), close: of.close.bind(of), destroy: of.destroy.bind(of) };
}
