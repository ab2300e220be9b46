import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { overview } from '../../src/cli/messages.ts';
import { commands } from '../../src/commands/registry.ts';
import { packagePath } from './built.ts';

interface Package {
  readonly bin: Readonly<Record<string, string>>;
  readonly man: readonly string[];
}

const { bin, man } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as Package;
const names = commands.map(({ name }) => name);

test('a command has the same name in the registry, in its spec and in its file', async () => {
  for (const { name, load } of commands) {
    expect((await load()).name).toBe(name);
    expect(statSync(packagePath(`src/commands/${name}.ts`)).isFile()).toBe(true);
  }
});

test('there is an executable for every command, and for tm under both of its names', () => {
  const expected = ['tm', 'tidemark', ...names.map((name) => `tm-${name}`)];
  expect(Object.keys(bin).sort()).toEqual(expected.sort());
  expect(readdirSync(packagePath('bin')).sort()).toEqual(expected);
  for (const [name, path] of Object.entries(bin)) {
    expect(path).toBe(`bin/${name}`);
    expect(statSync(packagePath(path)).mode & 0o111).toBe(0o111);
    const entry = name.startsWith('tm-') ? name : 'tm';
    expect(readFileSync(packagePath(path), 'utf8')).toBe(
      `#!/usr/bin/env node\nimport { start } from '../dist/cli/${entry}.js';\n\nawait start();\n`,
    );
  }
});

test('the package lists every page of the manual', () => {
  const expected = [
    'man/tm.1',
    ...names.map((name) => `man/tm-${name}.1`),
    ...overview.pages.map(({ name, section }) => `man/tm-${name}.${section}`),
  ];
  expect([...man].sort()).toEqual(expected.sort());
  expect(
    readdirSync(packagePath('man'))
      .map((name) => `man/${name}`)
      .sort(),
  ).toEqual(expected);
});

test('specs keep to the style of help: small first letters, no full stops', async () => {
  for (const { load } of commands) {
    const spec = await load();
    for (const syntax of [spec, ...spec.kinds]) {
      expect(syntax.summary).toMatch(/^[a-z].*[^.]$/);
      expect(syntax.examples.length).toBeGreaterThan(0);
      for (const { help } of [...syntax.options, ...syntax.arguments]) expect(help).toMatch(/[^.]$/);
    }
    expect(spec.examples.length).toBeGreaterThanOrEqual(2);
  }
});
