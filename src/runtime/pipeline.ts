import { Buffer } from 'node:buffer';
import { PassThrough, type Readable } from 'node:stream';
import ndjson from 'ndjson';
import split from 'split2';
import type { Stage } from '../commands/stage.ts';
import { usageError } from '../errors.ts';
import { DEFAULT_MAX_LINE } from '../formats/readers.ts';
import type { MetaMode, RecordWriter } from '../formats/record-writer.ts';
import { createRecordWriter } from '../formats/writers.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import type { Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { membersRead, OperatorHost, type Outlet } from './operator-host.ts';
import { SourceHost } from './source-host.ts';
import type { Voice } from './voice.ts';

export interface PipelineOptions {
  /** What becomes of time, window and pane in the results; `flatten` when left out. */
  readonly meta?: MetaMode;
  /** Bytes that a line may have; 16 MiB when left out. */
  readonly maxLine?: number;
  /** Told what a command would print for people: late events, rejected records. */
  readonly onNotice?: (message: string, hint: string | undefined) => void;
}

type SourceStage = Extract<Stage, { role: 'source' }>;
type InnerStage = Exclude<Stage, { role: 'source' }>;

/**
 * A source and operators joined in this process: each hands its batches on, nothing is printed and parsed
 * between them. Runs when its results are read, once.
 */
export class Pipeline implements AsyncIterable<unknown> {
  readonly #source: SourceStage;
  readonly #stages: readonly InnerStage[];
  readonly #options: PipelineOptions;
  #started = false;

  /** @throws TidemarkError `usage` unless the first stage is a source, and the only one */
  constructor(stages: readonly Stage[], options: PipelineOptions) {
    const [source, ...inner] = stages;
    if (source?.role !== 'source') throw usageError('a pipeline begins with a source');
    if (source.keeping !== undefined)
      throw usageError('results that are read here can be kept by nobody: state is for tm run and for pipes');
    this.#source = source;
    this.#stages = inner.map((stage) => {
      if (stage.role === 'operator') return stage;
      throw usageError(`a ${stage.role} cannot stand inside a pipeline that is read here`);
    });
    this.#options = options;
  }

  /**
   * The results as NDJSON bytes. The stream fails with a TidemarkError; destroying it stops the source.
   * @throws Error when the pipeline was read before
   */
  bytes(): Readable {
    if (this.#started) throw new Error('a pipeline can be read once');
    this.#started = true;
    const out = new PassThrough();
    const stop = new AbortController();
    out.once('close', () => stop.abort());
    this.#run(out, stop.signal).then(
      () => out.end(),
      (error: Error) => out.destroy(error),
    );
    return out;
  }

  /** The results as lines of JSON, every number in its own spelling. */
  lines(): Readable {
    return joined(this.bytes(), split());
  }

  /** The results as objects. Integers past 2^53 lose digits there, as in JSON.parse: `lines` keeps them. */
  objects(): Readable {
    return joined(this.bytes(), ndjson.parse());
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this.objects()[Symbol.asyncIterator]();
  }

  async #run(out: PassThrough, signal: AbortSignal): Promise<void> {
    const { onNotice, maxLine = DEFAULT_MAX_LINE, meta = 'flatten' } = this.#options;
    const voice: Voice = { notice: (message, hint) => onNotice?.(message, hint), count: () => {} };
    const hosts: OperatorHost[] = [];
    let outlet: Outlet = new ResultOutlet(out, signal, createRecordWriter('ndjson', { meta, bounded: true }));
    for (const stage of [...this.#stages].reverse()) {
      const host = new OperatorHost(stage, outlet, voice, maxLine, { command: 'stage', given: undefined });
      hosts.unshift(host);
      outlet = new OperatorOutlet(await host.open());
    }
    const source = new SourceHost(this.#source, outlet, voice);
    try {
      await source.run(signal, maxLine, membersRead(hosts));
      for (const host of hosts) await host.close();
    } catch (error) {
      await source.abandon();
      for (const host of hosts) await host.abandon();
      if (!signal.aborted) throw error;
    }
  }
}

/** A stream's lines or objects: it fails when the bytes do, and stops them when it is destroyed. */
function joined(bytes: Readable, reader: NodeJS.ReadWriteStream & Readable): Readable {
  bytes.once('error', (error) => reader.destroy(error));
  reader.once('close', () => bytes.destroy());
  return bytes.pipe(reader);
}

/** Hands on to the next operator. */
class OperatorOutlet implements Outlet {
  readonly emit: Outlet['emit'];
  readonly emitMarker: Outlet['emitMarker'];

  constructor(operator: Operator) {
    this.emit = (batch) => settle(operator.onBatch(0, batch));
    this.emitMarker = (marker) => settle(operator.onMarker(0, marker));
  }
}

/** Writes results to a Node stream, and waits while it is full. */
class ResultOutlet implements Outlet {
  readonly #out: PassThrough;
  readonly #signal: AbortSignal;
  readonly #writer: RecordWriter;
  readonly #bytes = new ByteWriter();

  constructor(out: PassThrough, signal: AbortSignal, writer: RecordWriter) {
    this.#out = out;
    this.#signal = signal;
    this.#writer = writer;
  }

  emit(batch: Parameters<Outlet['emit']>[0]): undefined | Promise<void> {
    this.#bytes.clear();
    this.#writer.write(batch, this.#bytes);
    if (this.#bytes.length === 0) return undefined;
    // Copied: the stream keeps it until it is read.
    if (this.#out.write(Buffer.from(this.#bytes.view()))) return undefined;
    return new Promise((resolve) => {
      const go = (): void => {
        this.#out.off('drain', go);
        this.#signal.removeEventListener('abort', go);
        resolve();
      };
      this.#out.on('drain', go);
      this.#signal.addEventListener('abort', go);
    });
  }

  emitMarker(): undefined {
    return undefined;
  }
}
