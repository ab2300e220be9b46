import type { Buffer } from 'node:buffer';
import { pump } from '../../src/connectors/stream-input.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { MAIN, type Operator, type OperatorContext } from '../../src/operators/operator.ts';
import { StreamPrinter } from '../../src/stream/printer.ts';
import { StreamReader } from '../../src/stream/reader.ts';

export const HEADER =
  '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}';
export const END = ['{"@watermark":"end"}', '{"@end":"drained"}'];

/** The lines of a whole stream around those given. */
export const streamOf = (...lines: string[]): string[] => [HEADER, ...lines, ...END];

/** An event at so many seconds behind the epoch. */
export const eventLine = (second: number, members: string): string =>
  `{"@t":"${new Date(second * 1000).toISOString()}"${members === '' ? '' : `,${members}`}}`;

export const watermarkLine = (second: number): string =>
  `{"@watermark":"${new Date(second * 1000).toISOString()}"}`;

/** What an operator did with a stream. */
export class Piped {
  /** Lines of the main output, without the header. */
  readonly lines: string[] = [];
  /** Lines of side outputs, by number. */
  readonly sides = new Map<number, string[]>();
  readonly notices: string[] = [];
  readonly counters = new Map<string, number>();
  readonly failing = new AbortController();
  readonly #connected: readonly number[];
  readonly #printer = new StreamPrinter();
  /** Emits that have not settled: an operator has one batch under way at a time. */
  #emitting = 0;
  /** What an emit waits for before it settles. */
  slowness: () => undefined | Promise<void> = () => undefined;

  constructor(connected: readonly number[] = []) {
    this.#connected = connected;
  }

  readonly context: OperatorContext = {
    emit: (output, batch) => {
      const out = new ByteWriter();
      this.#printer.printBatch(batch, out);
      this.#take(output, out.toString());
      return this.#settle();
    },
    emitMarker: (output, marker) => {
      if (marker.kind === 'stream') return undefined;
      const out = new ByteWriter();
      this.#printer.printMarker(marker, out);
      this.#take(output, out.toString());
      return this.#settle();
    },
    connected: (output) => output === MAIN || this.#connected.includes(output),
    notice: (message, hint) => {
      this.notices.push(hint === undefined ? message : `${message} | ${hint}`);
    },
    count: (name, by) => {
      this.counters.set(name, (this.counters.get(name) ?? 0) + by);
    },
    fail: (error) => this.failing.abort(error),
  };

  #take(output: number, text: string): void {
    if (this.#emitting > 0) throw new Error('emit before the last one settled');
    const lines = text.split('\n').slice(0, -1);
    if (output === MAIN) this.lines.push(...lines);
    else this.sides.set(output, [...(this.sides.get(output) ?? []), ...lines]);
  }

  #settle(): undefined | Promise<void> {
    const slow = this.slowness();
    if (slow === undefined) return undefined;
    this.#emitting++;
    return slow.then(() => {
      this.#emitting--;
    });
  }
}

/**
 * Feeds pieces of a stream's text to an operator, each as one read.
 * @throws what the operator throws
 */
export async function pipe(
  pieces: Iterable<string> | AsyncIterable<string>,
  operator: Operator,
  piped: Piped,
): Promise<Piped> {
  const iterator = (async function* () {
    yield* pieces;
  })();
  const { signal } = piped.failing;
  const aborted = new Promise<{ done: true; value: undefined }>((resolve) => {
    signal.addEventListener('abort', () => resolve({ done: true, value: undefined }));
  });
  const input = {
    read: async (target: Buffer, offset: number): Promise<number> => {
      const next = await Promise.race([iterator.next(), aborted]);
      return next.done ? 0 : target.write(next.value, offset);
    },
    close: async () => {},
  };
  const reader = new StreamReader({ eof: 'cut', maxLine: 1 << 24, notice: () => {} });
  try {
    await pump(input, reader, operator, 1 << 24);
  } finally {
    signal.throwIfAborted();
  }
  return piped;
}

/** Lines as text, cut into pieces of these lengths (the last one is what is left). */
export function* cut(lines: readonly string[], lengths: readonly number[] = []): Generator<string> {
  let text = `${lines.join('\n')}\n`;
  for (const length of lengths) {
    if (length >= text.length) break;
    yield text.slice(0, length);
    text = text.slice(length);
  }
  yield text;
}
