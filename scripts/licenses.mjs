// Writes dist/LICENSES.txt: bundles hold code of other packages, and their licences want their notices kept with it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param inputs files that bundles were made of, from the root on */
export async function writeLicenses(inputs) {
  const folders = new Set(
    inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  await writeFile(
    `${root}/dist/LICENSES.txt`,
    `${[...new Set(notices)].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  );
}

/** Name, version and licence of a package, and the text of the licence where the package carries one. */
async function noticeOf(folder) {
  const { name, version, license, author } = JSON.parse(
    await readFile(`${root}/${folder}/package.json`, 'utf8'),
  );
  const file = (await readdir(`${root}/${folder}`)).find((entry) => /^licen[cs]e/i.test(entry));
  const by = typeof author === 'object' ? author.name : author;
  const text = file === undefined ? `by ${by}` : await readFile(`${root}/${folder}/${file}`, 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}`;
}
