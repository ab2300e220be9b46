import { errorAt } from '../errors.ts';
import type { BinaryNode, Node } from './node.ts';
import { didYouMean, nearestWord } from './suggestion.ts';

/** When a pane was fired, against the end of its window. */
export const TIMINGS: readonly string[] = ['early', 'on-time', 'late'];

/**
 * Refuses a comparison of `pane_timing()` with a word that it never is.
 * @throws TidemarkError `usage` with its place
 */
export function refuseOtherTimings(text: string, { operator, left, right }: BinaryNode): void {
  if (operator === '==' || operator === '!=') {
    if (isTiming(left)) refuseOther(text, right);
    if (isTiming(right)) refuseOther(text, left);
  } else if (operator === 'in' && isTiming(left) && right.kind === 'list')
    for (const element of right.elements) refuseOther(text, element);
}

const isTiming = (node: Node): boolean => node.kind === 'metadata' && node.name === 'pane_timing';

function refuseOther(text: string, node: Node): void {
  if (node.kind !== 'literal' || typeof node.value !== 'string' || TIMINGS.includes(node.value)) return;
  const meant = nearestWord(node.value, TIMINGS);
  throw errorAt(
    text,
    node.start,
    `pane_timing() is never ${JSON.stringify(node.value)}${didYouMean(meant && JSON.stringify(meant))}`,
    `it is ${TIMINGS.map((word) => JSON.stringify(word)).join(', ')}, or null of an event that is no pane`,
  );
}
