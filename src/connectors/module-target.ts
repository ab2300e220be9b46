import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { TidemarkError, usageError } from '../errors.ts';
import type { EpochTarget, Target } from './connector.ts';
import { LoggedTarget } from './logged-target.ts';
import type { PublishedBatch, Publisher } from './publisher.ts';
import { loadExport, type ModulePlace, messageOf, type Parameters } from './source-module.ts';

/** A batch as a sink module gets it. */
export interface ModuleBatch extends PublishedBatch {
  /** Its lines, from the first on: of ndjson, a result each. */
  lines(): AsyncIterable<string>;
}

/** A sink written outside of tidemark: the export `sink` of a module (tm-connectors(7)). */
export interface SinkModule {
  /** Called once, before anything is published. */
  open?(parameters: Parameters): void | Promise<void>;
  /** Settles when the results are there, durably. The same `id` and `epoch` may come again, and must change nothing then. */
  publish(batch: ModuleBatch): Promise<void>;
  /** The highest epoch of `id` that is there, 0 for none; left out: it is not known. */
  published?(id: string): Promise<number>;
  close?(): void | Promise<void>;
}

/** Where a sink keeps the output of epochs that are not published. */
export interface LogPlace {
  readonly id: string;
  readonly folder: string;
}

/** A sink module as a target that gets each result once. */
export async function moduleEpochTarget(place: ModulePlace, { id, folder }: LogPlace): Promise<EpochTarget> {
  return new LoggedTarget({
    name: place.name,
    id,
    folder,
    publisher: await publisherOf(place),
    afterFailure: 'nothing is lost: run the same line again, which publishes it first',
  });
}

/**
 * A sink module as the target of a stream without state: one that ends is published as one batch, when it is complete;
 * one without an end as it comes.
 */
export async function moduleTarget(place: ModulePlace, bounded: boolean): Promise<Target> {
  const { randomUUID } = await import('node:crypto');
  const publisher = await publisherOf(place);
  return bounded
    ? new WholeBatch(place.name, randomUUID(), publisher)
    : new BatchByBatch(place.name, randomUUID(), publisher);
}

/** @throws TidemarkError `usage` for what is no sink */
export async function loadSink(place: ModulePlace): Promise<SinkModule> {
  const sink = (await loadExport(place, 'sink')) as Partial<SinkModule>;
  if (typeof sink.publish === 'function') return sink as SinkModule;
  throw usageError(
    `the export sink of ${place.name} has no function publish`,
    'tm-connectors(7) tells what it is',
  );
}

async function publisherOf(place: ModulePlace): Promise<Publisher> {
  const sink = await loadSink(place);
  const { publish } = sink;
  try {
    await sink.open?.(place.parameters);
  } catch (error) {
    throw new TidemarkError('failed', `${place.name} cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    publish: (batch) => publish.call(sink, { ...batch, lines: () => linesOf(batch) }),
    ...(sink.published === undefined
      ? {}
      : { published: async (id: string) => epochOf(place, await sink.published!(id)) }),
    close: async () => {
      try {
        await sink.close?.();
      } catch {
        // What was published is there, and what was not comes again.
      }
    },
  };
}

/** An epoch as a database may give it: bigints are texts there. @throws TidemarkError `failed` for what is none */
function epochOf(place: ModulePlace, published: unknown): number {
  const epoch = Number(published ?? 0);
  if (Number.isSafeInteger(epoch) && epoch >= 0) return epoch;
  throw new TidemarkError('failed', `published of ${place.name} gave ${JSON.stringify(published)}`, {
    hint: 'it gives the highest epoch that is there, a whole number, and 0 for none',
  });
}

/** Cut at LF alone: other characters that some take for the end of a line may stand in JSON. */
async function* linesOf(batch: PublishedBatch): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of batch.read()) {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

/** Collects all results in a file, and publishes them at the end. */
class WholeBatch implements Target {
  readonly #folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-'));
  readonly #log: LoggedTarget;
  #begun = false;

  constructor(name: string, id: string, publisher: Publisher) {
    this.#log = new LoggedTarget({
      name,
      id,
      folder: this.#folder,
      publisher,
      afterFailure: 'run the same line again: it reads all again, and publishes it as a new batch',
    });
  }

  write(bytes: Buffer): undefined | Promise<void> {
    if (this.#begun) return this.#log.write(bytes);
    return this.#begin(bytes);
  }

  async commit(): Promise<void> {
    try {
      await this.#log.prepare(1);
      await this.#log.publish(1);
    } finally {
      await this.abandon();
    }
  }

  async abandon(): Promise<void> {
    await this.#log.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(bytes: Buffer): Promise<void> {
    this.#begun = true;
    await this.#log.recover(undefined);
    this.#log.write(bytes);
  }
}

/** Publishes what comes, as it comes. */
class BatchByBatch implements Target {
  readonly #name: string;
  readonly #id: string;
  readonly #publisher: Publisher;
  #epoch = 0;

  constructor(name: string, id: string, publisher: Publisher) {
    this.#name = name;
    this.#id = id;
    this.#publisher = publisher;
  }

  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    const own = Uint8Array.prototype.slice.call(bytes);
    const { length } = bytes;
    try {
      await this.#publisher.publish({
        id: this.#id,
        epoch: ++this.#epoch,
        length,
        async *read() {
          yield Buffer.from(own);
        },
      });
    } catch (error) {
      throw new TidemarkError('failed', `cannot publish to ${this.#name}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async commit(): Promise<void> {
    await this.#publisher.close?.();
  }

  async abandon(): Promise<void> {
    await this.#publisher.close?.();
  }
}
