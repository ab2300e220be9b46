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
  const taken = state?.stages ?? [];
  for (let number = 1; ; number++) {
    const id = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
