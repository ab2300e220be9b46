import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What a line of shell did. */
export interface Outcome {
  readonly stdout: string;
  /** What the commands said, without what bash adds about stages that were killed. */
  readonly stderr: string;
  /** The exit code of every stage of the pipe. */
  readonly codes: readonly number[];
}

/** Milliseconds that a line, or the wait for something of it, may take. */
const TIME_LIMIT = 30_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Real data beside the repository; it may be missing. */
export const ACCESS_LOG = join(
  dirname(dirname(fileURLToPath(new URL('..', import.meta.url)))),
  'shared/data/apache_access.log',
);

/**
 * `named NAME COMMAND…` is a stage of a pipe whose process can be found: NAME.pid holds its id. A signal that the test
 * sends to the whole group does not end bash itself: it has the exit codes to tell.
 */
const PRELUDE = 'named() { sh -c "echo \\$PPID" > "$1.pid"; shift; exec "$@"; }; trap : INT TERM; ';
// biome-ignore lint/suspicious/noTemplateCurlyInString: bash's, not ours
const POSTLUDE = '\necho "${PIPESTATUS[@]}" >&3';

/** A line of shell that runs, in a process group of its own. */
export class Running {
  stdout = '';
  stderr = '';
  readonly done: Promise<Outcome>;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #codes = '';
  #over = false;

  constructor(line: string, folder: string) {
    this.#folder = folder;
    this.#child = spawn('bash', ['-c', PRELUDE + line + POSTLUDE], {
      cwd: folder,
      env: { ...process.env, PATH: `${join(ROOT, 'bin')}${delimiter}${process.env.PATH}`, LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#collect(1, (text) => (this.stdout += text));
    this.#collect(2, (text) => (this.stderr += text));
    this.#collect(3, (text) => (this.#codes += text));
    // A stage that does not read its input to the end is part of what is tested.
    this.#child.stdin!.on('error', () => {});
    this.done = this.#wait(line);
  }

  /** Gives the first stage these bytes; its input stays open. */
  send(text: string | Uint8Array): void {
    this.#child.stdin!.write(text);
  }

  /** Ends the input of the first stage. */
  end(): this {
    this.#child.stdin!.end();
    return this;
  }

  /** Waits until it has said something on stdout; fails when it ends without. */
  said(text: string): Promise<void> {
    return this.until(() => this.stdout.includes(text), `stdout has ${JSON.stringify(text)}`);
  }

  /** Waits until it has told something on stderr; fails when it ends without. */
  told(text: string): Promise<void> {
    return this.until(() => this.stderr.includes(text), `stderr has ${JSON.stringify(text)}`);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const limit = Date.now() + TIME_LIMIT;
    while (!condition()) {
      if (this.#over || Date.now() > limit) {
        throw new Error(
          `${this.#over ? 'it ended' : 'time ran out'} before ${what}: ${this.stdout}${this.stderr}`,
        );
      }
      await pause(10);
    }
  }

  /** The process of a stage that is `named NAME`. */
  async pid(name: string): Promise<number> {
    const path = join(this.#folder, `${name}.pid`);
    const read = (): string => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '');
    await this.until(() => read().endsWith('\n'), `${name} has started`);
    return Number(read());
  }

  async kill(name: string, signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid(name), signal);
  }

  /** Sends a signal to every process of the line that is there, as a terminal does. */
  killAll(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#child.pid!, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #collect(fd: 1 | 2 | 3, take: (text: string) => void): void {
    const stream = this.#child.stdio[fd] as NodeJS.ReadableStream;
    stream.setEncoding('utf8').on('data', take);
  }

  async #wait(line: string): Promise<Outcome> {
    const late = setTimeout(() => this.killAll('SIGKILL'), TIME_LIMIT);
    await new Promise((resolve) => this.#child.once('close', resolve));
    clearTimeout(late);
    this.#over = true;
    if (this.#codes === '') throw new Error(`no end of: ${line}\n${this.stderr}`);
    return {
      stdout: this.stdout,
      stderr: withoutBash(this.stderr),
      codes: this.#codes.trim().split(' ').map(Number),
    };
  }
}

/** A temporary folder in which lines of shell run, with `tm` on the PATH; gone when the test is over. */
export class Folder {
  readonly path = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-transcript-'));

  constructor() {
    onTestFinished(() => fs.rmSync(this.path, { recursive: true, force: true }));
  }

  /** Runs a line to its end; its input is `input`, and closed. */
  run(line: string, input: string | Uint8Array = ''): Promise<Outcome> {
    const running = this.start(line);
    running.send(input);
    return running.end().done;
  }

  start(line: string): Running {
    const running = new Running(line, this.path);
    onTestFinished(async () => {
      try {
        running.killAll('SIGKILL');
      } catch {
        // It is over.
      }
    });
    return running;
  }

  write(name: string, content: string | Uint8Array): void {
    fs.writeFileSync(join(this.path, name), content);
  }

  append(name: string, content: string): void {
    fs.appendFileSync(join(this.path, name), content);
  }

  read(name: string): string {
    return fs.readFileSync(join(this.path, name), 'utf8');
  }

  /** What is in the folder, temporary files too; without the files of `named`. */
  files(): string[] {
    return fs
      .readdirSync(this.path)
      .filter((name) => !name.endsWith('.pid'))
      .sort();
  }
}

/** Whether there is such a program; where it is missing, tests that need it are skipped, and this tells why. */
export function hasProgram(name: string): boolean {
  const found = spawnSync('bash', ['-c', `command -v ${name}`]).status === 0;
  if (!found) console.warn(`skipped: there is no ${name} here`);
  return found;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** bash tells of killed stages: `bash: line 1: 4711 Killed   tm source …`, a line for each stage. */
function withoutBash(text: string): string {
  return text.replace(/^bash: line \d+:.*\n(?: +.*\|.*\n| +.*\n)*/gm, '');
}
