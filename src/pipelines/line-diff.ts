/** A line of a comparison: in both, only in what was expected, only in what was found. */
export interface DiffLine {
  readonly kind: 'same' | 'expected' | 'found';
  readonly text: string;
}

/** Cells of the table of subsequences: where there would be more, the lines between are all taken for changed. */
const MOST_CELLS = 4_000_000;

/**
 * What has to change in the expected lines so that they are the found ones: as few lines as can be (a longest common
 * subsequence), what is gone before what has come.
 * @param keyOf lines of equal keys count as equal; what is told of them is how they were found
 */
export function diffLines(
  expected: readonly string[],
  found: readonly string[],
  keyOf: (line: string) => string = (line) => line,
): DiffLine[] {
  const before = expected.map(keyOf);
  const after = found.map(keyOf);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  const middle = between(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [
    ...found.slice(0, start).map(same),
    ...middle.map(({ kind, at }): DiffLine => {
      return { kind, text: (kind === 'expected' ? expected : found)[start + at]! };
    }),
    ...found.slice(found.length - end).map(same),
  ];
}

/** A step by the index of its line: in `before` for what was expected, else in `after`. */
type Step = { readonly kind: DiffLine['kind']; readonly at: number };

function between(before: readonly string[], after: readonly string[]): Step[] {
  const steps: Step[] = [];
  const width = after.length + 1;
  const small = before.length * after.length <= MOST_CELLS;
  // The length of the longest common subsequence of what stands behind each pair of places.
  const lengths = new Uint32Array(small ? (before.length + 1) * width : 0);
  if (small) {
    for (let i = before.length - 1; i >= 0; i--) {
      for (let j = after.length - 1; j >= 0; j--) {
        lengths[i * width + j] =
          before[i] === after[j]
            ? lengths[(i + 1) * width + j + 1]! + 1
            : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
      }
    }
  }
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (small && i < before.length && j < after.length && before[i] === after[j]) {
      steps.push({ kind: 'same', at: j++ });
      i++;
    } else if (
      i < before.length &&
      (!small || j === after.length || lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    )
      steps.push({ kind: 'expected', at: i++ });
    else steps.push({ kind: 'found', at: j++ });
  }
  return steps;
}
