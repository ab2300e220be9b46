import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { SplitReader } from './connector.ts';

/** The last line of a stream that another may follow. */
const END = Buffer.from('{"@end":"drained"}\n');
/** What the first line of a stream begins with. */
const HEADER = '{"@stream"';
/** Bytes that are read to see whether another stream follows. */
const LOOK_AHEAD = 1 << 16;

/**
 * A location that holds streams one behind the other, as `cat` and GNU parallel join them: `read` ends behind each,
 * and goes on when `another` has said that there is one more. In `target[0, offset)` must stand the beginning of the
 * line whose end has not been read, as `pump` keeps it.
 */
export class StoredStreams implements SplitReader {
  readonly #input: SplitReader;
  /** What was read of the next stream. */
  #rest: Buffer = Buffer.alloc(0);
  /** The end of a stream has been read. */
  #ended = false;

  constructor(input: SplitReader) {
    this.#input = input;
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#ended) return 0;
    if (this.#rest.length > 0) {
      const count = this.#rest.copy(target, offset);
      this.#rest = this.#rest.subarray(count);
      return this.#upToEnd(target, offset, count);
    }
    const count = this.#input.read(target, offset);
    return typeof count === 'number'
      ? this.#upToEnd(target, offset, count)
      : count.then((later) => this.#upToEnd(target, offset, later));
  }

  /**
   * Whether one more stream follows the one that has been read to its end.
   * @throws TidemarkError `failed` when something else follows
   */
  async another(): Promise<boolean> {
    if (!this.#ended) return false;
    let begun = this.#rest.toString('latin1').trimStart();
    while (begun.length < HEADER.length) {
      const more = Buffer.allocUnsafe(LOOK_AHEAD);
      const count = await this.#input.read(more, 0);
      if (count <= 0) break;
      this.#rest = Buffer.concat([this.#rest, more.subarray(0, count)]);
      begun = this.#rest.toString('latin1').trimStart();
    }
    if (begun === '') return false;
    if (!begun.startsWith(HEADER)) {
      throw new TidemarkError('failed', 'what stands behind the @end of the stream is no stream', {
        hint: 'behind it may stand nothing, or another stream with its @stream line',
      });
    }
    this.#ended = false;
    return true;
  }

  close(): Promise<void> {
    return this.#input.close();
  }

  /** Of the bytes just read those that belong to the stream; keeps the others. */
  #upToEnd(target: Buffer, offset: number, count: number): number {
    const to = offset + count;
    let at = Math.max(0, offset - END.length + 1);
    for (;;) {
      at = count > 0 ? target.indexOf(END, at) : -1;
      if (at < 0 || at + END.length > to) return count;
      if (at === 0 || target[at - 1] === LF) break;
      at++;
    }
    this.#ended = true;
    const end = at + END.length;
    if (end < to) this.#rest = Buffer.concat([target.subarray(end, to), this.#rest]);
    return end - offset;
  }
}

const LF = 10;
