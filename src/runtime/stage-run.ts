import type { Stage } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import { openStdin } from '../connectors/stdin.ts';
import { type Output, openStdout, ReaderClosed } from '../connectors/stdout.ts';
import { pump } from '../connectors/stream-input.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { MAIN, type Operator, type OperatorContext, REJECTED } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';
import { StreamReader } from '../stream/reader.ts';
import { Interrupts } from './interrupts.ts';
import type { RunOptions } from './run-options.ts';
import { SideOutput } from './side-output.ts';

/** One stage on a pipe: its context, its outputs, and what happens to them at the end. */
export class StageRun {
  readonly interrupts: Interrupts;
  /** Counted for --stats: by the stage itself, and `events_in`, `events_out` here. */
  readonly counters = new Map<string, number>();
  readonly #name: string;
  readonly #stage: Stage;
  readonly #options: RunOptions;
  readonly #printer = new StreamPrinter();
  readonly #out = new ByteWriter(1 << 18);
  #stdout: Output | undefined;
  /** Side outputs by number; opened when the header has come, committed at the end of a complete stream. */
  readonly #sides = new Map<number, SideOutput>();
  /** Where a source puts raw records that it rejects. */
  #rejected: Target | undefined;
  #operator: Operator | undefined;

  constructor(name: string, stage: Stage, options: RunOptions, process: NodeJS.Process) {
    this.#name = name;
    this.#stage = stage;
    this.#options = options;
    this.interrupts = new Interrupts(process, () => this.abandon());
  }

  async run(): Promise<void> {
    const started = performance.now();
    if (this.#stage.role !== 'sink') this.#stdout = openStdout();
    if (this.#stage.role === 'source') await this.#runSource(this.#stage);
    else await this.#runOperator(this.#stage);
    await this.#stdout?.close();
    this.counters.set('milliseconds', Math.round(performance.now() - started));
  }

  async #runSource(stage: Extract<Stage, { role: 'source' }>): Promise<void> {
    const path = stage.sides.get(REJECTED);
    if (path !== undefined)
      this.#rejected = await openFileTarget(path, { mode: 'overwrite', bounded: stage.bounded });
    await stage.run({
      ...this.#context(),
      signal: this.interrupts.signal,
      maxLine: this.#options.maxLine,
      reject: (bytes) => this.#rejected?.write(bytes),
      now: Date.now,
    });
    await this.#rejected?.commit();
  }

  async #runOperator(stage: Exclude<Stage, { role: 'source' }>): Promise<void> {
    for (const [output, path] of stage.sides) this.#sides.set(output, new SideOutput(path));
    const operator = await stage.create(this.#context());
    this.#operator = operator;
    const input = openStdin();
    const { eof, maxLine } = this.#options;
    const reader = new StreamReader({ eof, maxLine, notice: (message, hint) => this.#notice(message, hint) });
    try {
      await pump(input, reader, this.#watched(operator), maxLine);
    } finally {
      await input.close();
    }
  }

  /** The operator, with its side outputs begun before the header reaches it and committed behind the end. */
  #watched(operator: Operator): Operator {
    const { stats } = this.#options;
    return {
      onBatch: (input, batch) => {
        if (stats) this.#count('events_in', events(batch));
        return operator.onBatch(input, batch);
      },
      onMarker: (input, marker) => {
        if (this.#sides.size === 0) return operator.onMarker(input, marker);
        if (marker.kind === 'stream') return this.#beginSides(operator, input, marker);
        if (marker.kind === 'end') return this.#endSides(operator, input, marker);
        return operator.onMarker(input, marker);
      },
    };
  }

  async #beginSides(
    operator: Operator,
    input: number,
    marker: Extract<Marker, { kind: 'stream' }>,
  ): Promise<void> {
    for (const side of this.#sides.values()) await side.begin(marker.header);
    await settle(operator.onMarker(input, marker));
  }

  async #endSides(
    operator: Operator,
    input: number,
    marker: Extract<Marker, { kind: 'end' }>,
  ): Promise<void> {
    await settle(operator.onMarker(input, marker));
    for (const side of this.#sides.values()) {
      if (marker.reason === 'drained') await side.commit();
      else await side.abandon();
    }
  }

  #context(): OperatorContext {
    return {
      emit: (output, batch) => this.#emit(output, batch),
      emitMarker: (output, marker) => this.#emitMarker(output, marker),
      connected: (output) => output === MAIN || this.#sides.has(output),
      notice: (message, hint) => this.#notice(message, hint),
      count: (name, by) => this.#count(name, by),
    };
  }

  #emit(output: number, batch: Batch): undefined | Promise<void> {
    if (output !== MAIN) return this.#sides.get(output)?.emit(batch);
    if (this.#options.stats) this.#count('events_out', events(batch));
    this.#out.clear();
    this.#printer.printBatch(batch, this.#out);
    return this.#out.length === 0 ? undefined : this.#stdout?.write(this.#out.view());
  }

  #emitMarker(output: number, marker: Marker): undefined | Promise<void> {
    if (output !== MAIN) return undefined;
    this.#out.clear();
    this.#printer.printMarker(marker, this.#out);
    return this.#stdout?.write(this.#out.view());
  }

  #notice(message: string, hint?: string): void {
    this.#options.report.notice(this.#name, message, hint);
  }

  #count(name: string, by: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }

  /** Whether an error only says that nobody reads on: the end of the work, quietly. */
  readerClosed(error: unknown): boolean {
    return error instanceof ReaderClosed;
  }

  /** Leaves nothing half done: no target, no side file, no temporary file. */
  async abandon(): Promise<void> {
    await this.#operator?.abort?.();
    for (const side of this.#sides.values()) await side.abandon();
    await this.#rejected?.abandon();
    await this.#stdout?.close().catch(() => undefined);
  }
}

function events(batch: Batch): number {
  let count = 0;
  for (let row = 0; row < batch.rows; row++) if (batch.kind[row] === EVENT) count++;
  return count;
}
