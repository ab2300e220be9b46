/** Rows that a call of the kernel works on at most. */
export const KERNEL_ROWS = 8192;
/** Members that a call projects at most. */
export const KERNEL_FIELDS = 64;

/**
 * The columns that cross the border, as views of the kernel's memory: what a call reads is put in, what it wrote
 * is taken out, column by column. They mean what the columns of a Batch mean; spans are relative to the `base`
 * of the call. Nothing is kept in them from one call to the next.
 */
export interface KernelColumns {
  readonly kind: Uint8Array;
  readonly time: Float64Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Of `scanRecords` and `scanLines`: lines since the first of the call. */
  readonly lineOffset: Int32Array;
  /** Of `stamp`: numbers of lines. The same memory as `lineOffset`. */
  readonly line: Float64Array;
  readonly windowStart: Float64Array;
  readonly windowEnd: Float64Array;
  readonly windowEvery: Float64Array;
  readonly windowCount: Int32Array;
  readonly paneEnd: Int32Array;
  readonly timeStart: Int32Array;
  readonly timeEnd: Int32Array;
  readonly rawStart: Int32Array;
  readonly rawEnd: Int32Array;
  readonly outTime: Float64Array;
  readonly outStart: Int32Array;
  readonly outEnd: Int32Array;
  readonly outLine: Float64Array;
  readonly form: Uint8Array;
  readonly value: Float64Array;
  readonly rows: Int32Array;
  readonly scopes: Int32Array;
  readonly slots: Int32Array;
  readonly inserted: Int32Array;
  /** A column a projected member. */
  readonly fieldType: readonly Uint8Array[];
  readonly fieldStart: readonly Int32Array[];
  readonly fieldEnd: readonly Int32Array[];
}

export function kernelColumns(memory: ArrayBuffer, address: (name: string) => number): KernelColumns {
  const bytes = (name: string): Uint8Array => new Uint8Array(memory, address(name), KERNEL_ROWS);
  const integers = (name: string): Int32Array => new Int32Array(memory, address(name), KERNEL_ROWS);
  const doubles = (name: string): Float64Array => new Float64Array(memory, address(name), KERNEL_ROWS);
  const fields = Array.from({ length: KERNEL_FIELDS }, (_, n) => n * KERNEL_ROWS);
  return {
    kind: bytes('KIND'),
    time: doubles('TIME'),
    start: integers('START'),
    end: integers('END'),
    lineOffset: integers('LINE'),
    line: doubles('LINE'),
    windowStart: doubles('WINDOW_START'),
    windowEnd: doubles('WINDOW_END'),
    windowEvery: doubles('WINDOW_EVERY'),
    windowCount: integers('WINDOW_COUNT'),
    paneEnd: integers('PANE_END'),
    timeStart: integers('TIME_START'),
    timeEnd: integers('TIME_END'),
    rawStart: integers('RAW_START'),
    rawEnd: integers('RAW_END'),
    outTime: doubles('OUT_TIME'),
    outStart: integers('OUT_START'),
    outEnd: integers('OUT_END'),
    outLine: doubles('OUT_LINE'),
    form: bytes('FORM'),
    value: doubles('VALUE'),
    rows: integers('ROWS'),
    scopes: integers('SCOPES'),
    slots: integers('SLOTS'),
    inserted: integers('INSERTED'),
    fieldType: fields.map((at) => new Uint8Array(memory, address('FIELD_TYPE') + at, KERNEL_ROWS)),
    fieldStart: fields.map((at) => new Int32Array(memory, address('FIELD_START') + at * 4, KERNEL_ROWS)),
    fieldEnd: fields.map((at) => new Int32Array(memory, address('FIELD_END') + at * 4, KERNEL_ROWS)),
  };
}
