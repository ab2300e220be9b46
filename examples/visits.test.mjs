// Tests a pipeline without waiting for anything:
//   node --test visits.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combine, filter, window } from 'tidemark';
import { testPipeline } from 'tidemark/testing';

const visits = [
  filter('!agent.contains("bot")'),
  window.session('30m'),
  combine({ pages: 'count' }, { by: ['host'] }),
];

const page = (time, host, agent = 'Firefox') => ({ time: `2026-03-14T${time}Z`, value: { host, agent } });

test('a visit ends when a host has been quiet for half an hour', async () => {
  const { windows } = await testPipeline(visits, [
    page('10:00:00', 'a'),
    page('10:20:00', 'a'),
    page('10:55:00', 'a'),
  ]);
  assert.deepEqual(windows, [
    {
      start: '2026-03-14T10:00:00.000Z',
      end: '2026-03-14T10:50:00.000Z',
      values: [{ host: 'a', pages: 2 }],
    },
    {
      start: '2026-03-14T10:55:00.000Z',
      end: '2026-03-14T11:25:00.000Z',
      values: [{ host: 'a', pages: 1 }],
    },
  ]);
});

test('it is told as soon as no page of it can come any more', async () => {
  const { events } = await testPipeline(visits, [
    page('10:00:00', 'a'),
    { watermark: '2026-03-14T10:29:59Z' },
    { watermark: '2026-03-14T10:30:00Z' },
  ]);
  assert.deepEqual(
    events.map(({ step }) => step),
    [2],
  );
});

test('robots visit nobody', async () => {
  const { events } = await testPipeline(visits, [page('10:00:00', 'a', 'Googlebot')]);
  assert.deepEqual(events, []);
});
