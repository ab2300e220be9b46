import type { OperatorContext } from './operator.ts';

/** Counts events that were left out because of what they are, and tells of the first, and at the end how many there were. */
export class RejectReport {
  readonly #context: OperatorContext;
  readonly #hint: string;
  #count = 0;
  /** Of them, those of the runs before: what is told is told of this one. */
  #restored = 0;

  /** @param hint what may be done besides keeping them in a file */
  constructor(context: OperatorContext, hint: string) {
    this.#context = context;
    this.#hint = hint;
  }

  get count(): number {
    return this.#count;
  }

  restore(count: number): void {
    this.#count = count;
    this.#restored = count;
  }

  add(line: number, reason: string): void {
    this.#context.count('rejected', 1);
    if (++this.#count > this.#restored + 1) return;
    this.#context.notice(
      `${line === 0 ? '' : `line ${line}: `}${reason}: the event is left out`,
      `--rejected-to FILE keeps such events; ${this.#hint}`,
    );
  }

  end(): void {
    const here = this.#count - this.#restored;
    if (here > 1) this.#context.notice(`${here.toLocaleString('en')} events were left out in all`);
  }
}
