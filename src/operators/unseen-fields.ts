import { nearestWord } from '../expressions/suggestion.ts';
import type { Projection } from '../stream/project.ts';
import type { OperatorContext } from './operator.ts';

/**
 * Tells at the end which fields no event had: most likely their names are misspelt.
 * @param told of those, which are told; undefined: all
 */
export function tellUnseen(
  projection: Projection,
  events: number,
  context: OperatorContext,
  told?: ReadonlySet<string>,
): void {
  if (events === 0) return;
  for (const { text, steps } of projection.unseen) {
    if (told?.has(text) === false) continue;
    const [first] = steps;
    const names = projection.firstNames;
    const meant = typeof first === 'string' && !names.includes(first) ? nearestWord(first, names) : undefined;
    context.notice(
      `no event has a member ${text}: it was null for all ${events.toLocaleString('en')}`,
      meant === undefined ? 'see that the name is right' : `did you mean ${meant}?`,
    );
  }
}
