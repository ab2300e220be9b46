import type { Buffer } from 'node:buffer';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { TidemarkError } from '../errors.ts';
import type { Program, ProgramEnd, StartProgram, Take } from '../operators/program.ts';
import { StreamReader } from '../stream/reader.ts';
import type { SplitReader } from './connector.ts';
import { pump } from './stream-input.ts';
import { systemReason } from './system-error.ts';

export interface ChildOptions {
  /** Bytes that a line may have. */
  readonly maxLine: number;
  /** Told each line that it writes to standard error. */
  told(line: string): void;
}

/** Bytes of a line of standard error that are told at once. */
const LONGEST_TOLD = 4096;

/**
 * Finds a program, to be started without a shell.
 * @throws TidemarkError `failed` where there is none of the name
 */
export async function openProgram(command: readonly string[], options: ChildOptions): Promise<StartProgram> {
  const [program = '', ...words] = command;
  find(program);
  // Loaded here: whoever starts no program need not.
  const { spawn } = await import('node:child_process');
  return (take) => {
    try {
      // A group of its own: Ctrl-C is for us, who end its input, and what it has started ends with it.
      return new ChildProgram(spawn(program, words, { detached: true }), program, take, options);
    } catch (error) {
      throw cannotRun(program, error);
    }
  };
}

const cannotRun = (program: string, error: unknown): TidemarkError =>
  new TidemarkError('failed', `cannot run ${program}: ${systemReason(error)}`, { cause: error });

/** Looks where `spawn` will look: a name in the PATH, a path as it is. */
function find(program: string): void {
  const paths = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  if (paths.some(isExecutable)) return;
  const shell = /[\s|<>;&$]/.test(program);
  throw new TidemarkError('failed', `there is no program ${program}`, {
    hint: shell
      ? `what a shell is to read stands behind sh -c: -- sh -c '${program}'`
      : 'see that it is in the PATH, or give its path',
  });
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

class ChildProgram implements Program {
  readonly ended: Promise<ProgramEnd>;
  deaf = false;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #name: string;
  readonly #options: ChildOptions;
  #lastWords: string | undefined;
  /** What `take` has thrown, which is none of the program's. */
  #taken: { readonly error: unknown } | undefined;
  readonly #onExit = (): void => this.#signal('SIGKILL');

  constructor(child: ChildProcessWithoutNullStreams, name: string, take: Take, options: ChildOptions) {
    this.#child = child;
    this.#name = name;
    this.#options = options;
    // It has read enough, or is gone: its end tells which.
    child.stdin.on('error', () => {
      this.deaf = true;
    });
    child.stdin.on('close', () => {
      this.deaf = true;
    });
    process.on('exit', this.#onExit);
    this.ended = this.#run(take);
  }

  write(bytes: Buffer): undefined | Promise<void> {
    const { stdin } = this.#child;
    if (this.deaf || stdin.destroyed) return undefined;
    return new Promise((resolve) => {
      stdin.write(bytes, () => resolve());
    });
  }

  end(): void {
    this.#child.stdin.end();
  }

  kill(): void {
    this.#signal('SIGTERM');
  }

  async #run(take: Take): Promise<ProgramEnd> {
    const closed = new Promise<ProgramEnd>((resolve, reject) => {
      this.#child.once('error', (error) => {
        reject(cannotRun(this.#name, error));
      });
      this.#child.once('close', (code, signal) => {
        resolve({ code: code ?? undefined, signal: signal ?? undefined, lastWords: this.#lastWords });
      });
    });
    try {
      const [end] = await Promise.all([closed, this.#readOutput(take), this.#readErrors()]);
      return end;
    } catch (error) {
      this.kill();
      this.#child.stdout.destroy();
      throw error;
    } finally {
      process.off('exit', this.#onExit);
    }
  }

  async #readOutput(take: Take): Promise<void> {
    const { maxLine } = this.#options;
    const reader = new StreamReader({ eof: 'drain', maxLine, notice: () => {} });
    try {
      await pump(new ReadableReader(this.#child.stdout), reader, this.#watched(take), maxLine);
    } catch (error) {
      if (this.#taken?.error === error || !(error instanceof TidemarkError)) throw error;
      // To write nothing at all is an answer.
      if (error.code === 'cut') return;
      throw this.#located(error);
    }
  }

  /** Tells errors of who takes the lines from those of the lines. */
  #watched(take: Take): Take {
    const watch = (error: unknown): never => {
      this.#taken = { error };
      throw error;
    };
    return {
      onBatch: async (input, batch) => {
        await Promise.resolve(take.onBatch(input, batch) as Promise<void>).catch(watch);
      },
      onMarker: (input, marker) => {
        try {
          return take.onMarker(input, marker);
        } catch (error) {
          return watch(error);
        }
      },
    };
  }

  /** Lines are those that it has written. */
  #located({ message, line, column }: TidemarkError): TidemarkError {
    const place = column === undefined ? `line ${line}` : `line ${line}, column ${column},`;
    const what = line === undefined ? `what ${this.#name} wrote` : `${place} that ${this.#name} wrote`;
    return new TidemarkError('failed', `${what}: ${message}`, {
      hint: 'it is given a JSON object a line, and is to write such lines, with @t and @w as it has read them',
    });
  }

  async #readErrors(): Promise<void> {
    let line = '';
    const tell = (): void => {
      if (line === '') return;
      this.#lastWords = line;
      this.#options.told(`${this.#name}: ${line}`);
      line = '';
    };
    this.#child.stderr.setEncoding('utf8');
    for await (const piece of this.#child.stderr as AsyncIterable<string>) {
      for (const [index, part] of piece.split('\n').entries()) {
        if (index > 0) tell();
        line += part;
        if (line.length > LONGEST_TOLD) tell();
      }
    }
    tell();
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined) return;
    try {
      // Also what it has left behind, as long as it has not been waited for.
      if (exitCode === null && signalCode === null) process.kill(-pid, signal);
    } catch {
      // It is gone.
    }
  }
}

/** Reads a Node stream piece by piece. */
class ReadableReader implements SplitReader {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer | undefined;

  constructor(stream: Readable) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  async read(target: Buffer, offset: number): Promise<number> {
    if (this.#rest === undefined) {
      const next = await this.#pieces.next();
      if (next.done === true) return 0;
      this.#rest = next.value;
    }
    const count = this.#rest!.copy(target, offset);
    this.#rest = count < this.#rest!.length ? this.#rest!.subarray(count) : undefined;
    return count;
  }

  async close(): Promise<void> {}
}
