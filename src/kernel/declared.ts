import type { Kernel } from './kernel.ts';

/** What a schema declares of the names that a call looks for, as the kernel wants it (kernel/declared.ts). */
export interface DeclaredTable {
  /** Eight bytes for members of no such name, and for each name. */
  readonly entries: Uint8Array;
  /** Bit n: every record must have a member of name n. */
  readonly required: bigint;
}

/** The table that is in the kernel's memory. */
let known: DeclaredTable | undefined;

/** Puts a table in the kernel's memory; the same one again costs nothing. */
export function setDeclared(table: DeclaredTable, { bytes, declared, required }: Kernel): void {
  if (known === table) return;
  known = table;
  bytes.set(table.entries, declared);
  bytes.writeBigUInt64LE(table.required, required);
}
