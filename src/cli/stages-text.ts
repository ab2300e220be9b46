import type { TidemarkError } from '../errors.ts';
import { firingInWords } from '../operators/state-shape.ts';
import { headerValue } from '../stream/header.ts';
import type { Header, Windowing } from '../stream/marker.ts';
import type { Schema } from '../stream/schema.ts';
import { schemaJson } from '../stream/schema-json.ts';
import { formatDuration } from '../time/duration.ts';
import { checkWords } from './messages.ts';
import { type CheckedInput, type CheckedPipeline, type CheckedStage, errorsIn } from './pipeline-check.ts';
import { schemaText } from './schema-text.ts';

/** What `tm check` shows to people: a line for each stage, with what is known of the events behind it. */
export const stagesText = (stages: readonly CheckedStage[]): string => linesOf(stages, '').join('');

/** Below a stage those that feed it, each pipeline under what it is. */
function linesOf(stages: readonly CheckedStage[], indent: string): string[] {
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages.flatMap((stage) => [
    `${indent}${stage.name.padEnd(width)}  ${stageText(stage)}\n`,
    ...stage.inputs.flatMap(({ of, stages: feeds }) => [
      `${indent}  ${checkWords.input(of)}\n`,
      ...linesOf(feeds, `${indent}    `),
    ]),
  ]);
}

function stageText({ before, header, error }: CheckedStage): string {
  if (error !== undefined) return checkWords.wrong;
  if (header === undefined) return checkWords.end;
  const windows = windowsText(header);
  const moved = before !== undefined && windowsText(before) === windows ? undefined : windows;
  const same = before !== undefined && textOf(before.schema) === textOf(header.schema);
  const events = same ? checkWords.sameEvents : textOf(header.schema);
  return moved === undefined ? events : `${events}; ${checkWords.inWindows(moved)}`;
}

const textOf = (schema: Schema | undefined): string =>
  schema === undefined ? checkWords.unknownEvents : schemaText(schema);

/** Undefined: the one window that is all of time, which fires at the end of it. */
function windowsText({ windowing, firing }: Header): string | undefined {
  const kind = kindText(windowing);
  return firing === undefined ? kind : `${kind ?? 'global'}${firingInWords(firing)}`;
}

function kindText(windowing: Windowing): string | undefined {
  switch (windowing.kind) {
    case 'global':
      return undefined;
    case 'fixed':
      return `fixed ${formatDuration(windowing.size)}`;
    case 'sliding':
    case 'cumulate':
      return `${windowing.kind} ${formatDuration(windowing.size)} --every ${formatDuration(windowing.every)}`;
    case 'session':
      return `session ${formatDuration(windowing.gap)}`;
    case 'calendar':
      return `calendar ${windowing.unit}`;
  }
}

/** The same as one JSON object. */
export function stagesJson({ stages, error }: CheckedPipeline): string {
  const value = {
    runs: error === undefined && stages.every((stage) => errorsIn(stage).length === 0),
    ...(error === undefined ? {} : { error: withOthers(error) }),
    stages: stages.map(stageJson),
  };
  return `${JSON.stringify(value)}\n`;
}

const stageJson = ({ name, header, error, missing, inputs }: CheckedStage): Record<string, unknown> => ({
  command: name,
  ...(header === undefined ? {} : headerJson(header)),
  ...(error === undefined ? {} : { error: withOthers(error) }),
  ...(missing.length === 0 ? {} : { missing: missing.map(errorJson) }),
  ...(inputs.length === 0 ? {} : { inputs: inputs.map(inputJson) }),
});

const inputJson = ({ of, stages }: CheckedInput): Record<string, unknown> => ({
  ...(typeof of === 'number' ? { input: of + 1 } : of === undefined ? {} : { side: of }),
  stages: stages.map(stageJson),
});

const withOthers = (error: TidemarkError): Record<string, unknown> => ({
  ...errorJson(error),
  ...(error.others.length === 0 ? {} : { others: error.others.map(errorJson) }),
});

const errorJson = ({ message, hint, line, column }: TidemarkError): Record<string, unknown> => ({
  message,
  ...(hint === undefined ? {} : { hint }),
  line,
  column,
});

const headerJson = (header: Header): Record<string, unknown> => ({
  windowing: headerValue(header).windowing,
  schema: header.schema === undefined ? null : schemaJson(header.schema),
});
