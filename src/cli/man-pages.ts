import { commands } from '../commands/registry.ts';
import { withFunctions } from './function-list.ts';
import { manPage, overviewPage } from './man-page.ts';
import { version } from './version.ts';

/**
 * The pages that are made from the specs, by file name, and the one of expressions, of which a part is; scripts/man.mjs
 * writes them.
 * @param readPage gives a page as it is
 */
export async function manPages(
  readPage: (name: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const specs = await Promise.all(commands.map(({ load }) => load()));
  const number = version();
  return new Map([
    ['tm.1', overviewPage(specs, number)],
    ['tm-expressions.7', withFunctions(await readPage('tm-expressions.7'))],
    ...specs.map((spec) => [`tm-${spec.name}.1`, manPage(spec, number)] as const),
  ]);
}
