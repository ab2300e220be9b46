import type { SourceContext } from '../commands/stage.ts';
import { type ErrorCode, TidemarkError } from '../errors.ts';
import { DEFAULT_MAX_LINE } from '../formats/line-limit.ts';
import { MAIN } from '../operators/operator.ts';
import { headerBehind as headerBehindStage, headerFromOperator } from '../runtime/header-check.ts';
import type { Header } from '../stream/marker.ts';
import { BranchPlace } from './branch-place.ts';
import { fedStreams } from './fed-pipelines.ts';
import { mergedBy } from './merged-input.ts';
import { inOwnWords } from './own-words.ts';
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
  return (await look(parts, maxLine)).found;
}

/** What is wrong with a pipeline, and the header of its stream; undefined: that is not known. */
async function look(
  parts: readonly AnyPart[],
  maxLine: number,
): Promise<{ readonly found: readonly Diagnostic[]; readonly header: Header | undefined }> {
  const found: Diagnostic[] = [];
  const attempt = async <T>(index: number, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      const stage = parts[index]!.command;
      for (const { code, message, hint } of [error, ...error.others])
        found.push({ code, stage, index, message: inOwnWords(message), hint: hint && inOwnWords(hint) });
      return undefined;
    }
  };
  const told = (index: number, where: string, wrong: Pick<Diagnostic, 'code' | 'message' | 'hint'>): void => {
    const { code, message, hint } = wrong;
    found.push({ code, stage: parts[index]!.command, index, message: `${where}: ${message}`, hint });
  };
  const inputs = new Map<number, Header>();
  for (const [number, input] of mergedBy(parts).entries()) {
    if (input instanceof BranchPlace) continue;
    const inside = await look(input.parts, input.settings.maxLine ?? maxLine);
    for (const wrong of inside.found) told(0, `input ${number + 1}`, wrong);
    if (inside.header !== undefined) inputs.set(number, inside.header);
  }
  let header = await attempt(0, () =>
    inputs.size > 0 ? headerOfMerge(parts[0]!, inputs, maxLine) : headerOfSource(parts[0]!, maxLine),
  );
  for (const [index, part] of parts.entries()) {
    if (part.role !== 'step') continue;
    // Behind what is wrong nothing is known of the events; what can be loaded is still tried.
    const before: Header | undefined = header;
    for (const stream of part.given.streams ?? []) {
      for (const wrong of (await fedStreams.get(stream)?.check()) ?? [])
        told(index, `side input ${stream.options.name}`, wrong);
    }
    header = await attempt(index, () => headerBehind(part, before, maxLine));
  }
  return { found, header };
}

/** As far as the headers of its inputs are known. @throws TidemarkError `usage` where they do not belong together */
const headerOfMerge = (
  { stage }: AnyPart,
  inputs: ReadonlyMap<number, Header>,
  maxLine: number,
): Promise<Header> =>
  headerBehindStage({ stage, options: { maxLine } }, undefined, { thorough: true, inputs });

async function headerBehind(
  { stage, command }: AnyPart,
  before: Header | undefined,
  maxLine: number,
): Promise<Header | undefined> {
  if (stage.role === 'source' || OPAQUE.includes(command)) return undefined;
  return headerFromOperator(stage, before, maxLine);
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
