import type { Stage, StageContext } from '../commands/stage.ts';
import { MAIN } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { PLAIN_HEADER } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import type { PlannedStage } from './plan.ts';

/** How the header of a stream is looked at without the stream. */
export interface HeaderCheck {
  /** Files that only tell what events have (a table to look up) may be read. */
  readonly thorough: boolean;
}

/**
 * What a stage makes of the header that it is given, as it would in a run: nothing is opened for events.
 * @param header undefined for the first stage
 * @throws TidemarkError `usage` for what it refuses
 */
export async function headerBehind(
  { stage, options, name }: PlannedStage,
  header: Header | undefined,
  { thorough }: HeaderCheck,
): Promise<Header> {
  if (stage.role === 'source') return (await stage.header?.()) ?? { ...PLAIN_HEADER, commands: [name] };
  const before = header ?? PLAIN_HEADER;
  return (await stage.check?.(before, thorough)) ?? (await seenByOperator(stage, before, options.maxLine));
}

async function seenByOperator(
  stage: Exclude<Stage, { role: 'source' }>,
  header: Header,
  maxLine: number,
): Promise<Header> {
  let behind: Header = header;
  const context: StageContext = {
    emit: () => undefined,
    emitMarker: (output, marker) => {
      if (output === MAIN && marker.kind === 'stream') behind = marker.header;
      return undefined;
    },
    connected: (output) => output === MAIN || stage.sides.has(output),
    notice: () => {},
    count: () => {},
    maxLine,
    rehearsal: true,
  };
  const operator = await stage.create(context);
  try {
    await settle(operator.onMarker(0, { kind: 'stream', header }));
    return behind;
  } finally {
    await operator.abort?.();
  }
}
