import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chaos } from '../chaos/chaos.ts';
import { SCENARIOS } from '../chaos/scenarios.ts';
import { BIN } from './journey.ts';

/** `npm run chaos` does the same with 500 kills and more events. */
it('kill -9 at any instant, and the same line again, leave what an undisturbed run leaves', {
  timeout: 240_000,
}, async () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-chaos-'));
  const tallies = await chaos({
    scenarios: SCENARIOS,
    seed: 20261121,
    kills: 30,
    killsOfALife: 4,
    size: 0.25,
    folder,
    bin: BIN,
  });
  expect(tallies.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(tallies.reduce((kills, tally) => kills + tally.kills, 0)).toBeGreaterThanOrEqual(30);
  fs.rmSync(folder, { recursive: true, force: true });
});
