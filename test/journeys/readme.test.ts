import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOfExamples, isInstalled, type Outcome, ROOT, shell } from './journey.ts';
import { type Block, blocksOf } from './markdown-blocks.ts';

const readme = fs.readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = blocksOf(readme);
const run = blocks.filter(({ words }) => words[0] === 'run');

let folder: string;
/** Answers `{"name":"…"}` to each request, and nothing to one host. */
let server: http.Server;

beforeAll(async () => {
  folder = folderOfExamples();
  // A program that imports the library by its name.
  fs.mkdirSync(join(folder, 'node_modules'));
  fs.symlinkSync(ROOT, join(folder, 'node_modules', 'tidemark'));
  server = http.createServer((request, response) => {
    response.end(JSON.stringify({ name: request.url!.startsWith('/hosts/192.') ? 'harbour' : 'elsewhere' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

function runBlock({ language, text }: Block): Promise<Outcome> {
  const { port } = server.address() as AddressInfo;
  const line = text.replaceAll('http://127.0.0.1:8080', `http://127.0.0.1:${port}`);
  if (language === 'sh') return shell(line, folder);
  fs.writeFileSync(join(folder, 'block.mjs'), text);
  return shell('node block.mjs', folder);
}

describe('README', () => {
  for (const block of run) {
    const needed = block.words.slice(1).filter((word) => word !== 'server');
    const first = block.text.slice(0, block.text.indexOf('\n'));
    it.runIf(needed.every(isInstalled))(`line ${block.line} does what it shows: ${first}`, async () => {
      const { code, stdout, stderr } = await runBlock(block);
      expect(stderr).toBe(block.messages ?? '');
      expect(code).toBe(0);
      if (block.output === undefined) expect(stdout).not.toBe('');
      else expect(stdout).toBe(block.output);
    });
  }

  it.runIf(isInstalled('awk'))('answers the classic of awk with the same paths and numbers', async () => {
    const classic = run.find(({ text }) => text.startsWith('awk '))!;
    const ours = run[run.indexOf(classic) + 1]!;
    const counted = (await runBlock(classic)).stdout.trim().split('\n');
    const [, ...rows] = (await runBlock(ours)).stdout.trim().split('\n');
    const pairs = (lines: readonly string[]) => lines.map((line) => line.trim().split(/ +/));
    expect(pairs(rows).map(([path, n]) => [n, path])).toEqual(pairs(counted));
  });

  it('begins with a pipe and its output', () => {
    const [first] = blocks;
    expect(first).toMatchObject({ language: 'sh', words: ['run'] });
    expect(first!.output).toBeDefined();
    expect(first!.line).toBeLessThan(8);
  });

  it('tries it with two commands that package.json has', () => {
    const { scripts } = JSON.parse(fs.readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const tries = blocks.filter(({ text }) => text.startsWith('npm '));
    expect(tries.map(({ text }) => text)).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'prepare']));
  });

  it('shows lines for cron and make that are in the examples', () => {
    const shown = blocks.filter(({ language, words }) => language === 'make' || words[0] === 'crontab');
    expect(shown).toHaveLength(2);
    for (const { language, text } of shown) {
      const example = fs.readFileSync(
        join(ROOT, 'examples', language === 'make' ? 'Makefile' : 'crontab'),
        'utf8',
      );
      expect(example).toContain(text);
    }
  });

  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map(([, path]) => path!);
    // Written by `npm run bench`, which a fresh clone has not run.
    const missing = links.filter((path) => !fs.existsSync(join(ROOT, path)) && path !== 'bench/RESULTS.md');
    expect(links.length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });
});

describe('ARCHITECTURE', () => {
  const text = fs.readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

  it('has a line for each folder of src', () => {
    const folders = fs
      .readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !text.includes(`\n| \`src/${name}/\` `))).toEqual(
      [],
    );
  });

  it('names files that are there', () => {
    const paths = [...text.matchAll(/`((?:src|test|man|scripts)\/[\w./-]+)`/g)].map(([, path]) => path!);
    const named = paths.filter((path) => !path.includes('NAME'));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !fs.existsSync(join(ROOT, path)))).toEqual([]);
  });
});
