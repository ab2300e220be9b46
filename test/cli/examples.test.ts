import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { overview } from '../../src/cli/messages.ts';
import { commands } from '../../src/commands/registry.ts';
import { shell } from './built.ts';
import { startExampleServer, writeExampleFiles } from './example-files.ts';

const specs = await Promise.all(commands.map(({ load }) => load()));
const all = specs.flatMap((spec) => [spec, ...spec.kinds].flatMap(({ examples }) => examples));
const lines = [...new Set([overview.example, ...all.map(({ command }) => command)])];

let folder = '';
let server: Server;
let url = '';

beforeAll(async () => {
  ({ server, url } = await startExampleServer());
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tm-example-'));
  writeExampleFiles(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Servers of examples stand on this machine, or at a name reserved for examples (RFC 2606). */
const withServer = (line: string): string =>
  line.replaceAll(
    /https?:\/\/(localhost|127\.0\.0\.1|[a-z.-]*\.?example(\.com|\.org)?)(:[0-9]+)?(?=\/)/g,
    url,
  );

/** The sizes of files that an example has made. */
function made(before: readonly string[]): number[] {
  const names = readdirSync(folder).filter((name) => !before.includes(name));
  return names.map((name) => statSync(join(folder, name)).size);
}

describe('every example of every spec runs, and gives something', () => {
  test.each(lines)('%s', async (line) => {
    if (/ job\b/.test(line)) await shell('tm run job.tm', { folder });
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await shell(withServer(line), { folder });
    expect(stderr).not.toContain('internal error');
    expect(code, stderr).toBe(0);
    const sizes = made(before);
    expect(stdout.length + sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(0);
  });
});
