// Writes man/*.1 from the commands' specs, and the functions in man/tm-expressions.7. `--check` writes nothing and fails when a page differs.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const checks = process.argv.includes('--check');

/** Two folders deep, as src/cli is: from there a module finds package.json. */
const folder = await mkdtemp(`${root}/node_modules/.man-`);
try {
  const outfile = `${folder}/man-pages.mjs`;
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/cli/man-pages.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  const { manPages } = await import(pathToFileURL(outfile).href);
  for (const [name, text] of await manPages((name) => readFile(`${root}/man/${name}`, 'utf8'))) {
    const path = `${root}/man/${name}`;
    const present = await readFile(path, 'utf8').catch(() => undefined);
    if (present === text) continue;
    if (checks) {
      console.error(`man/${name} is not what the specs say: npm run man`);
      process.exitCode = 1;
    } else await writeFile(path, text);
  }
} finally {
  await rm(folder, { recursive: true });
}
