import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { folderOfExamples, ROOT, shell } from './journey.ts';

const programs = blocksOf(fs.readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8')).filter(
  ({ words }) => words[0] === 'run',
);

let folder: string;

beforeAll(() => {
  folder = folderOfExamples();
  fs.mkdirSync(join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, join(folder, 'node_modules', 'tidemark'));
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('docs/library.md', () => {
  it.each(programs)('line $line shows what its program prints', async ({ text, output }) => {
    fs.writeFileSync(join(folder, 'program.mjs'), text);
    expect(await shell('node program.mjs', folder)).toEqual({ code: 0, stdout: output, stderr: '' });
  });
});
