import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/registry.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli');

/** Node modules that are slow to load, and of which few runs have need. */
const SLOW = ['child_process', 'crypto', 'http', 'https', 'perf_hooks', 'worker_threads', 'zlib'];

/** The text of a bundle, and of the chunks that it loads at once. */
function loadedAtStart(path: string): string {
  const text = readFileSync(path, 'utf8');
  const chunks = [...text.matchAll(/(?:from|import)"(\.[^"]+)"/g)];
  return [text, ...chunks.map(([, chunk]) => loadedAtStart(join(dirname(path), chunk!)))].join('\n');
}

describe('the start of a command', () => {
  it.each(commands.map(({ name }) => name))('loads nothing slow: tm-%s', (name) => {
    const text = loadedAtStart(join(CLI, `tm-${name}.js`));
    // As esbuild writes an import.
    expect(text).toContain('from"node:');
    // Not `import("node:…")`, which waits until it is called.
    expect(SLOW.filter((module) => text.includes(`from"node:${module}"`))).toEqual([]);
    // Of string-width, which tables need.
    expect(text).not.toContain('Intl.Segmenter');
  });
});
