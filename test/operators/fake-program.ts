import type { Buffer } from 'node:buffer';
import { pump } from '../../src/connectors/stream-input.ts';
import type { Program, ProgramEnd, StartProgram, Take } from '../../src/operators/program.ts';
import { StreamReader } from '../../src/stream/reader.ts';

/** What a program does with each line, and with the end of its input. */
export interface Behaviour {
  answer(line: string): string;
  /** Lines that it keeps back until its input ends. */
  readonly buffers?: boolean;
  readonly end?: ProgramEnd;
  /** Lines after which it reads no more. */
  readonly enough?: number;
}

const FINE: ProgramEnd = { code: 0, signal: undefined, lastWords: undefined };

/** A program in this thread; what it writes comes some turns later, in pieces of any length. */
export const fakeProgram =
  (behaviour: Behaviour, pieces: readonly number[] = [1 << 16]): StartProgram =>
  (take) =>
    new FakeProgram(behaviour, pieces, take);

class FakeProgram implements Program {
  readonly ended: Promise<ProgramEnd>;
  #read = 0;
  #kept = '';
  /** A character a byte. */
  #written = '';
  #ended = false;
  #turn = 0;
  #wake: () => void = () => {};
  readonly #behaviour: Behaviour;
  readonly #pieces: readonly number[];

  constructor(behaviour: Behaviour, pieces: readonly number[], take: Take) {
    this.#behaviour = behaviour;
    this.#pieces = pieces;
    this.ended = this.#run(take);
  }

  get deaf(): boolean {
    return this.#ended || this.#read >= (this.#behaviour.enough ?? Number.POSITIVE_INFINITY);
  }

  write(bytes: Buffer): undefined {
    for (const line of bytes.toString('latin1').split('\n').slice(0, -1)) {
      if (this.deaf) break;
      this.#read++;
      this.#kept += this.#behaviour.answer(line);
    }
    if (this.#behaviour.buffers !== true) this.#flush();
    if (this.deaf) this.end();
  }

  end(): void {
    this.#flush();
    this.#ended = true;
    this.#wake();
  }

  kill(): void {
    this.end();
  }

  #flush(): void {
    this.#written += this.#kept;
    this.#kept = '';
    this.#wake();
  }

  async #run(take: Take): Promise<ProgramEnd> {
    const read = async (target: Buffer, offset: number): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      while (this.#written === '' && !this.#ended) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const piece = this.#pieces[this.#turn++ % this.#pieces.length]!;
      const text = this.#written.slice(0, piece);
      this.#written = this.#written.slice(piece);
      return target.write(text, offset, 'latin1');
    };
    const reader = new StreamReader({ eof: 'drain', maxLine: 1 << 20, notice: () => {} });
    await pump({ read, close: async () => {} }, reader, take, 1 << 20).catch((error) => {
      if (error.code !== 'cut') throw error;
    });
    return this.#behaviour.end ?? FINE;
  }
}
