import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/registry.ts';
import { packagePath, shell } from './built.ts';

/** A folder with a `man` that tells which page it was to show. */
let folder = '';
/** A folder with node alone: no man. */
let bare = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tm-manual-'));
  writeFileSync(join(folder, 'man'), '#!/bin/sh\necho "$@"\n');
  chmodSync(join(folder, 'man'), 0o755);
  bare = mkdtempSync(join(tmpdir(), 'tm-bare-'));
  symlinkSync(process.execPath, join(bare, 'node'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(bare, { recursive: true });
});

const help = (topic: string, path: string) => {
  const tm = packagePath('bin/tm');
  return shell(`PATH=${path} '${process.execPath}' '${tm}' help ${topic}`, { folder });
};

describe('tm help', () => {
  test.each<readonly [topic: string, page: string]>([
    ['', 'tm.1'],
    ['tm', 'tm.1'],
    ...commands.map(({ name }) => [name, `tm-${name}.1`] as const),
    ['tm-window', 'tm-window.1'],
    ['stream', 'tm-stream.5'],
    ['time', 'tm-time.7'],
    ['tm-formats', 'tm-formats.5'],
    ['connectors', 'tm-connectors.7'],
    ['expressions', 'tm-expressions.7'],
  ])('%s opens the page that lies in the package', async (topic, page) => {
    expect(await help(topic, folder)).toEqual({
      code: 0,
      stdout: `${packagePath(`man/${page}`)}\n`,
      stderr: '',
    });
  });

  test('without man shows the help text', async () => {
    expect(await help('window', bare)).toEqual(await shell('tm window --help'));
    expect(await help('', bare)).toEqual(await shell('tm --help'));
  });

  test('without man says where a page without such a text lies', async () => {
    const { code, stderr } = await help('stream', bare);
    expect(code).toBe(1);
    expect(stderr).toContain(packagePath('man/tm-stream.5'));
  });

  test('asks back when a page is misspelled', async () => {
    expect(await help('strem', folder)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tm: there is no page 'strem' \(did you mean stream\?\)\n/),
    });
  });
});
