/**
 * Columns that cross the border: JavaScript puts in what a call reads, and takes out what it has written, once
 * a block. Each has room for 8,192 rows; what they mean is told in src/kernel/columns.ts. Addresses are fixed,
 * below everything that is allocated.
 */

const FIRST: usize = 0x20000;
const STRIDE: usize = 0x10000;

export const KIND: usize = FIRST;
export const TIME: usize = FIRST + STRIDE;
export const START: usize = FIRST + STRIDE * 2;
export const END: usize = FIRST + STRIDE * 3;
export const LINE: usize = FIRST + STRIDE * 4;
export const WINDOW_START: usize = FIRST + STRIDE * 5;
export const WINDOW_END: usize = FIRST + STRIDE * 6;
export const WINDOW_COUNT: usize = FIRST + STRIDE * 7;
export const TIME_START: usize = FIRST + STRIDE * 8;
export const TIME_END: usize = FIRST + STRIDE * 9;
export const RAW_START: usize = FIRST + STRIDE * 10;
export const RAW_END: usize = FIRST + STRIDE * 11;
export const ROWS: usize = FIRST + STRIDE * 12;
export const SCOPES: usize = FIRST + STRIDE * 13;
export const SLOTS: usize = FIRST + STRIDE * 14;
export const INSERTED: usize = FIRST + STRIDE * 15;
export const WINDOW_EVERY: usize = FIRST + STRIDE * 16;
/** What `stamp` writes: twice as many rows may come out as went in. */
export const OUT_TIME: usize = FIRST + STRIDE * 17;
export const OUT_START: usize = FIRST + STRIDE * 18;
export const OUT_END: usize = FIRST + STRIDE * 19;
export const OUT_LINE: usize = FIRST + STRIDE * 20;
export const PANE_START: usize = FIRST + STRIDE * 21;
export const PANE_END: usize = FIRST + STRIDE * 22;
export const FORM: usize = FIRST + STRIDE * 23;
export const VALUE: usize = FIRST + STRIDE * 24;
/** Columns of projected members, FIELDS of each: 8 KiB for a type, 32 for a start or an end. */
export const FIELDS: i32 = 64;
export const FIELD_TYPE: usize = FIRST + STRIDE * 25;
export const FIELD_START: usize = FIELD_TYPE + 0x2000 * FIELDS;
export const FIELD_END: usize = FIELD_START + 0x8000 * FIELDS;
/** Small things: the table of names (at 0), affixes of labels (0x4000), one key (KEY_ROOM). */
export const SCRATCH: usize = FIELD_END + 0x8000 * FIELDS;
export const SCRATCH_SIZE: usize = 0x20000;
/** What JavaScript may allocate begins here. */
export const FREE: usize = SCRATCH + SCRATCH_SIZE;

/** Kinds of rows; see src/stream/batch.ts. */
export const EVENT: u8 = 0;
export const WATERMARK: u8 = 1;
export const TICK: u8 = 2;
