import type { Projection } from '../stream/project.ts';
import type { OperatorContext } from './operator.ts';

/** Tells at the end which fields no event had: most likely their names are misspelt. */
export function tellUnseen(projection: Projection, events: number, context: OperatorContext): void {
  if (events === 0) return;
  for (const { text } of projection.unseen) {
    context.notice(
      `no event has a member ${text}: it was null for all ${events.toLocaleString('en')}`,
      'see that the name is right',
    );
  }
}
