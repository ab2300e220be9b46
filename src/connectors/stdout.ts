import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotWrite, systemCode } from './system-error.ts';

/** Who read what we write has gone: the end of the work, quietly (exit 0), never a failure to report. */
export class ReaderClosed extends Error {
  constructor(name: string) {
    super(`${name}: its reader has closed`);
    this.name = 'ReaderClosed';
  }
}

/** An open descriptor that bytes go out to. */
export interface Output {
  /**
   * Writes all of `bytes`. Undefined: the system has them; else they must stay as they are until the promise
   * settles. Throws or rejects with ReaderClosed, or with a TidemarkError (`failed`) that names the output.
   */
  write(bytes: Buffer): undefined | Promise<void>;
  /** Waits for what is being written and lets go; rejects when the system tells of a failed write only now. */
  close(): Promise<void>;
  /** Lets go at once, also of a reader that takes nothing: what the system does not have yet is not written. */
  abandon(): void;
}

/**
 * Opens standard output. Pipes and sockets are written through the event loop: while the reader is slow, signal
 * handlers run. (Trying `fs.writeSync` first was no faster for 64 to 256 KiB: 1.8–2.1 GB/s either way.)
 */
export const openStdout = (fd = 1): Output => openOutput(fd, 'standard output');

/** The output that fits the kind of an open descriptor; it owns the descriptor, except that of a pipe from 0 to 2. */
export function openOutput(fd: number, name: string): Output {
  let stat: fs.Stats;
  try {
    stat = fs.fstatSync(fd);
  } catch (error) {
    throw cannotWrite(name, error);
  }
  if (stat.isFIFO() || stat.isSocket()) return new SocketOutput(fd, name);
  return new DescriptorOutput(fd, name, stat.isFile());
}

class SocketOutput implements Output {
  readonly #name: string;
  readonly #socket: net.Socket;
  /** Settles once all that was given is written; undefined while nothing waits. */
  #draining: Promise<void> | undefined;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(fd: number, name: string) {
    this.#name = name;
    // A high-water mark of 0: `drain` comes whenever everything is written.
    const options = { fd, readable: false, writable: true, writableHighWaterMark: 0 };
    try {
      this.#socket = new net.Socket(options as net.SocketConstructorOpts);
    } catch (error) {
      throw cannotWrite(name, error);
    }
    this.#socket.on('drain', () => this.#drained());
    this.#socket.on('error', (error) => this.#drained(this.#failure(error)));
  }

  write(bytes: Buffer): undefined | Promise<void> {
    const socket = this.#socket;
    if (bytes.length > 0 && socket.errored === null) socket.write(bytes);
    if (socket.errored !== null) throw this.#failure(socket.errored);
    return socket.writableLength === 0 ? undefined : this.#wait();
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket.errored === null && socket.writableLength > 0) await this.#wait();
    if (socket.errored !== null) throw this.#failure(socket.errored);
    if (socket.closed) return;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
  }

  abandon(): void {
    this.#socket.destroy();
  }

  #wait(): Promise<void> {
    this.#draining ??= new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    return this.#draining;
  }

  #drained(error?: Error): void {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#draining = undefined;
    if (error !== undefined) settle?.reject(error);
    else settle?.resolve();
  }

  #failure(error: Error): Error {
    return writeFailure(this.#name, error);
  }
}

/** Milliseconds until a terminal that somebody made non-blocking is written again. */
const TRY_AGAIN = 5;

/** A file, a terminal, a device: written at once. */
class DescriptorOutput implements Output {
  readonly #fd: number;
  readonly #name: string;
  readonly #regular: boolean;
  #closed = false;

  constructor(fd: number, name: string, regular: boolean) {
    this.#fd = fd;
    this.#name = name;
    this.#regular = regular;
  }

  write(bytes: Buffer): undefined | Promise<void> {
    const written = this.#writeSome(bytes, 0);
    return written === bytes.length ? undefined : this.#writeRest(bytes, written);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The descriptor of a terminal or device among 0 to 2 has nothing more to tell.
    if (this.#fd <= 2 && !this.#regular) return;
    try {
      fs.closeSync(this.#fd);
    } catch (error) {
      throw writeFailure(this.#name, error);
    }
    // The lowest free number is given out next: a file opened later must not become standard output.
    if (this.#fd <= 2) fs.openSync('/dev/null', 'r+');
  }

  abandon(): void {
    // What the system has it will write.
    this.close().catch(() => {});
  }

  /** Returns how many of `bytes` are written now: fewer than all when the descriptor takes no more for a while. */
  #writeSome(bytes: Buffer, from: number): number {
    let at = from;
    try {
      while (at < bytes.length) at += fs.writeSync(this.#fd, bytes, at, bytes.length - at);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw writeFailure(this.#name, error);
    }
    return at;
  }

  async #writeRest(bytes: Buffer, from: number): Promise<void> {
    for (let at = from; at < bytes.length; at = this.#writeSome(bytes, at)) await sleep(TRY_AGAIN);
  }
}

function writeFailure(name: string, error: unknown): Error {
  const code = systemCode(error);
  return code === 'EPIPE' || code === 'ECONNRESET' ? new ReaderClosed(name) : cannotWrite(name, error);
}
