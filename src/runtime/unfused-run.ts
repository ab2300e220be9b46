import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { TidemarkError } from '../errors.ts';
import { EXIT } from './exit-codes.ts';
import { feedsByText, type PlannedStage } from './plan.ts';

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
    startLine(plan, programOf, children, true);
    const ended = children.map(exitCodeOf);
    // The pipes are the children's: one that is held here too would never close.
    for (const { stdout } of children) stdout?.destroy();
    const codes = await Promise.all(ended);
    return codes.find((code) => code !== EXIT.done) ?? EXIT.done;
  } finally {
    for (const signal of SIGNALS) process.off(signal, handOn);
  }
}

/** The first descriptor that is none of the standard ones: where the streams begin that feed a stage. */
const FIRST_FEED = 3;

/**
 * Starts the stages of a line, before each those that feed it.
 * @param last whether the line writes to standard output
 * @returns the last process
 */
function startLine(
  plan: readonly PlannedStage[],
  programOf: (name: string) => string,
  children: ChildProcess[],
  last: boolean,
): ChildProcess {
  let before: ChildProcess | undefined;
  for (const [index, stage] of plan.entries()) {
    const feeds = feedsByText(stage);
    const fed = feeds.map(([, feed]) => startLine(feed, programOf, children, false));
    // Each is known by the descriptor that it is, where the text has its stages.
    const left = feeds.map(([text], feed) => [text, `/dev/fd/${FIRST_FEED + feed}`] as const);
    const told = stage.words.map((word) => {
      const feed = left.findIndex(([text]) => text === word || word.endsWith(`=${text}`));
      if (feed < 0) return word;
      const [text, descriptor] = left.splice(feed, 1)[0]!;
      return word.slice(0, -text.length) + descriptor;
    });
    before = spawn(process.execPath, [programOf(stage.name), ...told], {
      stdio: [
        before?.stdout ?? (last ? 'inherit' : 'ignore'),
        index < plan.length - 1 || !last ? 'pipe' : 'inherit',
        'inherit',
        ...fed.map(({ stdout }) => stdout!),
      ],
      detached: true,
    });
    children.push(before);
  }
  return before!;
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
