import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = join(ROOT, 'bin');
const EXAMPLES = join(ROOT, 'examples');

/** A PATH that leads to the commands of this clone, to this node, and to what the system has. */
const PATH = [BIN, dirname(process.execPath), process.env.PATH].join(delimiter);

export interface Outcome {
  /** The exit code of the line; that of its last command in a pipe. A signal: 128 and its number. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A new folder with a copy of everything in examples/. The caller removes it. */
export function folderOfExamples(): string {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-journey-'));
  fs.cpSync(EXAMPLES, folder, { recursive: true });
  return folder;
}

/** A process of its own group, with all that it has said so far. */
export interface Started {
  readonly done: Promise<Outcome>;
  said(): string;
  /** Sends a signal to every process of the group. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program; `environment` is all that it gets. */
export function start(
  program: string,
  words: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = { ...process.env, PATH },
): Started {
  const child = spawn(program, words, {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code: code ?? 128 + os.constants.signals[signal!], stdout, stderr });
    });
  });
  return { done, said: () => stdout, kill: (signal) => process.kill(-child.pid!, signal) };
}

/** Runs a line of POSIX shell as a user has typed it. */
export const shell = (line: string, cwd: string): Promise<Outcome> =>
  start('/bin/sh', ['-c', line], cwd).done;

/**
 * Whether what needs a program is to run: it is there, or it has to be. Otherwise says that something is skipped.
 */
export function isInstalled(program: string): boolean {
  const found = spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;
  if (found || process.env.TM_REQUIRE_SERVICES === '1') return true;
  console.warn(`skipped: ${program} is not installed`);
  return false;
}

/** Waits until `condition` holds; throws after twenty seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const limit = Date.now() + 20_000; !condition(); ) {
    if (Date.now() > limit) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
