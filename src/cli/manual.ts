import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands } from '../commands/registry.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { manual, overview, usage } from './messages.ts';
import { print, styleOf, widthOf } from './terminal.ts';

/**
 * Shows a page of the manual: `window`, `tm-window`, `stream`, `tm`. The pages lie in the package, two folders
 * up from src/cli, dist/cli and dist/chunks alike; an absolute path shows them wherever that is installed.
 * @returns the exit code
 */
export async function showManual(topic: string): Promise<number> {
  const name = topic === 'tidemark' ? 'tm' : topic.replace(/^tm-/, '');
  const file = pageFile(name);
  if (file === undefined) {
    const { nearestWord } = await import('../expressions/suggestion.ts');
    const names = [...commands.map((command) => command.name), ...overview.pages.map((page) => page.name)];
    throw usageError(manual.unknownPage(topic, nearestWord(name, names)), usage.seeCommands);
  }
  const path = fileURLToPath(new URL(`../../man/${file}`, import.meta.url));
  return (existsSync(path) ? await openPage(path) : undefined) ?? showText(name, path);
}

function pageFile(name: string): string | undefined {
  if (name === 'tm') return 'tm.1';
  if (commands.some((command) => command.name === name)) return `tm-${name}.1`;
  const page = overview.pages.find((candidate) => candidate.name === name);
  return page === undefined ? undefined : `tm-${page.name}.${page.section}`;
}

/** The exit code of `man`; undefined when there is none. With a slash in it, man-db and mandoc take a name for a path. */
function openPage(path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    // What the formatter has to say of long words is nothing to whoever pipes the page on.
    const told = process.stdout.isTTY ? 'inherit' : 'ignore';
    const man = spawn('man', [path], { stdio: ['inherit', 'inherit', told] });
    man.on('error', () => resolve(undefined));
    man.on('close', (code) => resolve(code === 0 ? EXIT.done : undefined));
  });
}

/** Without man, the help text says the same in fewer words. */
async function showText(name: string, path: string): Promise<number> {
  const style = await styleOf(1);
  const entry = commands.find((command) => command.name === name);
  if (entry !== undefined) {
    const { commandHelp } = await import('./help.ts');
    print(1, commandHelp(await entry.load(), undefined, widthOf(1), style));
    return EXIT.done;
  }
  if (name === 'tm') {
    const { overviewHelp } = await import('./overview.ts');
    const specs = await Promise.all(commands.map(({ load }) => load()));
    print(1, overviewHelp(specs, widthOf(1), style));
    return EXIT.done;
  }
  throw new TidemarkError('failed', manual.noMan(path));
}
