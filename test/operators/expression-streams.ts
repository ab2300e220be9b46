import fc from 'fast-check';
import { TidemarkError } from '../../src/errors.ts';
import { checkCondition, parseExpression } from '../../src/expressions/expression.ts';
import { events, expressions } from '../expressions/random-expressions.ts';
import { parseMembers } from '../reference/json.ts';
import type { Item } from '../reference/stream.ts';
import { shown, stamped } from './streams.ts';

/** Further members: twice the same, names with escapes, names of the user's that look like metadata. */
const more = fc.constantFrom(
  '',
  '',
  '',
  '"a":7',
  '"\\u0062":"x"',
  '"@@t":1',
  '"a":[1, 2],"\\u0061":3',
  '"é":{}',
);

const members = fc.tuple(events, more, fc.boolean()).map(([event, twin, before]) => {
  const own = event.slice(1, -1);
  const parts = before ? [twin, own] : [own, twin];
  return parseMembers(parts.filter((part) => part !== '').join(','));
});

/** Streams in windows of all kinds whose events have what `expressions` reads. */
export const computable: fc.Arbitrary<Item[]> = shown(
  fc
    .tuple(stamped, fc.array(members, { minLength: 1, maxLength: 12 }))
    .map(([items, drawn]) =>
      items.map((item, index) =>
        item.kind === 'event' ? { ...item, members: drawn[index % drawn.length]! } : item,
      ),
    ),
);

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage') return false;
    throw error;
  }
}

/** Expressions that are not told to be wrong before the first event. */
export const sound: fc.Arbitrary<string> = expressions.filter((text) => passes(() => parseExpression(text)));

/** Of these, conditions. */
export const conditions: fc.Arbitrary<string> = sound.map((text) =>
  passes(() => checkCondition(parseExpression(text))) ? text : `(${text}) != null`,
);
