import { TidemarkError } from '../errors.ts';
import { Batch } from '../stream/batch.ts';
import type { EndReason, Marker } from '../stream/marker.ts';
import type { Outlet } from './operator-host.ts';

/** What of an input has come and was not taken: rows, or the marker behind them. */
export type InputItem =
  | {
      readonly kind: 'rows';
      readonly marker?: undefined;
      batch: Batch;
      /** The first row that was not taken. */
      row: number;
      /** Lets whoever brought it bring more; undefined: it is a copy, and has been let already. */
      settle: (() => void) | undefined;
    }
  | { readonly kind: 'marker'; readonly marker: Marker; settle: (() => void) | undefined };

/**
 * One input of several: what is brought to it waits here until it is taken. Only the last item keeps who brings it; where more
 * has to be seen before it is taken (`readAhead`) the items are copies.
 */
export class InputQueue implements Outlet {
  /** For messages: `input 2 (clicks.stream)`. */
  readonly name: string;
  readonly items: InputItem[] = [];
  readonly #onItem: () => void;
  /** What is brought is copied, until a barrier has come. */
  #ahead = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  /** What is brought is passed over. */
  #discards = false;

  /** @param onItem told of each item */
  constructor(name: string, onItem: () => void) {
    this.name = name;
    this.#onItem = onItem;
  }

  get first(): InputItem | undefined {
    return this.items[0];
  }

  emit(batch: Batch): undefined | Promise<void> {
    return this.#bring({ kind: 'rows', batch, row: 0, settle: undefined });
  }

  emitMarker(marker: Marker): undefined | Promise<void> {
    if (this.#ended) throw goesOn(this.name);
    if (marker.kind === 'end') this.#ended = true;
    return this.#bring({ kind: 'marker', marker, settle: undefined });
  }

  /** The first item has been taken. */
  shift(): void {
    this.items.shift()?.settle?.();
  }

  /** The header has been taken. What was kept of an earlier run is taken before more is brought. */
  begin(): void {
    this.#settleBehind(0);
  }

  /** Takes copies of what is brought, now and from now on, until a barrier or the end has come. */
  readAhead(): void {
    this.#ahead = true;
    for (const item of this.items) this.#copy(item);
  }

  /** The epoch of the barrier that has come, and was not taken; undefined: there is none. */
  get barrier(): number | undefined {
    for (const { marker } of this.items) if (marker?.kind === 'barrier') return marker.epoch;
    return undefined;
  }

  /** Whether the barrier that has come is the last of the run; so is none behind the end. */
  get isLast(): boolean {
    return this.#ended || this.items.some(({ marker }) => marker?.kind === 'barrier' && marker.last === true);
  }

  /** The end has come, though it may not have been taken. */
  get ended(): boolean {
    return this.#ended;
  }

  /** That which has come, and was not taken. */
  get end(): EndReason | undefined {
    const last = this.items.at(-1)?.marker;
    return last?.kind === 'end' ? last.reason : undefined;
  }

  /** Whether the barrier of an epoch has come, or never will. @throws TidemarkError `failed` for that of another */
  has(epoch: number): boolean {
    const { barrier } = this;
    if (barrier === undefined) return this.#ended;
    if (barrier === epoch) return true;
    throw new TidemarkError(
      'failed',
      `${this.name} has the barrier of epoch ${barrier} where others have that of ${epoch}`,
      { hint: 'a filter between source and merge dropped markers: tm apply -- FILTER keeps them in place' },
    );
  }

  /** The barrier has gone out: takes it away. What was kept at it is taken before more is brought. */
  pass(): void {
    this.#ahead = false;
    this.#settleBehind(this.items.findIndex(({ marker }) => marker?.kind === 'barrier'));
  }

  /** Takes a marker away; who brought it may go on when all that waits here besides has been taken. */
  #settleBehind(index: number): void {
    const [marker] = index < 0 ? [] : this.items.splice(index, 1);
    const last = this.items.at(-1);
    if (last === undefined || last.settle !== undefined) marker?.settle?.();
    else last.settle = marker?.settle;
  }

  /** Nothing is taken any more: who brings something is told why. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const item of this.items) item.settle?.();
    this.items.length = 0;
  }

  /** Nothing is taken any more, and who brings something need not know. */
  discard(): void {
    this.#discards = true;
    for (const item of this.items.splice(0)) item.settle?.();
  }

  #bring(item: InputItem): undefined | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#discards) return undefined;
    this.items.push(item);
    const taken = new Promise<void>((resolve, reject) => {
      item.settle = () => (this.#failure === undefined ? resolve() : reject(this.#failure.error));
    });
    if (this.#ahead) this.#copy(item);
    this.#onItem();
    return taken;
  }

  /** Lets who brought an item go on; a barrier, and what is behind it, stays with them. */
  #copy(item: InputItem): void {
    if (item.settle === undefined) return;
    if (item.kind === 'rows') {
      const { batch, row } = item;
      item.batch = copyOf(batch, row);
      item.row = 0;
    } else if (item.marker.kind === 'barrier') return;
    item.settle();
    item.settle = undefined;
  }
}

function copyOf(from: Batch, first: number): Batch {
  const copy = new Batch(Math.max(from.rows - first, 1));
  for (let row = first; row < from.rows; row++) copy.copyRow(from, row);
  return copy;
}

const goesOn = (name: string): TidemarkError =>
  new TidemarkError('failed', `${name} goes on behind a suspended end`, {
    hint: 'make one stream of it: <(tm source --format stream FILE)',
  });
