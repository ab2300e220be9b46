/** What a condition comes to for a row. */
export const IS_FALSE = 0;
export const IS_TRUE = 1;
export const IS_NULL = 2;
/** The event is to be rejected. */
export const FAILED = 3;
