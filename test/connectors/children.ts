import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** A folder of its own for a test. */
export const temporaryFolder = (): string => fs.mkdtempSync(join(os.tmpdir(), 'tidemark-test-'));

/** Bundles the script children/NAME.ts, so that plain node runs it; returns its path in `folder`. */
export function bundle(folder: string, name: string): string {
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL(`children/${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['tinyglobby'],
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

/** Runs a line of bash; NODE in it is this node. */
export function bash(line: string, cwd: string): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, NODE: process.execPath };
  return spawnSync('bash', ['-c', line], { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 30_000 });
}

export const start = (script: string, ...args: string[]) => spawn(process.execPath, [script, ...args]);

/** Waits until `condition` holds; throws after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('waited ten seconds for nothing');
}
