import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Absolute path of something in the package. */
export const packagePath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

if (!existsSync(packagePath('dist/cli/tm.js'))) throw new Error('nothing is built: npm run build');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
}

/** Runs a shell line with bin/ first on its path; a stage that fails is the code of the line. */
export function shell(line: string, { folder, env, stdin = '' }: Surroundings = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
      ...(folder === undefined ? {} : { cwd: folder }),
      env: { ...process.env, PATH: `${packagePath('bin')}:${process.env.PATH}`, LC_ALL: 'C', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // Who ends without reading leaves a broken pipe behind.
    child.stdin.on('error', () => undefined).end(stdin);
  });
}
