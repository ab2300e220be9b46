import { Buffer } from 'node:buffer';
import type { Operator } from '../../src/operators/operator.ts';
import { settle } from '../../src/operators/work.ts';
import type { SnapshotReader, SnapshotWriter } from '../../src/state/snapshot.ts';

/** A snapshot of small state, in memory; it is read as it was written, whatever happens to the operator since. */
export class HeldSnapshot implements SnapshotWriter, SnapshotReader {
  readonly #values = new Map<string, string>();
  readonly #bytes = new Map<string, Buffer>();

  value(name: string, value: unknown): void;
  value(name: string): unknown;
  value(name: string, ...given: unknown[]): unknown {
    if (given.length > 0) this.#values.set(name, JSON.stringify(given[0]));
    const text = this.#values.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  bytes(name: string, bytes: Buffer): void;
  bytes(name: string): Buffer | undefined;
  bytes(name: string, given?: Buffer): Buffer | undefined {
    if (given !== undefined) this.#bytes.set(name, Buffer.from(given));
    return this.#bytes.get(name);
  }

  rows(): boolean {
    throw new Error('no rows are kept here');
  }
}

/** The process was killed. */
export class Killed extends Error {}

/**
 * An operator as the runtime drives it: restored behind the header, saved at each barrier.
 * @param restored what it begins with
 * @param saved called with each snapshot when its barrier has been passed on; may throw `Killed`
 */
export function keeping(
  operator: Operator,
  restored: HeldSnapshot | undefined,
  saved: (epoch: number, snapshot: HeldSnapshot) => void | Promise<void>,
): Operator {
  const { state } = operator;
  if (state === undefined) throw new Error('the operator keeps no state');
  return {
    onBatch: (input, batch) => operator.onBatch(input, batch),
    onMarker: async (input, marker) => {
      if (marker.kind !== 'barrier') {
        await settle(operator.onMarker(input, marker));
        if (marker.kind !== 'stream') return;
        if (restored !== undefined) state.restore(restored);
        state.track();
        return;
      }
      await state.pause?.();
      const snapshot = new HeldSnapshot();
      state.save(snapshot);
      // The snapshot is being written: answers come meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
      await settle(operator.onMarker(input, marker));
      await saved(marker.epoch, snapshot);
    },
  };
}
