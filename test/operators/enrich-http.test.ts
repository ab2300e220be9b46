import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import { answer, echo, enrich, Server, setUp } from './asking.ts';
import { cut, END, eventLine, HEADER, pipe, streamOf, watermarkLine } from './piping.ts';
import { VirtualWorld } from './virtual-world.ts';

provideLanguage(language);

describe('enrich http', () => {
  it('asks for what is computed; where it cannot be, that is why there is no answer', async () => {
    const server = echo();
    const piped = await enrich(
      server,
      streamOf(eventLine(0, '"id":"A/B"'), eventLine(1, '"id":7'), eventLine(2, '"n":1')),
      { url: "http://s/{lower(id)}?kind={id == 'A/B' ? '}' : 'other'}", onFailure: 'pass' },
    );
    expect(server.asked).toEqual(['a%2Fb?kind=%7D']);
    expect(piped.lines.slice(0, 3)).toEqual([
      eventLine(0, '"id":"A/B","enriched":{"path":"a%2Fb?kind=%7D"}'),
      eventLine(1, '"id":7,"enriched":null'),
      eventLine(2, '"n":1,"enriched":null'),
    ]);
    expect(piped.notices[0]).toMatch(/^line 3: lower wants a string, not 7, in 'lower\(id\)'/);
  });

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
