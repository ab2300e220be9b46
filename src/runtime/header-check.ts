import type { Stage, StageContext, StageInputs } from '../commands/stage.ts';
import { MAIN } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import { PLAIN_HEADER, withSchema } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import type { RunOptions } from './run-options.ts';
import { nameOfInput } from './running-inputs.ts';

/** How the header of a stream is looked at without the stream. */
export interface HeaderCheck {
  /** Files that only tell what events have (a table to look up) may be read. */
  readonly thorough: boolean;
  /** Of inputs that are made in the same run, by their number, as far as they are known. Those of side inputs are passed over. */
  readonly inputs: HeadersOfInputs;
}

/** By the number of an input, or the name of a side input. */
type HeadersOfInputs = ReadonlyMap<number | string, Header>;

/** A stage, as far as its header follows from it. */
interface HeaderStage {
  readonly stage: Stage;
  readonly options: Pick<RunOptions, 'maxLine'>;
}

/**
 * What a stage makes of the header that it is given, as it would in a run: nothing is opened for events.
 * @param header undefined for the first stage
 * @throws TidemarkError `usage` for what it refuses
 */
export async function headerBehind(
  { stage, options }: HeaderStage,
  header: Header | undefined,
  { thorough, inputs }: HeaderCheck,
): Promise<Header> {
  if (stage.role === 'source') return (await stage.header?.()) ?? PLAIN_HEADER;
  const before =
    stage.inputs === undefined ? (header ?? PLAIN_HEADER) : headerOfInputs(stage.inputs, inputs, header);
  const behind = await stage.check?.(before, thorough);
  return behind ?? (await headerFromOperator(stage, before, options.maxLine)) ?? before;
}

/** As far as the headers of inputs are known they must belong together; what is known of events is known of all. */
function headerOfInputs(
  { places, header }: StageInputs,
  inputs: HeadersOfInputs,
  before: Header | undefined,
): Header {
  const known = places.flatMap((place, number) => {
    const of = place === '-' ? before : inputs.get(number);
    return of === undefined ? [] : [{ name: nameOfInput(place, number), header: of }];
  });
  if (known.length === 0) return PLAIN_HEADER;
  const joint = header(known);
  // What the events of the others are was not told: neither their members, nor what they have been through.
  return known.length === places.length ? joint : { ...withSchema(joint, undefined), commands: [] };
}

/**
 * What the operator of a stage makes of a header: it is made, shown the header, and given up.
 * @param header undefined: it is not known, and the operator is made all the same, for what it refuses then
 * @returns the header behind it; undefined where it gives none
 * @throws TidemarkError
 */
export async function headerFromOperator(
  stage: Exclude<Stage, { role: 'source' }>,
  header: Header | undefined,
  maxLine: number,
): Promise<Header | undefined> {
  let behind: Header | undefined;
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
    if (header !== undefined) await settle(operator.onMarker(0, { kind: 'stream', header }));
    return behind;
  } finally {
    await operator.abort?.();
  }
}
