import type { Buffer } from 'node:buffer';

/** What a sink has written in one epoch, committed: to be put where results go, once. */
export interface PublishedBatch {
  /** Of the state that it belongs to: another one for each directory and sink, the same over all runs. */
  readonly id: string;
  /** Rising from batch to batch, with gaps: epochs without results are not published. */
  readonly epoch: number;
  /** Bytes in all, more than 0. */
  readonly length: number;
  /** The bytes, from the first on, also when called again; each piece is the caller's own. */
  read(): AsyncIterable<Buffer>;
}

/**
 * A place for results that takes a whole epoch at a time: a database, a server, a queue. What it is given is durable in
 * the state directory until `publish` has settled, and is given again after a crash. So that nothing is there twice, it
 * either keeps `id` and `epoch` in the same transaction as the results, and tells of it by `published`, or makes a
 * second `publish` of the same `id` and `epoch` change nothing (a key for idempotency, names of objects made of both).
 */
export interface Publisher {
  /** Settles when the results are there, durably. One at a time, in the order of epochs. @throws when they may not be */
  publish(batch: PublishedBatch): Promise<void>;
  /** The highest epoch of `id` that is there, 0 for none. Left out: a batch that may be there is given again. */
  published?(id: string): Promise<number>;
  /** Nothing more is published. */
  close?(): Promise<void>;
}
