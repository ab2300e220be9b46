// Puts all that a bundle loads at its start into one file. What esbuild has split, so that chunks loaded at times share
// modules with the rest, is many small files otherwise, each of which costs a start a third of a millisecond.
import { basename, posix } from 'node:path';
import esbuild from 'esbuild';

/**
 * Links what `esbuild.build` gave with `splitting` and `write: false`.
 * @param entry the output that a process loads: dist/cli/tm-combine.js
 * @param name put before the names of the chunks: they import from this entry, and belong to no other
 */
export function intoOneFile({ outputFiles, metafile }, root, entry, name, options) {
  const texts = new Map(
    outputFiles
      .map(({ path, text }) => [posix.relative(root, path), text])
      .filter(([path]) => path.endsWith('.js')),
  );
  const importsOf = (path, kind) =>
    metafile.outputs[path].imports
      .filter((each) => each.kind === kind && !each.external)
      .map((each) => each.path);
  const eager = new Set([entry]);
  for (const path of eager) for (const next of importsOf(path, 'import-statement')) eager.add(next);
  const order = [...eager];
  /** An export of a chunk, as the one file calls it; what the entry itself exports keeps its name. */
  const exported = (path, word) => (path === entry ? word : `$${order.indexOf(path)}_${word}`);
  const exportsOf = (path) => metafile.outputs[path].exports;
  const lazy = [...texts.keys()].filter((path) => !eager.has(path));
  // A chunk that is loaded at the start, and that somebody also loads at times.
  const facades = [...new Set([...texts.keys()].flatMap((path) => importsOf(path, 'dynamic-import')))].filter(
    (path) => eager.has(path),
  );
  const nameOf = (path) => `${name}-${basename(path)}`;

  const linked = {
    name: 'one-file',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, namespace, kind }) => {
        if (kind === 'entry-point') {
          const [, word, file] = /^(\w+):(.*)$/.exec(path);
          return { path: file, namespace: word };
        }
        if (!path.startsWith('.') && namespace !== 'whole') return { path, external: true };
        if (namespace === 'facade') return { path, external: true };
        const target = namespace === 'whole' ? path : posix.join(posix.dirname(importer), path);
        if (kind === 'import-statement' && eager.has(target))
          return { path: target, namespace: namespace === 'lazy' ? 'facade' : 'eager' };
        return { path: `${namespace === 'lazy' ? './' : '../chunks/'}${nameOf(target)}`, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: 'whole' }, () => ({
        contents: order
          .map((path) => {
            const words = exportsOf(path).map((word) => `${word} as ${exported(path, word)}`);
            return `export { ${words.join(', ')} } from ${JSON.stringify(path)};`;
          })
          .join('\n'),
      }));
      build.onLoad({ filter: /.*/, namespace: 'facade' }, ({ path }) => {
        const words = exportsOf(path).map((word) => `${exported(path, word)} as ${word}`);
        return { contents: `export { ${words.join(', ')} } from "../cli/${basename(entry)}";` };
      });
      const load = ({ path }) => ({ contents: texts.get(path), loader: 'js' });
      build.onLoad({ filter: /.*/, namespace: 'eager' }, load);
      build.onLoad({ filter: /.*/, namespace: 'lazy' }, load);
    },
  };
  return esbuild.build({
    ...options,
    splitting: false,
    plugins: [linked],
    entryPoints: [
      { in: 'whole:all', out: entry.replace(/^dist\/|\.js$/g, '') },
      ...lazy.map((path) => ({ in: `lazy:${path}`, out: `chunks/${nameOf(path).replace(/\.js$/, '')}` })),
      ...facades.map((path) => ({
        in: `facade:${path}`,
        out: `chunks/${nameOf(path).replace(/\.js$/, '')}`,
      })),
    ],
  });
}
