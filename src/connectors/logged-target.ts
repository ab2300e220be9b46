import { Buffer } from 'node:buffer';
import type { Hash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { CHECK_LINE_BYTES, checkHashes, checkLine, syncFolder, writeAll } from '../files/durable.ts';
import type { EpochTarget } from './connector.ts';
import type { PublishedBatch, Publisher } from './publisher.ts';
import { cannotWrite } from './system-error.ts';

/** Bytes that are read of a log at once. */
const PIECE = 1 << 18;
/** The log of an epoch that is not prepared, and of one that is. */
const OPEN_LOG = 'output.part';
const LOG = /^output-(\d+)\.log$/;

/** What `prepare` gives: all logs up to this epoch are committed with it. */
interface LogPosition {
  readonly epoch: number;
  /** Bytes that the epoch has to publish. */
  readonly length: number;
}

export interface LoggedTargetOptions {
  /** For messages: where the results go. */
  readonly name: string;
  /** Of the sink's state: see `PublishedBatch`. */
  readonly id: string;
  /** The folder of the sink in the state directory, for `output.part` and `output-EPOCH.log`. */
  readonly folder: string;
  readonly publisher: Publisher;
  /** Where a failure to publish is told: what the next run does. */
  readonly afterFailure: string;
}

/**
 * A target for what cannot be cut off again: the output of an epoch is logged in the state directory, and published when
 * the epoch is committed (EPOCHS in tm-stream(5)). A run that was killed leaves logs: the next publishes those that are
 * committed, before anything else, and discards the others.
 */
export class LoggedTarget implements EpochTarget {
  readonly #options: LoggedTargetOptions;
  /** The log of the epoch at hand, from its first byte on. */
  #fd: number | undefined;
  #length = 0;
  #hash: Hash | undefined;
  #newHash: (() => Hash) | undefined;
  /** Logs that are prepared and not published, by epoch, in order. */
  readonly #logs = new Map<number, { readonly length: number }>();

  constructor(options: LoggedTargetOptions) {
    this.#options = options;
  }

  /** Publishes what is committed and may not be there. @throws TidemarkError `failed` where its log is damaged */
  async recover(position: unknown): Promise<void> {
    this.#newHash = await checkHashes();
    const committed = (position as LogPosition | undefined)?.epoch ?? 0;
    for (const epoch of this.#discardOthers(committed)) this.#logs.set(epoch, await this.#check(epoch));
    if (this.#logs.size === 0) return;
    const { publisher, id } = this.#options;
    const there = (await this.#ask(() => publisher.published?.(id))) ?? 0;
    for (const epoch of [...this.#logs.keys()]) if (epoch <= there) this.#discard(epoch);
    await this.publish(committed);
  }

  /** Removes what is not committed. @returns the epochs whose logs are left, in order */
  #discardOthers(committed: number): number[] {
    const { folder } = this.#options;
    const left: number[] = [];
    try {
      for (const name of fs.readdirSync(folder)) {
        const [, number] = LOG.exec(name) ?? [];
        if (number === undefined && name !== OPEN_LOG) continue;
        if (number !== undefined && Number(number) <= committed) left.push(Number(number));
        else fs.rmSync(join(folder, name));
      }
    } catch (error) {
      throw this.#failure(error);
    }
    return left.sort((a, b) => a - b);
  }

  write(bytes: Buffer): undefined {
    if (bytes.length === 0) return;
    try {
      this.#fd ??= fs.openSync(join(this.#options.folder, OPEN_LOG), 'w');
      this.#hash ??= this.#newHash!();
      writeAll(this.#fd, bytes);
      this.#hash.update(bytes);
      this.#length += bytes.length;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async prepare(epoch: number): Promise<LogPosition> {
    const fd = this.#fd;
    const hash = this.#hash;
    if (fd === undefined || hash === undefined) return { epoch, length: 0 };
    const { folder } = this.#options;
    try {
      writeAll(fd, Buffer.from(checkLine(hash)));
      fs.fsyncSync(fd);
      this.#fd = undefined;
      fs.closeSync(fd);
      fs.renameSync(join(folder, OPEN_LOG), this.#pathOf(epoch));
      syncFolder(folder);
    } catch (error) {
      throw this.#failure(error);
    }
    const length = this.#length;
    this.#length = 0;
    this.#hash = undefined;
    this.#logs.set(epoch, { length });
    return { epoch, length };
  }

  async publish(epoch: number): Promise<void> {
    for (const [logged, { length }] of this.#logs) {
      if (logged > epoch) return;
      const path = this.#pathOf(logged);
      const batch: PublishedBatch = {
        id: this.#options.id,
        epoch: logged,
        length,
        read: () => piecesOf(path, length),
      };
      await this.#ask(() => this.#options.publisher.publish(batch));
      this.#discard(logged);
    }
  }

  /** What is published cannot be taken off again, so nothing is written behind it. */
  async end(_trailer: Buffer): Promise<void> {}

  async close(): Promise<void> {
    try {
      if (this.#fd !== undefined) fs.closeSync(this.#fd);
      this.#fd = undefined;
      await this.#options.publisher.close?.();
    } catch {
      // What is committed is there, or in the log.
    }
  }

  /** It is there: should the removal be lost, it is published again, which changes nothing. */
  #discard(epoch: number): void {
    this.#logs.delete(epoch);
    try {
      fs.rmSync(this.#pathOf(epoch), { force: true });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** @throws TidemarkError `failed` where the log of an epoch is not what was written */
  async #check(epoch: number): Promise<{ length: number }> {
    const path = this.#pathOf(epoch);
    const hash = this.#newHash!();
    let length: number;
    let check: string;
    try {
      const bytes = fs.statSync(path).size;
      length = Math.max(0, bytes - CHECK_LINE_BYTES);
      for await (const piece of piecesOf(path, length)) hash.update(piece);
      check = endOf(path, length, bytes - length);
    } catch (error) {
      throw this.#failure(error);
    }
    if (check === checkLine(hash)) return { length };
    throw new TidemarkError('failed', `${path} is damaged: it is not what was written`, {
      hint: `results of an epoch stand in it that ${this.#options.name} may not have; bring it back from a backup, or begin anew with --reset-state`,
    });
  }

  /** Calls the publisher. @throws TidemarkError `failed` that names the target */
  async #ask<T>(call: () => Promise<T> | undefined): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof TidemarkError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new TidemarkError('failed', `cannot publish to ${this.#options.name}: ${reason}`, {
        hint: this.#options.afterFailure,
        cause: error,
      });
    }
  }

  #pathOf(epoch: number): string {
    return join(this.#options.folder, `output-${epoch}.log`);
  }

  #failure(error: unknown): TidemarkError {
    return cannotWrite(`the log for ${this.#options.name} in ${this.#options.folder}`, error);
  }
}

/** The first bytes of a file; none for a length of 0. */
async function* piecesOf(path: string, length: number): AsyncGenerator<Buffer> {
  if (length > 0) yield* fs.createReadStream(path, { end: length - 1, highWaterMark: PIECE });
}

function endOf(path: string, from: number, size: number): string {
  const bytes = Buffer.alloc(size);
  const fd = fs.openSync(path, 'r');
  try {
    return bytes.toString('latin1', 0, fs.readSync(fd, bytes, 0, size, from));
  } finally {
    fs.closeSync(fd);
  }
}
