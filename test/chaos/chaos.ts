import fs from 'node:fs';
import { join } from 'node:path';
import { Answering } from './answering.ts';
import { Chance } from './chance.ts';
import { Life } from './life.ts';
import type { Scenario } from './scenarios.ts';

export interface ChaosOptions {
  readonly scenarios: readonly Scenario[];
  readonly seed: number;
  /** How many kills in all, at least. */
  readonly kills: number;
  /** Kills of one life. */
  readonly killsOfALife: number;
  /** Share of the events of a scenario. */
  readonly size: number;
  /** A folder for all lives; of those that were as they should be nothing stays. */
  readonly folder: string;
  readonly bin: string;
  /** Where the modules of scenarios are. */
  readonly modules: string;
  /** Called after each life. */
  readonly onLife?: (tally: Tally) => void;
}

/** What came of the lives of a scenario. */
export interface Tally {
  readonly name: string;
  lives: number;
  kills: number;
  runs: number;
  restores: number;
  seconds: number;
  /** What went wrong. */
  readonly wrong: string[];
}

/** Leads lives of the scenarios in turn until there were so many kills. */
export async function chaos(options: ChaosOptions): Promise<Tally[]> {
  const { scenarios, seed, folder, bin, modules, size } = options;
  const tallies = scenarios.map(
    ({ name }): Tally => ({ name, lives: 0, kills: 0, runs: 0, restores: 0, seconds: 0, wrong: [] }),
  );
  const server = await Answering.start(seed);
  try {
    for (let turn = 0, kills = 0; turn < scenarios.length || kills < options.kills; turn++) {
      const scenario = scenarios[turn % scenarios.length]!;
      const tally = tallies[turn % scenarios.length]!;
      const place = join(folder, `${scenario.name}-${seed}-${turn}`);
      const started = performance.now();
      const life = new Life({
        scenario,
        folder: place,
        bin,
        modules,
        server,
        size,
        chance: new Chance(seed * 1000 + turn),
        kills: options.killsOfALife,
      });
      const end = await life.lead();
      kills += end.kills;
      tally.lives++;
      tally.kills += end.kills;
      tally.runs += end.runs;
      tally.restores += end.restores;
      tally.seconds += (performance.now() - started) / 1000;
      if (end.wrong === undefined) fs.rmSync(place, { recursive: true, force: true });
      else tally.wrong.push(end.wrong);
      options.onLife?.(tally);
    }
  } finally {
    await server.close();
  }
  return tallies;
}
