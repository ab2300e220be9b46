import os from 'node:os';
import { expect, it } from 'vitest';
import { ROOT, start } from './journey.ts';

it('the demo shows the pipe, its results and what was late, wherever it is started', async () => {
  const { code, stdout, stderr } = await start('node', [`${ROOT}/scripts/demo.mjs`], os.tmpdir()).done;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [pipe, results, late] = ['$ tm source', '\nwindow_start ', ' events were late, the latest by '].map(
    (text) => stdout.indexOf(text),
  );
  expect([pipe! > 0, results! > pipe!, late! > results!]).toEqual([true, true, true]);
  expect(stdout).toContain('  hint: --delay ');
  expect(stdout.match(/^2026-03-14 10:30:00 .* \/.*$/gm)).toHaveLength(5);
});

it('the demo of a crash ends with the bytes of an undisturbed run, and so does that of cron', {
  timeout: 120_000,
}, async () => {
  const { code, stdout, stderr } = await start('node', [`${ROOT}/scripts/demo-crash.mjs`], os.tmpdir()).done;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain('^ killed with kill -9');
  expect(stdout.match(/^identical$/gm)).toHaveLength(2);
});
