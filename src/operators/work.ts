import type { Work } from './operator.ts';

/**
 * Drains what a call into an operator gave back: runs a generator, waiting for each promise that it yields.
 * @returns undefined when nothing had to be waited for
 */
export function settle(work: Work): undefined | Promise<void> {
  if (work === undefined || work instanceof Promise) return work;
  for (;;) {
    const step = work.next();
    if (step.done === true) return undefined;
    if (step.value !== undefined) return settleLater(work, step.value);
  }
}

async function settleLater(
  work: Generator<undefined | Promise<void>, void, void>,
  first: Promise<void>,
): Promise<void> {
  await first;
  for (const pending of work) await pending;
}
