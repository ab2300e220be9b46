/** Bytes that a line may have when the user says nothing: 16 MiB. Apart from the readers, as every command asks. */
export const DEFAULT_MAX_LINE = 16 * 1024 ** 2;
