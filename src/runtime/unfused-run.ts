import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { TidemarkError } from '../errors.ts';
import { EXIT } from './exit-codes.ts';
import type { PlannedStage } from './plan.ts';

/**
 * Runs the stages as processes joined by pipes, and hands signals on to them: each is a group of its own, so that
 * Ctrl-C reaches it once.
 * @param programOf the path of a command's launcher
 * @returns the exit code of the first stage that failed, else 0; of one that a signal ended, 128 and its number
 * @throws TidemarkError `failed` when a process cannot be started
 */
export async function runUnfused(
  plan: readonly PlannedStage[],
  programOf: (name: string) => string,
): Promise<number> {
  const children: ChildProcess[] = [];
  // The last stage first: each knows of the signal before it sees what that has done to the stage before.
  const handOn = (signal: NodeJS.Signals): void => {
    for (const child of [...children].reverse()) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handOn);
  try {
    for (const { name, words } of plan) {
      const before = children.at(-1);
      const child = spawn(process.execPath, [programOf(name), ...words], {
        stdio: [
          before?.stdout ?? 'inherit',
          children.length < plan.length - 1 ? 'pipe' : 'inherit',
          'inherit',
        ],
        detached: true,
      });
      children.push(child);
    }
    const ended = children.map(exitCodeOf);
    // The pipes are the children's: one that is held here too would never close.
    for (const { stdout } of children) stdout?.destroy();
    const codes = await Promise.all(ended);
    return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
  } finally {
    for (const signal of SIGNALS) process.off(signal, handOn);
  }
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new TidemarkError('failed', `a stage cannot be started: ${error.message}`, { cause: error }));
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
