/** Slots at the start; a power of two. */
const SLOTS = 64;

/**
 * The names that a record has had so far, as spans of the bytes that it came in. One is used for all records:
 * a hash table, so that a line of a million names takes no longer for each than a short one.
 */
export class NameSet {
  /** Per slot: the record that it was used for last (others are free), and the span of the name. */
  #record = new Int32Array(SLOTS);
  #start = new Int32Array(SLOTS);
  #end = new Int32Array(SLOTS);
  #mask = SLOTS - 1;
  #current = 0;
  #count = 0;

  /** Forgets the names: the next record begins. */
  clear(): void {
    this.#count = 0;
    if (++this.#current < 0x7fffffff) return;
    this.#record.fill(0);
    this.#current = 1;
  }

  /**
   * Adds b[start, end). The names of one record are in the same buffer, or in copies of it.
   * @returns false when it was there already
   */
  add(b: Uint8Array, start: number, end: number): boolean {
    if (this.#count * 2 > this.#mask) this.#grow(b);
    const slot = this.#find(b, start, end);
    if (this.#record[slot] === this.#current) return false;
    this.#put(slot, start, end);
    this.#count++;
    return true;
  }

  /** The slot of a name, or the free one where it goes. The hash is FNV-1a's. */
  #find(b: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ b[i]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.#record[slot] === this.#current && !this.#isAt(slot, b, start, end)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #isAt(slot: number, b: Uint8Array, start: number, end: number): boolean {
    const from = this.#start[slot]!;
    if (this.#end[slot]! - from !== end - start) return false;
    for (let i = start; i < end; i++) if (b[from + i - start] !== b[i]) return false;
    return true;
  }

  #put(slot: number, start: number, end: number): void {
    this.#record[slot] = this.#current;
    this.#start[slot] = start;
    this.#end[slot] = end;
  }

  #grow(b: Uint8Array): void {
    const [record, starts, ends] = [this.#record, this.#start, this.#end];
    const slots = record.length * 2;
    this.#record = new Int32Array(slots);
    this.#start = new Int32Array(slots);
    this.#end = new Int32Array(slots);
    this.#mask = slots - 1;
    for (let k = 0; k < record.length; k++) {
      if (record[k] !== this.#current) continue;
      this.#put(this.#find(b, starts[k]!, ends[k]!), starts[k]!, ends[k]!);
    }
  }
}
