import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chaos } from '../chaos/chaos.ts';
import { SCENARIOS } from '../chaos/scenarios.ts';
import { BIN, ROOT } from './journey.ts';

/** Scenarios of the long form whose parts others have too. */
const LONG = new Set([
  'combine',
  'dedup',
  'enrich-table',
  'enrich-http',
  'combine-fused',
  'partitioned',
  'rolled',
  'spool-moved',
  'modules-fused',
  'panes-sessions',
  'spilled',
  'panes-spilled-sessions',
]);

/** `npm run chaos` does the same with all scenarios, 500 kills and more events. */
it('kill -9 at any instant, and the same line again, leave what an undisturbed run leaves', {
  timeout: 300_000,
}, async () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-chaos-'));
  const tallies = await chaos({
    scenarios: SCENARIOS.filter(({ name }) => !LONG.has(name)),
    seed: 20261121,
    kills: 24,
    killsOfALife: 3,
    size: 0.12,
    folder,
    bin: BIN,
    modules: join(ROOT, 'test', 'outside', 'modules'),
  });
  expect(tallies.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(tallies.reduce((kills, tally) => kills + tally.kills, 0)).toBeGreaterThanOrEqual(24);
  fs.rmSync(folder, { recursive: true, force: true });
});
