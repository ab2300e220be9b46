import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnrichHttp, type EnrichHttpOptions } from '../../src/operators/enrich-http.ts';
import { type HttpAnswer, type HttpClient, NoAnswer } from '../../src/operators/http-answer.ts';
import { DEAD_LETTER } from '../../src/operators/operator.ts';
import { parseUrlTemplate } from '../../src/operators/url-template.ts';
import { Batch } from '../../src/stream/batch.ts';
import { cut, END, eventLine, HEADER, Piped, pipe, streamOf, watermarkLine } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

const answer = (status: number, body = '', retryAfter?: string): HttpAnswer => ({
  status,
  retryAfter,
  body: Buffer.from(body),
});

/** A server as a function; it sees that no URL is asked for twice at once, and how many are. */
class Server implements HttpClient {
  readonly asked: string[] = [];
  most = 0;
  closed = 0;
  destroyed = 0;
  readonly #active = new Set<string>();
  readonly #reply: (path: string, attempt: number) => HttpAnswer | Promise<HttpAnswer>;

  constructor(reply: (path: string, attempt: number) => HttpAnswer | Promise<HttpAnswer>) {
    this.#reply = reply;
  }

  async get(url: string): Promise<HttpAnswer> {
    if (this.#active.has(url)) throw new Error(`${url} is asked for twice at once`);
    this.#active.add(url);
    this.most = Math.max(this.most, this.#active.size);
    const path = url.replace('http://s/', '');
    this.asked.push(path);
    try {
      return await this.#reply(path, this.asked.filter((other) => other === path).length);
    } finally {
      this.#active.delete(url);
    }
  }

  async close(): Promise<void> {
    this.closed++;
  }

  async destroy(): Promise<void> {
    this.destroyed++;
  }
}

interface Setup extends Partial<Omit<EnrichHttpOptions, 'url'>> {
  readonly url?: string;
  readonly world?: VirtualWorld;
  readonly sides?: readonly number[];
}

function setUp(server: HttpClient, setup: Setup = {}): { operator: EnrichHttp; piped: Piped } {
  const { url = 'http://s/{id}', world = new VirtualWorld(), sides = [], ...rest } = setup;
  const piped = new Piped(sides);
  const options = {
    url: parseUrlTemplate(url),
    as: 'enriched',
    concurrency: 8,
    retry: 5,
    until: undefined,
    onFailure: 'fail' as const,
    ...rest,
  };
  return { operator: new EnrichHttp(options, server, world, piped.context), piped };
}

async function enrich(server: HttpClient, lines: readonly string[], setup?: Setup): Promise<Piped> {
  const { operator, piped } = setUp(server, setup);
  return pipe(cut(lines), operator, piped);
}

const echo = (): Server => new Server((path) => answer(200, `{"path":"${path}"}`));

describe('enrich http', () => {
  it('appends the answer to each event and touches nothing else', async () => {
    const piped = await enrich(
      echo(),
      streamOf(
        eventLine(0, '"id":1,"big":18446744073709551615,"e":1.10'),
        watermarkLine(0),
        `{"@t":"1970-01-01T00:00:01.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","@pane":{"index":0},"id":"a\\u00e9 /?&"}`,
      ),
    );
    expect(piped.lines).toEqual([
      eventLine(0, '"id":1,"big":18446744073709551615,"e":1.10,"enriched":{"path":"1"}'),
      watermarkLine(0),
      `{"@t":"1970-01-01T00:00:01.000Z","@w":"1970-01-01T00:00:00.000Z/1970-01-01T00:01:00.000Z","@pane":{"index":0},"id":"a\\u00e9 /?&","enriched":{"path":"a%C3%A9%20%2F%3F%26"}}`,
      ...END,
    ]);
  });

  it('keeps the bytes of an answer, in one line', async () => {
    const server = new Server(() =>
      answer(200, '\ufeff {\r\n  "n": 12345678901234567890,\n\t"s": "a\\nb"\n}\n'),
    );
    const piped = await enrich(server, streamOf(eventLine(0, '"id":1')));
    expect(piped.lines[0]).toBe(
      eventLine(0, '"id":1,"enriched":{    "n": 12345678901234567890, \t"s": "a\\nb" }'),
    );
  });

  it('adds null for 404 and for an answer without body', async () => {
    const server = new Server((path) => (path === '1' ? answer(404, 'gone') : answer(204)));
    const piped = await enrich(server, streamOf(eventLine(0, '"id":1'), eventLine(1, '"id":2')));
    expect(piped.lines.slice(0, 2)).toEqual([
      eventLine(0, '"id":1,"enriched":null'),
      eventLine(1, '"id":2,"enriched":null'),
    ]);
    expect(piped.notices).toEqual([]);
  });

  it('wonders when every answer was 404', async () => {
    const piped = await enrich(
      new Server(() => answer(404)),
      streamOf(eventLine(0, '"id":1'), eventLine(1, '"id":2')),
    );
    expect(piped.notices).toEqual(['every answer was 404, not found: is the URL right?']);
  });

  it('names an empty event its only member', async () => {
    const piped = await enrich(echo(), streamOf(eventLine(0, '')), { url: 'http://s/all', as: '@t' });
    expect(piped.lines[0]).toBe(eventLine(0, '"@@t":{"path":"all"}'));
  });

  it('keeps order and bounds requests, whatever the latencies, cuts and failures', async () => {
    const item = fc.oneof(
      { weight: 4, arbitrary: fc.record({ id: fc.nat({ max: 9 }) }) },
      { weight: 1, arbitrary: fc.constant('watermark' as const) },
      { weight: 1, arbitrary: fc.constant('none' as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 60 }),
        fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 10 }),
        fc.boolean(),
        async (items, latencies, failures, concurrency, cuts, slowOutput) => {
          const world = new VirtualWorld(0, [0, 0.3, 0.9]);
          let asked = 0;
          const server = new Server(async (path) => {
            const turn = asked++;
            await world.pass(latencies[turn % latencies.length]!);
            // Never twice in a row, so that every request comes through in the end.
            if (failures[turn % failures.length] && turn % 2 === 0) return answer(503);
            return answer(200, path);
          });
          const input: string[] = [];
          const expected: string[] = [];
          items.forEach((given, index) => {
            if (given === 'watermark') {
              input.push(watermarkLine(index));
              expected.push(watermarkLine(index));
            } else if (given === 'none') {
              input.push(eventLine(index, '"id":null'));
              expected.push(eventLine(index, '"id":null,"enriched":null'));
            } else {
              input.push(eventLine(index, `"id":${given.id}`));
              expected.push(eventLine(index, `"id":${given.id},"enriched":${given.id}`));
            }
          });
          const { operator, piped } = setUp(server, { world, concurrency, onFailure: 'pass', retry: 1000 });
          if (slowOutput) piped.slowness = () => world.pass(20);
          await pipe(cut(streamOf(...input), cuts), operator, piped);
          expect(piped.lines).toEqual([...expected, ...END]);
          expect(server.most).toBeLessThanOrEqual(concurrency);
          expect(server.closed).toBe(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does more at once than it may hold back', async () => {
    const world = new VirtualWorld();
    const server = new Server(async (path) => {
      await world.pass(path === '0' ? 100_000 : 1);
      return answer(200, path);
    });
    const lines = Array.from({ length: 3000 }, (_, id) => eventLine(id, `"id":${id}`));
    const piped = await enrich(server, streamOf(...lines), { world, concurrency: 4 });
    expect(piped.lines).toEqual([
      ...lines.map((line, id) => line.replace(/}$/, `,"enriched":${id}}`)),
      ...END,
    ]);
    expect(server.most).toBe(4);
  });

  it('writes an event when its answer is there, while the input is silent', async () => {
    const { operator, piped } = setUp(echo());
    async function* input(): AsyncGenerator<string> {
      yield `${HEADER}\n`;
      for (let id = 0; id < 3; id++) {
        yield `${eventLine(id, `"id":${id}`)}\n`;
        while (piped.lines.length <= id) await new Promise((resolve) => setImmediate(resolve));
      }
      yield `${END.join('\n')}\n`;
    }
    await pipe(input(), operator, piped);
    expect(piped.lines).toHaveLength(5);
  });

  it('goes on reading while an answer is awaited', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = new Server(async (path) => {
      if (path === '0') await released;
      return answer(200, path);
    });
    const { operator, piped } = setUp(server);
    async function* input(): AsyncGenerator<string> {
      yield `${HEADER}\n`;
      for (let id = 0; id < 5; id++) yield `${eventLine(id, `"id":${id}`)}\n`;
      while (server.asked.length < 5) await new Promise((resolve) => setImmediate(resolve));
      expect(piped.lines).toEqual([]);
      release();
      yield `${END.join('\n')}\n`;
    }
    await pipe(input(), operator, piped);
    expect(piped.lines.map((line) => line.slice(-2)).slice(0, 5)).toEqual(['0}', '1}', '2}', '3}', '4}']);
  });

  it('lets markers wait for the events before them', async () => {
    const world = new VirtualWorld();
    const server = new Server(async (path) => {
      await world.pass(1000);
      return answer(200, path);
    });
    const piped = await enrich(
      server,
      streamOf(eventLine(0, '"id":1'), '{"@idle":true}', eventLine(1, '"id":2'), '{"@barrier":8}'),
      { world },
    );
    expect(piped.lines).toEqual([
      eventLine(0, '"id":1,"enriched":1'),
      '{"@idle":true}',
      eventLine(1, '"id":2,"enriched":2'),
      '{"@barrier":8}',
      ...END,
    ]);
  });
});

describe('retries of enrich http', () => {
  it('wait exponentially longer, with full jitter', async () => {
    const world = new VirtualWorld(0, [1, 0.5, 1, 0]);
    const server = new Server((_, attempt) => (attempt <= 4 ? answer(503) : answer(200, '1')));
    await enrich(server, streamOf(eventLine(0, '"id":1')), { world });
    expect(world.slept).toEqual([500, 500, 2000, 0]);
  });

  it('never wait longer than 30 s of their own', async () => {
    const world = new VirtualWorld();
    const server = new Server((_, attempt) => (attempt <= 9 ? answer(500) : answer(200, '1')));
    await enrich(server, streamOf(eventLine(0, '"id":1')), { world, retry: 9 });
    expect(world.slept.slice(-3)).toEqual([30_000, 30_000, 30_000]);
  });

  it.each([
    ['seconds', '7', 7000],
    ['a date', 'Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
    ['a date of RFC 850', 'Thursday, 01-Jan-70 00:01:00 GMT', 60_000],
    ['a date of asctime', 'Thu Jan  1 00:01:00 1970', 60_000],
    ['a date that has passed', 'Wed, 31 Dec 1969 00:00:00 GMT', 0],
    ['nonsense', 'soon', 0],
  ])('wait for Retry-After: %s', async (_, retryAfter, asked) => {
    const world = new VirtualWorld(0, [0.5]);
    const server = new Server((_path, attempt) =>
      attempt === 1 ? answer(429, '', retryAfter) : answer(200, '1'),
    );
    await enrich(server, streamOf(eventLine(0, '"id":1')), { world });
    expect(world.slept).toEqual([asked + 250]);
  });

  it.each([
    [400, 1],
    [401, 1],
    [403, 1],
    [301, 1],
    [408, 3],
    [429, 3],
    [500, 3],
    [503, 3],
    [599, 3],
  ])('after status %i make %i attempts in all', async (status, attempts) => {
    const server = new Server(() => answer(status));
    const { operator, piped } = setUp(server, { retry: 2, onFailure: 'drop' });
    await pipe(cut(streamOf(eventLine(0, '"id":1'))), operator, piped);
    expect(server.asked).toHaveLength(attempts);
    expect(piped.lines).toEqual(END);
    expect(piped.notices[0]).toMatch(`http://s/1: status ${status}`);
  });

  it('are made after connections that fail', async () => {
    const server = new Server((_, attempt) => {
      if (attempt < 3) throw new NoAnswer('connection refused');
      return answer(200, '1');
    });
    const piped = await enrich(server, streamOf(eventLine(0, '"id":1')));
    expect(piped.lines[0]).toBe(eventLine(0, '"id":1,"enriched":1'));
    expect(piped.counters).toEqual(
      new Map([
        ['requests', 3],
        ['retries', 2],
      ]),
    );
  });

  it('are not made for an answer that is no JSON', async () => {
    const server = new Server(() => answer(200, '{"a":1,}'));
    await expect(enrich(server, streamOf(eventLine(0, '"id":1')))).rejects.toMatchObject({
      message: 'http://s/1: the answer is no JSON: expected a member name in quotes (byte 8)',
      line: 2,
    });
    expect(server.asked).toHaveLength(1);
  });

  it('tell when a server asks for a long wait', async () => {
    const server = new Server((_, attempt) => (attempt === 1 ? answer(503, '', '3600') : answer(200, '1')));
    const piped = await enrich(server, streamOf(eventLine(0, '"id":1')), { world: new VirtualWorld(0, [0]) });
    expect(piped.notices).toEqual([
      'the server asks to wait 1h (http://s/1) | --until AGE gives up on events that grow too old',
    ]);
  });
});

describe('--until', () => {
  it('never asks for an event that is too old already', async () => {
    const server = echo();
    const piped = await enrich(server, streamOf(eventLine(0, '"id":1'), eventLine(50, '"id":2')), {
      world: new VirtualWorld(60_001),
      until: 60_000,
      onFailure: 'letter',
      sides: [DEAD_LETTER],
    });
    expect(server.asked).toEqual(['2']);
    expect(piped.lines).toEqual([eventLine(50, '"id":2,"enriched":{"path":"2"}'), ...END]);
    expect(piped.sides.get(DEAD_LETTER)).toEqual([eventLine(0, '"id":1')]);
    expect(piped.notices).toEqual([
      'line 2: http://s/1 was not asked for; the event is older than 1m: the event is a dead letter',
    ]);
  });

  it('gives up when the next attempt would come too late, without waiting for it', async () => {
    const world = new VirtualWorld(0, [0]);
    const server = new Server(() => answer(503, '', '20'));
    await expect(
      enrich(server, streamOf(eventLine(0, '"id":1')), { world, until: 50_000 }),
    ).rejects.toMatchObject({
      message: 'http://s/1: status 503, after 3 attempts; the event is older than 50s',
    });
    expect(world.slept).toEqual([20_000, 20_000]);
  });

  it('counts for each event that shares a request', async () => {
    const world = new VirtualWorld(100_000, [0]);
    const server = new Server((_, attempt) => (attempt <= 3 ? answer(503, '', '20') : answer(200, '"late"')));
    const lines = streamOf(eventLine(70, '"id":1,"n":"old"'), eventLine(95, '"id":1,"n":"new"'));
    const piped = await enrich(server, lines, { world, until: 70_000, onFailure: 'drop' });
    expect(piped.lines).toEqual([eventLine(95, '"id":1,"n":"new","enriched":"late"'), ...END]);
    expect(server.asked).toHaveLength(4);
  });
});

describe('failures of enrich http', () => {
  it('end the run at the first event in the order of the stream, behind what came before it', async () => {
    const world = new VirtualWorld();
    const server = new Server(async (path) => {
      await world.pass(path === '1' ? 500 : 1);
      return path === '0' ? answer(200, '0') : answer(400 + Number(path));
    });
    const { operator, piped } = setUp(server, { world });
    const lines = streamOf(...[0, 1, 2].map((id) => eventLine(id, `"id":${id}`)));
    await expect(pipe(cut(lines), operator, piped)).rejects.toMatchObject({
      code: 'failed',
      message: 'http://s/1: status 401',
      line: 3,
    });
    expect(piped.lines).toEqual([eventLine(0, '"id":0,"enriched":0')]);
    // Who calls once more is told again.
    expect(() => operator.onBatch(0, new Batch(1)).next()).toThrow('status 401');
  });

  it('end the run while the input is silent', async () => {
    const { operator, piped } = setUp(new Server(() => answer(400)));
    async function* input(): AsyncGenerator<string> {
      yield `${HEADER}\n${eventLine(0, '"id":1')}\n`;
      await new Promise(() => {});
    }
    await expect(pipe(input(), operator, piped)).rejects.toMatchObject({ message: 'http://s/1: status 400' });
  });

  it('of the output end the run, also while nothing is read', async () => {
    const { operator, piped } = setUp(echo());
    piped.slowness = () => Promise.reject(new Error('nobody reads on'));
    async function* input(): AsyncGenerator<string> {
      yield `${HEADER}\n`;
      yield `${eventLine(0, '"id":1')}\n`;
      await new Promise(() => {});
    }
    await expect(pipe(input(), operator, piped)).rejects.toThrow('nobody reads on');
  });

  it('of the program itself end the run', async () => {
    const server = new Server(() => Promise.reject(new TypeError('a bug')));
    const lines = Array.from({ length: 20 }, (_, id) => eventLine(id, `"id":${id}`));
    await expect(enrich(server, streamOf(...lines), { concurrency: 2 })).rejects.toThrow('a bug');
  });

  it('leave a waiting batch with the error, not in silence', async () => {
    const server = new Server(() => answer(400));
    const lines = Array.from({ length: 2000 }, (_, id) => eventLine(id, `"id":${id}`));
    await expect(enrich(server, streamOf(...lines), { concurrency: 2 })).rejects.toMatchObject({ line: 2 });
  });

  it.each([
    ['{}', 'no id'],
    ['"id":null', 'no id'],
    ['"id":""', 'id is empty'],
    ['"id":".."', 'the path would have . or .. in it'],
    ['"id":"."', 'the path would have . or .. in it'],
    ['"id":[1]', 'id is a list'],
    ['"id":{"a":1}', 'id is an object'],
    ['"id":"\\ud800"', 'id is no Unicode text: it has a lone surrogate'],
  ])('are events that make no URL: %s', async (members, message) => {
    const server = echo();
    await expect(
      enrich(server, streamOf(eventLine(0, members === '{}' ? '' : members))),
    ).rejects.toMatchObject({ message, line: 2 });
    expect(server.asked).toEqual([]);
  });

  it('are told once and then in all', async () => {
    const lines = [1, 2, 3].map((id) => eventLine(id, `"id":${id}`));
    const dropped = await enrich(new Server(() => answer(400)), streamOf(...lines), { onFailure: 'drop' });
    expect(dropped.lines).toEqual(END);
    expect(dropped.notices).toEqual([
      'line 2: http://s/1: status 400: the event is left out',
      '3 events were left out in all',
    ]);
    expect(dropped.counters.get('failed')).toBe(3);
    const passed = await enrich(new Server(() => answer(400)), streamOf(...lines), { onFailure: 'pass' });
    expect(passed.lines).toEqual([...lines.map((line) => line.replace(/}$/, ',"enriched":null}')), ...END]);
  });

  it('are events that have the member already', async () => {
    const { operator, piped } = setUp(echo());
    const lines = streamOf(eventLine(0, '"id":1'), eventLine(0, '"id":1,"enriched":0'));
    await expect(pipe(cut(lines), operator, piped)).rejects.toMatchObject({
      message: 'the event has a member enriched already',
      line: 3,
    });
    // What came before it has left.
    expect(piped.lines).toHaveLength(1);
  });

  it('stop what is under way when the run is given up', async () => {
    const server = new Server(() => new Promise<HttpAnswer>(() => {}));
    const { operator, piped } = setUp(server, { concurrency: 1 });
    const batchWaits = pipe(cut([HEADER, eventLine(0, '"id":1'), eventLine(1, '"id":2')]), operator, piped);
    await new Promise((resolve) => setImmediate(resolve));
    await operator.abort();
    await expect(batchWaits).rejects.toMatchObject({ code: 'cut' });
    expect(server.destroyed).toBe(1);
  });
});
