import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../src/operators/http-answer.ts';
import { Batch } from '../../src/stream/batch.ts';
import { answer, echo, enrich, Server, setUp } from './asking.ts';
import { cut, END, eventLine, HEADER, pipe, streamOf } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

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
