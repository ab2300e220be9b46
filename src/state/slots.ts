import type { BytePieces } from './byte-pieces.ts';
import { ColumnSet } from './column-set.ts';
import { damaged, type SavedBytes } from './saved-bytes.ts';
import { readNumbers, selected, writeNumbers } from './saved-numbers.ts';

/** Rows of state by slot number, with columns over them; slots that are given back are used again. */
export class Slots extends ColumnSet {
  /** Slots given back: a chain through `#next`, -1 at its end. */
  #free = -1;
  #next = new Int32Array(this.capacity).fill(IN_USE);
  #high = 0;
  #count = 0;

  /** Slots in use. */
  get count(): number {
    return this.#count;
  }

  protected get heldBytes(): number {
    return this.#next.byteLength;
  }

  protected readonly roomToGrow = true;

  /** Slots ever given out. */
  protected get high(): number {
    return this.#high;
  }

  /** A slot whose columns hold their initial values, unless it was retired. */
  allocate(): number {
    this.#count++;
    let slot = this.#free;
    if (slot >= 0) {
      this.#free = this.#next[slot]!;
      this.#next[slot] = IN_USE;
    } else {
      if (this.#high === this.capacity) this.grow();
      slot = this.#high++;
    }
    this.mark(slot);
    return slot;
  }

  free(slot: number): void {
    this.reset(slot);
    this.retire(slot);
  }

  /** Gives a slot back whose columns keep their values: whoever is given it next sets them all. */
  retire(slot: number): void {
    this.#count--;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.mark(slot);
  }

  /** Calls back with every slot in use, in order. */
  forEach(visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.#high; slot++) if (this.#next[slot] === IN_USE) visit(slot);
  }

  protected override grow(): void {
    super.grow();
    const next = new Int32Array(this.capacity).fill(IN_USE, this.#next.length);
    next.set(this.#next);
    this.#next = next;
  }

  protected saveKeys(out: BytePieces, slots: Int32Array | undefined): void {
    out.varint(this.#high);
    out.varint(this.#count);
    out.varint(this.#free + 1);
    writeNumbers(out, selected(this.#next, slots ?? this.#high));
  }

  protected loadKeys(from: SavedBytes, slots: Int32Array | undefined): void {
    const before = this.#high;
    this.#high = this.newHigh(from, slots);
    this.#count = from.varint(this.#high);
    this.#free = from.varint(this.#high) - 1;
    const next = readNumbers(from, slots?.length ?? this.#high, 4);
    while (this.capacity < this.#high) this.grow();
    this.resetAll(slots ?? before);
    if (slots === undefined) this.#next.fill(IN_USE).set(next);
    else for (let i = 0; i < slots.length; i++) this.#next[slots[i]!] = next[i]!;
    this.#expectFree();
  }

  /** @throws TidemarkError `failed` unless the slots that are not in use are one chain */
  #expectFree(): void {
    let free = 0;
    for (let slot = 0; slot < this.#high; slot++) if (this.#next[slot] !== IN_USE) free++;
    let left = this.#high - this.#count;
    if (free !== left) throw damaged('its rows are not as many as it says');
    for (let slot = this.#free; slot !== -1; slot = this.#next[slot]!, left--)
      if (left === 0 || !(slot >= 0 && slot < this.#high)) throw damaged('its free rows are no chain');
    if (left !== 0) throw damaged('its free rows are no chain');
  }
}

/** Instead of the next free slot: the slot is in use. */
const IN_USE = -2;
