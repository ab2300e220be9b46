import { readFile } from 'node:fs/promises';
import esbuild from 'esbuild';

/** The names in src/commands/registry.ts, in its order. */
export async function commandNames() {
  const source = await readFile(new URL('../src/commands/registry.ts', import.meta.url), 'utf8');
  const { code } = await esbuild.transform(source, { loader: 'ts', format: 'esm' });
  const { commands } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return commands.map(({ name }) => name);
}
