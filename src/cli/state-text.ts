import type { LocationLook, StageLook, StateLook, TargetLook } from '../runtime/state-look.ts';
import type { Damage } from '../runtime/state-verify.ts';
import { instantText } from '../time/instant.ts';
import { stateWords } from './messages.ts';

/** What `tm state` shows to people. */
export function stateText(look: StateLook): string {
  const { directory, id, committed, stages } = look;
  const lines = [
    `${directory}${id === null ? '' : ` (${id})`}`,
    stateWords.situation(look),
    ...(committed === null
      ? []
      : [stateWords.committed(committed.epoch, instantText(Math.floor(committed.at)), committed.attempt)]),
    ...stages.flatMap((stage) => ['', ...stageLines(stage, committed?.drained === true)]),
  ];
  return `${lines.join('\n')}\n`;
}

function stageLines(stage: StageLook, drained: boolean): string[] {
  const { id, command, committed, watermark, keys, windows, held, bytes } = stage;
  const time =
    watermark === null ? (drained ? stateWords.complete : stateWords.noWatermark) : instantText(watermark);
  const rows: [label: string, value: string][] = [
    ...stage.positions.map((location): [string, string] => [stateWords.position, locationText(location)]),
    ...(committed && hasWatermark(stage) ? [[stateWords.watermark, time] as [string, string]] : []),
    ...counted(stateWords.keys, keys),
    ...counted(stateWords.windows, windows),
    ...counted(stateWords.held, held),
    ...targetRows(stage.targets),
    [stateWords.onDisk, stateWords.bytes(bytes)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const known = command === null || id === command ? id : `${id} (${command})`;
  return [
    committed ? known : `${known}: ${stateWords.notCommitted}`,
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
  ];
}

/** Stages whose state goes with the watermark say where it is. */
const hasWatermark = ({ positions, watermark, keys, windows }: StageLook): boolean =>
  positions.length > 0 || watermark !== null || keys !== null || windows !== null;

const counted = (label: string, count: number | null): [string, string][] =>
  count === null ? [] : [[label, count.toLocaleString('en')]];

function locationText({ location, line, byte, size, files }: LocationLook): string {
  const parts = [
    ...(files === null ? [] : [stateWords.files(files)]),
    ...(line === null ? [] : [stateWords.line(line)]),
    ...(byte === null ? [] : [stateWords.byte(byte, size)]),
  ];
  return `${location}: ${parts.length === 0 ? stateWords.notBegun : parts.join(', ')}`;
}

/** Files of one output, where there are more, in one row. */
const MOST_FILES = 4;

function targetRows(targets: readonly TargetLook[]): [string, string][] {
  const outputs = new Set(targets.map(({ output }) => output));
  return [...outputs].flatMap((output) => {
    const files = targets.filter((target) => target.output === output);
    if (files.length <= MOST_FILES) return files.map((file): [string, string] => [output, targetText(file)]);
    const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
    return [[output, stateWords.manyFiles(files.length, bytes)]];
  });
}

const targetText = ({ path, bytes }: TargetLook): string =>
  path === null || bytes === null ? stateWords.noFile : `${path}: ${stateWords.bytes(bytes)}`;

export const damageText = (damages: readonly Damage[]): string =>
  damages.length === 0
    ? `${stateWords.whole}\n`
    : damages.map(({ stage, problem }) => `${stage === null ? '' : `${stage}: `}${problem}\n`).join('');

/** The same as one JSON object. @param look undefined: too much is damaged to see anything else */
export function stateJson(look: StateLook | undefined, damages?: readonly Damage[]): string {
  const damaged = damages === undefined ? {} : { damaged: damages };
  if (look === undefined) return `${JSON.stringify(damaged)}\n`;
  const { directory, id, running, attempt, committed, stages } = look;
  const value = {
    directory,
    id,
    running,
    attempt,
    epoch: committed?.epoch ?? null,
    committed_at: committed === null ? null : instantText(Math.floor(committed.at)),
    drained: committed?.drained ?? false,
    stages: stages.map((stage) => ({
      ...stage,
      watermark: stage.watermark === null ? null : instantText(stage.watermark),
    })),
    ...damaged,
  };
  return `${JSON.stringify(value)}\n`;
}
