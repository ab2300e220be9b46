/** Times (ms, whole numbers) in their order, each with a number of its own. */
export interface TimedNumbers {
  readonly times: Float64Array;
  readonly numbers: Uint32Array;
}

/** Below so many the digits of times are not worth being counted. */
const FEW = 1 << 10;
/** What is sorted by inserting. */
const TINY = 16;

/** Digits of a time behind the least one: where each begins, in which word of 32 bits, and how many values it has. */
const DIGITS = [
  { high: false, shift: 0, values: 1 << 11 },
  { high: false, shift: 11, values: 1 << 11 },
  { high: false, shift: 22, values: 1 << 10 },
  { high: true, shift: 0, values: 1 << 11 },
  { high: true, shift: 11, values: 1 << 10 },
] as const;
const WORD = 2 ** 32;

/**
 * Sorts the first `count` by time; those of equal times stay in their order. Many are sorted digit by digit (the radix sort of
 * Hollerith's tabulators: Knuth, The Art of Computer Programming 3, 5.2.5), few by merging.
 * @returns the arrays, or others; what they hold behind `count` is not known
 */
export function sortedByTime(given: TimedNumbers, count: number): TimedNumbers {
  const { times } = given;
  let least = times[0]!;
  let most = least;
  let sorted = true;
  for (let i = 1; i < count; i++) {
    const time = times[i]!;
    if (time < times[i - 1]!) sorted = false;
    if (time < least) least = time;
    else if (time > most) most = time;
  }
  if (sorted || count < 2) return given;
  const spare = { times: new Float64Array(count), numbers: new Uint32Array(count) };
  return count < FEW
    ? sortedByMerging(given, spare, count)
    : sortedByDigits(given, spare, count, least, most - least);
}

function sortedByDigits(
  given: TimedNumbers,
  spare: TimedNumbers,
  count: number,
  least: number,
  range: number,
): TimedNumbers {
  let from = given;
  let to = spare;
  for (const { high, shift, values } of DIGITS) {
    if (range < 2 ** shift * (high ? WORD : 1)) break;
    const { times, numbers } = from;
    const mask = values - 1;
    const places = new Uint32Array(values);
    const unit = high ? 1 / WORD : 1;
    // What is behind the point, and above 32 bits, is cut off.
    for (let i = 0; i < count; i++) places[(((times[i]! - least) * unit) >>> shift) & mask]!++;
    for (let value = 0, before = 0; value < values; value++) {
      const here = places[value]!;
      places[value] = before;
      before += here;
    }
    for (let i = 0; i < count; i++) {
      const time = times[i]!;
      const at = places[(((time - least) * unit) >>> shift) & mask]!++;
      to.times[at] = time;
      to.numbers[at] = numbers[i]!;
    }
    [from, to] = [to, from];
  }
  return from;
}

function sortedByMerging(given: TimedNumbers, spare: TimedNumbers, count: number): TimedNumbers {
  for (let start = 0; start < count; start += TINY)
    insertInOrder(given, start, Math.min(start + TINY, count));
  let from = given;
  let to = spare;
  for (let size = TINY; size < count; size *= 2) {
    for (let start = 0; start < count; start += 2 * size) {
      const middle = Math.min(start + size, count);
      mergeTimes(from, start, middle, from, middle, Math.min(middle + size, count), to, start);
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Sorts [start, end) in place. */
export function insertInOrder({ times, numbers }: TimedNumbers, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const time = times[i]!;
    const number = numbers[i]!;
    let at = i;
    for (; at > start && times[at - 1]! > time; at--) {
      times[at] = times[at - 1]!;
      numbers[at] = numbers[at - 1]!;
    }
    times[at] = time;
    numbers[at] = number;
  }
}

/** Merges a[i, iEnd) and b[j, jEnd) to `out` from `at` on; of equal times those of `a` come first. */
export function mergeTimes(
  a: TimedNumbers,
  i: number,
  iEnd: number,
  b: TimedNumbers,
  j: number,
  jEnd: number,
  out: TimedNumbers,
  at: number,
): void {
  const { times, numbers } = out;
  let left = i;
  let right = j;
  let to = at;
  while (left < iEnd && right < jEnd) {
    if (a.times[left]! <= b.times[right]!) {
      times[to] = a.times[left]!;
      numbers[to++] = a.numbers[left++]!;
    } else {
      times[to] = b.times[right]!;
      numbers[to++] = b.numbers[right++]!;
    }
  }
  for (; left < iEnd; left++, to++) {
    times[to] = a.times[left]!;
    numbers[to] = a.numbers[left]!;
  }
  for (; right < jEnd; right++, to++) {
    times[to] = b.times[right]!;
    numbers[to] = b.numbers[right]!;
  }
}
