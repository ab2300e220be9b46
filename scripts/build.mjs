// Builds dist/: the kernel, a bundle for each executable and the library by esbuild, the library's types by tsc.
// `--code` leaves the types out.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { commandNames } from './command-names.mjs';
import { buildKernel } from './kernel.mjs';
import { writeLicenses } from './licenses.mjs';
import { intoOneFile } from './one-file.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * `require` of a Node module in a CommonJS library becomes an import, so that the bundle needs no `require` of
 * its own, and no module is copied name by name (copying `fs` or `process` runs costly getters).
 */
const nodeModules = {
  name: 'node-modules',
  setup(build) {
    const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    // readable-stream is a copy of Node's streams for older versions of it.
    build.onResolve({ filter: /^readable-stream$/ }, () => ({ path: 'stream', namespace: 'node-module' }));
    build.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind, importer }) => {
      if (kind !== 'require-call' || !names.has(path)) return undefined;
      const name = path.replace(/^node:/, '');
      // commander starts children for subcommands in files of their own; we have none.
      const unused = name === 'child_process' && importer.includes('/node_modules/commander/');
      return { path: unused ? 'unused' : name, namespace: 'node-module' };
    });
    build.onLoad({ filter: /.*/, namespace: 'node-module' }, ({ path }) => ({
      loader: 'ts',
      contents: contentsOf(path),
    }));
  },
};

/**
 * `run` and `check` need most commands at once: they stand in their files, and only what one of them needs at times is
 * loaded from a chunk. Loaded one by one they were forty files, which took 40 ms.
 */
const commandsAtHand = {
  name: 'commands-at-hand',
  setup(build) {
    build.onLoad({ filter: /[/]src[/]commands[/]registry[.]ts$/ }, ({ path }) => {
      const imports = [];
      const contents = readFileSync(path, 'utf8').replace(
        /\(await import\('([^']+)'\)\)[.](\w+)/g,
        (whole, file, name) => {
          if (file.endsWith('/enrich.ts')) return whole;
          imports.push(`import { ${name} } from '${file}';`);
          return name;
        },
      );
      if (imports.length < 5)
        throw new Error(`${path}: the commands are not loaded in the form that is known`);
      return { contents: [...imports, contents].join('\n'), loader: 'ts' };
    });
  },
};

function contentsOf(name) {
  if (name === 'unused') return 'export = {};';
  if (name === 'process') return 'export = globalThis.process;';
  return `import module from 'node:${name}'; export = module;`;
}

/** What a command does that is no stage: src/cli/NAME-main.ts. */
const executeOf = (name) =>
  existsSync(`${root}/src/cli/${name}-main.ts`)
    ? `import { execute${name[0].toUpperCase()}${name.slice(1)} as execute } from './src/cli/${name}-main.ts';`
    : `import { executeStage } from './src/cli/command-main.ts'; const execute = executeStage(spec);`;

/** One file holds all that a command needs to start; what is needed at times is loaded from chunks. */
const commandEntry = (name) => ({
  contents: `
    import { runCommand, startCommand } from './src/cli/command-main.ts';
    import { ${name}Command as spec } from './src/commands/${name}.ts';
    ${executeOf(name)}
    export const run = (words) => runCommand(spec, execute, words);
    export const start = () => startCommand(spec, execute);
  `,
  resolveDir: root,
  sourcefile: `tm-${name}.ts`,
  loader: 'ts',
});

const common = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Of what a package bundles itself; the licences of the packages are in dist/LICENSES.txt.
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};

function bundle(options) {
  return esbuild.build({
    ...common,
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    plugins: [nodeModules],
    ...options,
  });
}

/** @returns the licensed inputs, and what was written */
async function bundleCommand(name) {
  const split = await bundle({
    stdin: commandEntry(name),
    entryNames: `cli/tm-${name}`,
    plugins: ['run', 'check'].includes(name) ? [nodeModules, commandsAtHand] : [nodeModules],
    legalComments: 'inline',
    write: false,
  });
  const { metafile } = await intoOneFile(split, root, `dist/cli/tm-${name}.js`, name, common);
  return { metafile: { inputs: split.metafile.inputs, outputs: metafile.outputs } };
}

await buildKernel();
const names = await commandNames();
const results = await Promise.all([
  bundle({ entryPoints: { 'cli/tm': 'src/cli/main.ts' } }),
  bundle({ entryPoints: { 'block-worker': 'src/runtime/block-worker-main.ts' } }),
  // What a program imports keeps its names and lines: Node prints them for an error that nobody has caught.
  bundle({ entryPoints: { index: 'src/index.ts', testing: 'src/testing.ts' }, minify: false }),
  ...names.map(bundleCommand),
]);

await writeLicenses(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)));

// What an earlier build left is removed last, so that a process that is starting meanwhile finds its files.
const written = new Set([
  'dist/LICENSES.txt',
  ...results.flatMap(({ metafile }) => Object.keys(metafile.outputs)),
]);
for (const folder of ['dist', 'dist/cli', 'dist/chunks']) {
  for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile() && !written.has(path)) rmSync(`${root}/${path}`);
  }
}

if (!process.argv.includes('--code')) {
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
}
