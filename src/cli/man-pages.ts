import { commands } from '../commands/registry.ts';
import { manPage, overviewPage } from './man-page.ts';
import { version } from './version.ts';

/** The pages that are made from the specs, by file name; scripts/man.mjs writes them. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const specs = await Promise.all(commands.map(({ load }) => load()));
  const number = version();
  return new Map([
    ['tm.1', overviewPage(specs, number)],
    ...specs.map((spec) => [`tm-${spec.name}.1`, manPage(spec, number)] as const),
  ]);
}
