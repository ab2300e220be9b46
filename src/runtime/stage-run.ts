import type { Stage } from '../commands/stage.ts';
import { openStdin } from '../connectors/stdin.ts';
import { type Output, openStdout } from '../connectors/stdout.ts';
import { pump } from '../connectors/stream-input.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { kernel } from '../kernel/kernel.ts';
import type { Operator } from '../operators/operator.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';
import { StreamReader } from '../stream/reader.ts';
import { Interrupts } from './interrupts.ts';
import { OperatorHost, type Outlet, type Voice } from './operator-host.ts';
import type { RunOptions } from './run-options.ts';
import { SourceHost } from './source-host.ts';

/** Bytes that a batch has room for when it is printed; more are made when it needs them. */
const OUTPUT_BYTES = 1 << 20;

/** One stage on a pipe: stdin, stdout, signals, and what happens to its outputs at the end. */
export class StageRun implements Outlet, Voice {
  readonly interrupts: Interrupts;
  /** Counted for --stats: by the stage itself, and `events_in`, `events_out` here. */
  readonly counters = new Map<string, number>();
  readonly #name: string;
  readonly #stage: Stage;
  readonly #options: RunOptions;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter(OUTPUT_BYTES, kernel().buffers);
  #stdout: Output | undefined;
  #host: OperatorHost | SourceHost | undefined;
  /** Aborted with the error when an operator fails between two calls: it ends the wait for input. */
  readonly #failing = new AbortController();

  constructor(name: string, stage: Stage, options: RunOptions, process: NodeJS.Process) {
    this.#name = name;
    this.#stage = stage;
    this.#options = options;
    this.interrupts = new Interrupts(process, () => this.abandon());
  }

  async run(): Promise<void> {
    // Not performance.now(): its module takes more than a millisecond to load.
    const started = process.hrtime.bigint();
    const stage = this.#stage;
    if (stage.role !== 'sink') this.#stdout = openStdout();
    if (stage.role === 'source') {
      const host = new SourceHost(stage, this, this);
      this.#host = host;
      await host.run(this.interrupts.signal, this.#options.maxLine);
    } else {
      const host = new OperatorHost(stage, this, this, this.#options.maxLine);
      this.#host = host;
      await this.#feed(await host.open());
      await host.close();
    }
    await this.#stdout?.close();
    this.count('milliseconds', Number((process.hrtime.bigint() - started) / 1_000_000n));
  }

  async #feed(operator: Operator): Promise<void> {
    const { eof, maxLine, stats } = this.#options;
    const input = openStdin(0, this.#failing.signal);
    const reader = new StreamReader({ eof, maxLine, notice: (message, hint) => this.notice(message, hint) });
    try {
      await pump(input, reader, stats ? this.#counting(operator) : operator, maxLine);
    } finally {
      await input.close();
      // The cause, not what the sudden end of the input looks like.
      this.#failing.signal.throwIfAborted();
    }
  }

  #counting(operator: Operator): Operator {
    return {
      onBatch: (input, batch) => {
        this.count('events_in', events(batch));
        return operator.onBatch(input, batch);
      },
      onMarker: (input, marker) => operator.onMarker(input, marker),
    };
  }

  emit(batch: Batch): undefined | Promise<void> {
    if (this.#options.stats) this.count('events_out', events(batch));
    this.#out.clear();
    this.#printer.printBatch(batch, this.#out);
    return this.#write();
  }

  emitMarker(marker: Marker): undefined | Promise<void> {
    this.#out.clear();
    this.#printer.printMarker(marker, this.#out);
    return this.#write();
  }

  #write(): undefined | Promise<void> {
    return this.#out.length === 0 ? undefined : this.#stdout?.write(this.#out.view());
  }

  notice(message: string, hint?: string): void {
    this.#options.report.notice(this.#name, message, hint);
  }

  count(name: string, by: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }

  fail(error: unknown): void {
    this.#failing.abort(error);
  }

  /** Leaves nothing half done: no target, no side file, no temporary file. */
  async abandon(): Promise<void> {
    await this.#host?.abandon();
    this.#stdout?.abandon();
  }
}

function events(batch: Batch): number {
  let count = 0;
  for (let row = 0; row < batch.rows; row++) if (batch.kind[row] === EVENT) count++;
  return count;
}
