/** How long readers of several inputs stay without bounds at least, ms: who needed it once needs it again soon. */
const LONG = 250;

/**
 * Whether readers of several inputs may read on without bounds: while who takes the inputs waits for one of them, so that
 * none holds up a program that writes to several of them by turns.
 */
export class ReadingPace {
  readonly #around: ReadingPace | undefined;
  #unbounded = false;
  #waiting = false;
  #timer: NodeJS.Timeout | undefined;
  /** Wakes each reader that waits for room. */
  readonly #wakes: (() => void)[] = [];

  /** @param around that of who takes what the inputs become: while it waits, these are read on as well */
  constructor(around?: ReadingPace) {
    this.#around = around;
    around?.onHurry(() => this.#wakeAll());
  }

  get unbounded(): boolean {
    return this.#unbounded || this.#around?.unbounded === true;
  }

  /** @param wake called each time when reading on is allowed */
  onHurry(wake: () => void): void {
    this.#wakes.push(wake);
  }

  /**
   * Who takes the inputs waits from now on.
   * @param patience ms after which reading is without bounds
   */
  wait(patience: number): void {
    this.#waiting = true;
    if (!this.#unbounded) this.#set(patience);
  }

  /** It waits no more. */
  go(): void {
    this.#waiting = false;
    if (!this.#unbounded) clearTimeout(this.#timer);
  }

  /** Nothing is read any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing else may keep the process alive while all stages of it wait for each other. */
  #set(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), after);
  }

  #look(): void {
    this.#unbounded = this.#waiting;
    if (!this.#unbounded) return;
    this.#wakeAll();
    this.#set(LONG);
  }

  #wakeAll(): void {
    for (const wake of this.#wakes) wake();
  }
}
