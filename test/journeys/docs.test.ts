import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { folderOfExamples, isInstalled, ROOT, shell } from './journey.ts';

const pages = fs.readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
/** Pages of the library: library-page.test.ts runs the programs of one, the other is written from docstrings. */
const LIBRARY = ['library.md', 'api.md'];

describe.each(pages.filter((page) => !LIBRARY.includes(page)))('docs/%s', (page) => {
  const text = fs.readFileSync(join(ROOT, 'docs', page), 'utf8');
  const blocks = blocksOf(text);
  let folder: string;

  beforeAll(() => {
    folder = folderOfExamples();
  });

  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('has no block that is not run', () => {
    expect(blocks.filter(({ language, words }) => language !== 'sh' || words[0] !== 'run')).toEqual([]);
  });

  for (const block of blocks) {
    const runs = block.words.slice(1).every(isInstalled);
    it.runIf(runs)(`line ${block.line} does what it shows: ${block.text.split('\n')[0]}`, async () => {
      const { code, stdout, stderr } = await shell(block.text, folder);
      expect({ code, stderr }).toEqual({ code: 0, stderr: block.messages ?? '' });
      expect(stdout).toBe(block.output);
    });
  }
});

describe.each(pages)('docs/%s', (page) => {
  it('links to files that are there', () => {
    const text = fs.readFileSync(join(ROOT, 'docs', page), 'utf8');
    const links = [...text.matchAll(/\]\(((?!https?:|#)[^)]+)\)/g)].map(([, path]) =>
      path!.replace(/#.*/, ''),
    );
    expect(links.filter((path) => !fs.existsSync(join(ROOT, 'docs', path)))).toEqual([]);
  });
});
