import type { Header } from '../stream/marker.ts';

/**
 * The name under which a stage keeps its state: the one that was given, or that of its command, numbered where the
 * stages before it have that name too. So another command put in or taken out changes no other stage's name.
 */
export function stageId(
  command: string,
  given: string | undefined,
  { branch, state }: Pick<Header, 'branch' | 'state'>,
): string {
  if (given !== undefined) return given;
  const name = branch === '' ? command : `${branch}.${command}`;
  return unusedName(name, state?.stages ?? []);
}

/** The name, numbered from 2 on where it is taken. */
export function unusedName(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const id = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
