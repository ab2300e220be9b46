import type { SourceContext, Stage } from '../commands/stage.ts';
import { type ErrorCode, TidemarkError } from '../errors.ts';
import { DEFAULT_MAX_LINE } from '../formats/line-limit.ts';
import { MAIN, type Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import type { Header, Marker } from '../stream/marker.ts';
import type { AnyPart } from './step.ts';

/** What is wrong with a pipeline. */
export interface Diagnostic {
  readonly code: ErrorCode;
  /** The command whose stage it is. */
  readonly stage: string;
  /** Which part of the pipeline, from 0 on. */
  readonly index: number;
  /** One line, without a full stop. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Of programs only their output tells what events they give. */
const OPAQUE: readonly string[] = ['apply'];

/** What is wrong: each stage is made, and sees the header that its stream would have; the sink, which would open its target, is not. */
export async function diagnose(
  parts: readonly AnyPart[],
  maxLine: number = DEFAULT_MAX_LINE,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const attempt = async <T>(index: number, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      const { code, message, hint } = error;
      found.push({ code, stage: parts[index]!.command, index, message, hint });
      return undefined;
    }
  };
  let header = await attempt(0, () => headerOfSource(parts[0]!, maxLine));
  for (const [index, part] of parts.entries()) {
    if (part.role !== 'step') continue;
    // Behind what is wrong nothing is known of the events; what can be loaded is still tried.
    const before: Header | undefined = header;
    header = await attempt(index, () =>
      headerBehind(part.stage, before, OPAQUE.includes(part.command), maxLine),
    );
  }
  return found;
}

async function headerOfSource(part: AnyPart, maxLine: number): Promise<Header | undefined> {
  if (part.role !== 'source' || part.looked?.role !== 'source') return undefined;
  let header: Header | undefined;
  const stop = new AbortController();
  stop.abort();
  const context: SourceContext = {
    emit: () => undefined,
    emitMarker: (_output, marker) => {
      if (marker.kind === 'stream') header = marker.header;
      return undefined;
    },
    connected: (output) => output === MAIN,
    notice: () => {},
    count: () => {},
    signal: stop.signal,
    maxLine,
    members: [],
    reject: () => undefined,
    now: Date.now,
  };
  await part.looked.run(context);
  return header;
}

async function headerBehind(
  stage: Stage,
  header: Header | undefined,
  opaque: boolean,
  maxLine: number,
): Promise<Header | undefined> {
  if (stage.role === 'source' || opaque) return undefined;
  let behind: Header | undefined;
  const operator: Operator = await stage.create({
    emit: () => undefined,
    emitMarker: (_output: number, marker: Marker) => {
      if (marker.kind === 'stream') behind = marker.header;
      return undefined;
    },
    connected: () => true,
    notice: () => {},
    count: () => {},
    maxLine,
    rehearsal: true,
  });
  try {
    if (header !== undefined) await settle(operator.onMarker(0, { kind: 'stream', header }));
  } finally {
    await operator.abort?.();
  }
  return behind;
}
