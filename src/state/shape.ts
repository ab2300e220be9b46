import type { StateShape } from './snapshot.ts';

/** What differs between two shapes, a line each: `--by was status, and is path`. */
export function changesOf(before: StateShape, now: StateShape): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].flatMap((name) => {
    const [old, current] = [before[name] ?? 'not given', now[name] ?? 'not given'];
    return old === current ? [] : [`${name} was ${old}, and is ${current}`];
  });
}
