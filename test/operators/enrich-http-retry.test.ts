import { describe, expect, it } from 'vitest';
import { NoAnswer } from '../../src/operators/http-answer.ts';
import { DEAD_LETTER } from '../../src/operators/operator.ts';
import { answer, echo, enrich, Server, setUp } from './asking.ts';
import { cut, END, eventLine, pipe, streamOf } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

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
