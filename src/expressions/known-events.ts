import { errorAt } from '../errors.ts';
import type { Header } from '../stream/marker.ts';
import { isOfPane } from './metadata.ts';
import type { Node } from './node.ts';

/** What a header tells of events to whoever computes with them, before the first; what is absent is not known. */
export type KnownEvents = Partial<Pick<Header, 'schema' | 'panes' | 'firing' | 'commands'>>;

export const NOTHING_KNOWN: KnownEvents = {};

/** Why there are no panes, and what makes them. */
export interface WithoutPanes {
  /** `windows of this stream fire once, and have no panes` */
  readonly message: string;
  readonly hint: string;
}

const MAKES_PANES = 'with --early, --lateness or --trigger';

/** Undefined: there are some, or it is not known. */
export function withoutPanes({ panes, firing, commands = [] }: KnownEvents): WithoutPanes | undefined {
  if (panes !== undefined) return undefined;
  const combined = commands.lastIndexOf('combine');
  // A stream without a header may have panes all the same.
  if (combined < 0 && commands[0] !== 'source') return undefined;
  if (combined > commands.lastIndexOf('window'))
    return {
      message: 'windows of this stream fire once, and their results are no panes',
      hint: `tm window ${MAKES_PANES} has windows fire more than once`,
    };
  return {
    message: 'these events are no panes',
    hint:
      firing?.mode === undefined
        ? `results of tm combine are, behind tm window ${MAKES_PANES}`
        : 'results of tm combine are: ask behind it',
  };
}

/**
 * Refuses what would be null for every event.
 * @throws TidemarkError `usage` for a function of panes where there are none, with its place
 */
export function refuseWithoutPanes(text: string, nodes: readonly Node[], known: KnownEvents): void {
  for (const node of nodes) {
    if (node.kind !== 'metadata' || !isOfPane(node.name)) continue;
    const without = withoutPanes(known);
    if (without === undefined) return;
    throw errorAt(text, node.start, `${node.name}() is null: ${without.message}`, without.hint);
  }
}
