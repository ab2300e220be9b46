import { Buffer } from 'node:buffer';
import net from 'node:net';
import tty from 'node:tty';
import type { SplitReader } from './connector.ts';
import { cannotRead } from './system-error.ts';

/** Bytes that one read of the system gives at most: what a pipe holds on Linux. */
const PIECE = 1 << 16;
/** So many pending bytes, and the socket is not read until half of them were taken. */
const HIGH_WATER = 1 << 20;

/**
 * Reads a pipe, socket or terminal through the event loop, so that timers and signal handlers live while it
 * waits. It reads ahead up to a limit: the bytes that arrive while the caller waits for a write are there after.
 */
export class SocketReader implements SplitReader {
  readonly holdsWriter = true;
  readonly #signal: AbortSignal | undefined;
  readonly #socket: net.Socket;
  readonly #closed: Promise<void>;
  /** Bytes that came while nobody waited, in [start, end); allocated with the first, freed by `close`. */
  #pending: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #paused = false;
  #ended = false;
  #error: Error | undefined;
  /** The read that waits for bytes: where to, and whom to tell. None while `#settle` is undefined. */
  #target: Buffer = this.#pending;
  #offset = 0;
  #settle: { resolve(count: number): void; reject(error: Error): void } | undefined;

  /** @throws TidemarkError `failed` when the descriptor is none that the event loop can read */
  constructor(fd: number, name: string, signal?: AbortSignal) {
    this.#signal = signal;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(PIECE),
      callback: (count: number, bytes: Uint8Array) => this.#take(count, bytes),
    };
    try {
      this.#socket = tty.isatty(fd)
        ? new tty.ReadStream(fd, { onread } as net.SocketConstructorOpts)
        : new net.Socket({ fd, readable: true, writable: false, onread } as net.SocketConstructorOpts);
    } catch (error) {
      throw cannotRead(name, error);
    }
    // A terminal's stream, other than a pipe's, waits to be asked.
    this.#socket.resume();
    this.#socket.on('error', (error) => {
      this.#error = cannotRead(name, error);
      this.#finish();
    });
    this.#socket.on('end', () => this.#finish());
    this.#closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#finish();
        resolve();
      });
    });
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  read(target: Buffer, offset: number): number | Promise<number> {
    if (this.#signal?.aborted) return 0;
    const count = Math.min(this.#end - this.#start, target.length - offset);
    if (count > 0) {
      this.#pending.copy(target, offset, this.#start, this.#start + count);
      this.#start += count;
      if (this.#start === this.#end) this.#start = this.#end = 0;
      if (this.#paused && this.#end - this.#start <= HIGH_WATER / 2) {
        this.#paused = false;
        this.#socket.resume();
      }
      return count;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) return 0;
    this.#target = target;
    this.#offset = offset;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** Descriptors 0 to 2 stay open until the process exits: Node then gives them their flags back. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#socket.destroy();
    await this.#closed;
    this.#pending = Buffer.alloc(0);
    this.#start = this.#end = 0;
  }

  /** Takes what the socket read; false stops it from reading more. */
  #take(count: number, bytes: Uint8Array): boolean {
    let taken = 0;
    const settle = this.#settle;
    if (settle !== undefined) {
      taken = Math.min(count, this.#target.length - this.#offset);
      this.#target.set(bytes.subarray(0, taken), this.#offset);
      this.#settle = undefined;
      settle.resolve(taken);
    }
    if (taken < count) this.#keep(bytes.subarray(taken, count));
    this.#paused = this.#end - this.#start >= HIGH_WATER;
    return !this.#paused;
  }

  #keep(bytes: Uint8Array): void {
    if (this.#pending.length === 0) this.#pending = Buffer.allocUnsafeSlow(HIGH_WATER + PIECE);
    if (this.#end + bytes.length > this.#pending.length) {
      this.#pending.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#pending.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #finish(): void {
    this.#ended = true;
    const settle = this.#settle;
    this.#settle = undefined;
    if (this.#error !== undefined && !this.#signal?.aborted) settle?.reject(this.#error);
    else settle?.resolve(0);
  }

  readonly #abort = (): void => {
    this.#settle?.resolve(0);
    this.#settle = undefined;
  };
}
