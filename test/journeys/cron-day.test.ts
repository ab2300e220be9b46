import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Chance } from '../chaos/chance.ts';
import { cronDay } from '../chaos/cron-day.ts';
import { BIN } from './journey.ts';

/** `npm run chaos` has a run every five minutes, 288 of them. */
it('a day of cron over a log that grows and is renamed equals one run over all of it', {
  timeout: 120_000,
}, async () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-day-'));
  const wrong = await cronDay({ folder, bin: BIN, chance: new Chance(3), runs: 36, lines: 10_000 });
  expect(wrong).toBeUndefined();
  fs.rmSync(folder, { recursive: true, force: true });
});
