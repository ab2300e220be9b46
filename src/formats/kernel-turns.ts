/** Fewer rows than this are not worth a call of the kernel. */
const FEW = 8;
/** Lines at most that are read one by one before the kernel is asked again. */
const LONGEST = 64;

/**
 * When the kernel is asked for rows. A call costs more than a row read without it: where it stops behind few,
 * again and again, it is asked less and less often. What is read is the same.
 */
export class KernelTurns {
  /** Rows that it has read since it stopped last, … */
  #rows = 0;
  /** … lines before its next turn, and how many they are, about twice, after a stop behind few rows. */
  #left = 0;
  #pause = 0;

  /** Whether it is the kernel's turn; each question stands for a line. */
  isNext(): boolean {
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** The kernel has read so many rows; none: it leaves the next line. */
  took(rows: number): void {
    this.#rows += rows;
    if (rows > 0) return;
    this.#pause = this.#rows < FEW ? Math.min(this.#pause * 2 + 1, LONGEST * 2) : 0;
    this.#left = this.#pause >> 1;
    this.#rows = 0;
  }
}
