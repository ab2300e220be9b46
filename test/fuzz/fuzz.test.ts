import { expect, it } from 'vitest';
import { fuzzCommandLines } from './command-lines.ts';
import { fuzzLines } from './lines.ts';

// The short form of `npm run fuzz`.

it('lines that nobody would write make no reader fail, stop or grow, in whatever blocks they come', () => {
  const { findings, lines } = fuzzLines({ seed: 1, lines: 20_000 });
  expect(findings).toEqual([]);
  expect(lines).toBeGreaterThanOrEqual(20_000);
});

it('command lines that nobody would write are refused in one line, or mean something', async () => {
  const { findings, built } = await fuzzCommandLines({ seed: 1, lines: 500 });
  expect(findings).toEqual([]);
  expect(built).toBeGreaterThan(20);
});
