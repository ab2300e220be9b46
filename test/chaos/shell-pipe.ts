import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** How a pipe ended: the exit codes of its stages, and what they said. */
export interface PipeEnd {
  readonly codes: readonly number[];
  readonly stderr: string;
}

/** Milliseconds after which a pipe hangs. */
const PATIENCE = 60_000;

/** A pipe of real processes, joined by bash, in a process group of its own. */
export class ShellPipe {
  readonly done: Promise<PipeEnd>;
  /** It did not end by itself. */
  hung = false;
  readonly #child: ChildProcess;
  /** Process ids by the place in the pipe, as far as they have begun. */
  readonly #pids = new Map<number, number>();
  #told = '';
  #stderr = '';
  #over = false;

  /** @param stages each the text of a command, as the shell reads it */
  constructor(stages: readonly string[], folder: string, bin: string) {
    const commands = stages.map((stage, index) => `( echo "${index} $BASHPID" >&3; exec ${stage} 3>&- )`);
    const script = `${commands.join(' | ')}\necho "codes \${PIPESTATUS[@]}" >&3`;
    this.#child = spawn('bash', ['-c', script], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
        LC_ALL: 'C.UTF-8',
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const stderr = this.#child.stdio[2] as NodeJS.ReadableStream;
    const told = this.#child.stdio[3] as NodeJS.ReadableStream;
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    told.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.done = this.#end();
  }

  /** Whether a stage, or any one, is still there. */
  get alive(): boolean {
    return !this.#over;
  }

  /** kill -9 for one stage; false: it is not there any more, or not yet. */
  killStage(index: number): boolean {
    const pid = this.#pids.get(index);
    if (this.#over || pid === undefined || parentOf(pid) !== this.#child.pid) return false;
    return killed(pid);
  }

  /** kill -9 for all stages and their shell. */
  killGroup(): boolean {
    return !this.#over && killed(-this.#child.pid!);
  }

  #take(text: string): void {
    this.#told += text;
    for (const [, index, pid] of this.#told.matchAll(/^(\d+) (\d+)\n/gm))
      this.#pids.set(Number(index), Number(pid));
  }

  async #end(): Promise<PipeEnd> {
    const timer = setTimeout(() => {
      this.hung = true;
      this.killGroup();
    }, PATIENCE);
    await new Promise((resolve) => this.#child.once('close', resolve));
    clearTimeout(timer);
    this.#over = true;
    const [, codes] = /^codes (.*)$/m.exec(this.#told) ?? [];
    return {
      codes: codes === undefined ? [] : codes.trim().split(' ').map(Number),
      // bash tells of killed stages.
      stderr: this.#stderr.replace(/^bash: line \d+:.*\n(?: +.*\|.*\n| +.*\n)*/gm, ''),
    };
  }
}

/** The parent of a process: a number that was used before may be another's by now. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = fs.readFileSync(join('/proc', String(pid), 'stat'), 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function killed(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
