import { Buffer } from 'node:buffer';
import { type KernelColumns, kernelColumns } from './columns.ts';
import { KernelBuffers, Regions, reserveMemory } from './memory.ts';
import { KERNEL } from './module.generated.ts';

/** What kernel/index.ts exports. Addresses are bytes in the kernel's memory; what each does is told there. */
export interface KernelFunctions {
  scanRecords(
    base: number,
    from: number,
    whole: number,
    room: number,
    maxLine: number,
    fields: number,
    names: number,
    declared: boolean,
  ): number;
  readonly recordsEnd: WebAssembly.Global;
  readonly recordsBeyondAscii: WebAssembly.Global;
  scanAccessLog(
    base: number,
    from: number,
    whole: number,
    room: number,
    maxLine: number,
    combined: boolean,
    timeMember: number,
    fields: number,
    to: number,
    limit: number,
  ): number;
  readonly accessLogEnd: WebAssembly.Global;
  readonly accessLogOut: WebAssembly.Global;
  readonly accessLogBeyondAscii: WebAssembly.Global;
  scanDelimited(
    base: number,
    from: number,
    whole: number,
    room: number,
    maxLine: number,
    delimiter: number,
    quote: number,
    comment: number,
    escapes: boolean,
    nulls: number,
    table: number,
    columns: number,
    timeColumn: number,
    fields: number,
    declared: boolean,
    to: number,
    limit: number,
  ): number;
  readonly delimitedEnd: WebAssembly.Global;
  readonly delimitedOut: WebAssembly.Global;
  readonly delimitedLines: WebAssembly.Global;
  readonly delimitedBeyondAscii: WebAssembly.Global;
  scanLogfmt(
    base: number,
    from: number,
    whole: number,
    room: number,
    maxLine: number,
    fields: number,
    names: number,
    declared: boolean,
    to: number,
    limit: number,
  ): number;
  readonly logfmtEnd: WebAssembly.Global;
  readonly logfmtOut: WebAssembly.Global;
  readonly logfmtBeyondAscii: WebAssembly.Global;
  readTimes(base: number, rows: number, format: number): number;
  stamp(
    rows: number,
    delay: number,
    every: number,
    first: number,
    latest: number,
    highest: number,
    watermark: number,
  ): number;
  readonly highestTime: WebAssembly.Global;
  readonly lastWatermark: WebAssembly.Global;
  readonly rowsAhead: WebAssembly.Global;
  scanLines(
    base: number,
    from: number,
    cut: number,
    room: number,
    watermark: number,
    marked: boolean,
    maxLine: number,
  ): number;
  readonly linesEnd: WebAssembly.Global;
  readonly linesRead: WebAssembly.Global;
  readonly linesWatermark: WebAssembly.Global;
  project(base: number, from: number, rows: number, count: number): number;
  readNumbers(base: number, rows: number): number;
  printRows(base: number, from: number, rows: number, out: number, limit: number): number;
  printRecords(
    base: number,
    from: number,
    rows: number,
    out: number,
    limit: number,
    windows: boolean,
  ): number;
  readonly printEnd: WebAssembly.Global;
  setAffixes(size: number, every: number, count: number, prefix: number, suffix: number): void;
  tableFind(table: number, scope: number, key: number, length: number): number;
  tableUpsert(table: number, scope: number, key: number, length: number): number;
  tableUpsertRows(table: number, base: number, from: number, count: number, members: number): number;
  readonly insertedCount: WebAssembly.Global;
  readonly stoppedFull: WebAssembly.Global;
  readonly stoppedLength: WebAssembly.Global;
  sortKeys(table: number, slots: number, count: number, order: number, records: number): boolean;
  tableRemove(table: number, slot: number): void;
  tableRehash(table: number, to: number, mask: number): void;
  tablePack(table: number, to: number, capacity: number): void;
  tableUnlink(table: number, slot: number): void;
  tablePut(table: number, slot: number, scope: number, key: number, length: number): number;
  tableIndex(table: number): number;
}

/** The kernel: its functions, its memory as bytes, its columns as typed arrays. */
export interface Kernel {
  readonly call: KernelFunctions;
  /** All of its memory; an index is an address. */
  readonly bytes: Buffer;
  readonly columns: KernelColumns;
  readonly regions: Regions;
  readonly buffers: KernelBuffers;
  /** Room for small things; see kernel/columns.ts. */
  readonly scratch: number;
  readonly scratchSize: number;
  readonly names: number;
  /** Tables of what is declared of members; see kernel/declared.ts. */
  readonly declared: number;
  readonly required: number;
  readonly affixes: number;
  /** The field that each member of an access log fills, a byte each. */
  readonly accessLogFields: number;
}

let loaded: Kernel | undefined;

/** The kernel of this process, which is loaded when it is first wanted: `--help` needs none. */
export function kernel(): Kernel {
  loaded ??= loadKernel(reserveMemory);
  return loaded;
}

/** A kernel of its own over a memory, all zero, of 256 pages or more. */
export function loadKernel(reserve: () => WebAssembly.Memory): Kernel {
  // Before there is the memory: so much of it makes the collector run at the next allocation.
  const module = new WebAssembly.Module(Buffer.from(KERNEL, 'base64'));
  const memory = reserve();
  const abort = (): never => {
    throw new Error('the kernel has failed');
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort } });
  const address = (name: string): number => (exports[name] as WebAssembly.Global).value;
  const regions = new Regions(address('FREE'), memory.buffer.byteLength);
  return {
    call: exports as unknown as KernelFunctions,
    bytes: Buffer.from(memory.buffer),
    columns: kernelColumns(memory.buffer, address),
    regions,
    buffers: new KernelBuffers(regions, memory.buffer),
    scratch: address('SCRATCH'),
    scratchSize: address('SCRATCH_SIZE'),
    names: address('NAMES'),
    declared: address('DECLARED'),
    required: address('REQUIRED'),
    affixes: address('AFFIXES'),
    accessLogFields: address('ACCESS_LOG_FIELDS'),
  };
}
