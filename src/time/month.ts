export const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
] as const;
export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

/** The three letters that a name begins with as one number, in lower case. */
const lettersOf = (name: string): number =>
  (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2);

const MONTH_LETTERS = Int32Array.from(MONTHS, lettersOf);
const WEEKDAY_LETTERS = Int32Array.from(WEEKDAYS, lettersOf);

/** Index of the name whose first three letters, in any case, stand at `b[at]`; -1 where there is none. */
function indexAt(b: Uint8Array, at: number, letters: Int32Array): number {
  // Bit 5 makes upper case lower; bytes that are no letters stay none, or become letters of no name: `@` a backtick.
  const found = ((b[at]! | 0x20) << 16) | ((b[at + 1]! | 0x20) << 8) | (b[at + 2]! | 0x20);
  for (let i = 0; i < letters.length; i++) if (letters[i] === found) return i;
  return -1;
}

/** The month (1–12) whose English name's first three letters, in any case, stand at `b[at]`; 0: none. */
export const monthAt = (b: Uint8Array, at: number): number => indexAt(b, at, MONTH_LETTERS) + 1;

/** Behind the English name at `at` (three letters, or all of it, in any case) of a month; -1 where there is none. */
export function monthNameEnd(b: Uint8Array, at: number, end: number): number {
  return nameEnd(b, at, end, MONTH_LETTERS, MONTHS);
}

/** As `monthNameEnd`, of a weekday. */
export function weekdayNameEnd(b: Uint8Array, at: number, end: number): number {
  return nameEnd(b, at, end, WEEKDAY_LETTERS, WEEKDAYS);
}

function nameEnd(
  b: Uint8Array,
  at: number,
  end: number,
  letters: Int32Array,
  names: readonly string[],
): number {
  if (at + 3 > end) return -1;
  const index = indexAt(b, at, letters);
  if (index < 0) return -1;
  const name = names[index]!;
  if (at + name.length > end) return at + 3;
  for (let k = 3; k < name.length; k++) if ((b[at + k]! | 0x20) !== name.charCodeAt(k)) return at + 3;
  return at + name.length;
}
