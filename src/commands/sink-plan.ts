import type { EpochTarget, Target } from '../connectors/connector.ts';
import type { FileTargetOptions } from '../connectors/file-place.ts';
import type { LogPlace } from '../connectors/module-target.ts';
import { isModule, type ModulePlace, modulePlace } from '../connectors/source-module.ts';
import { stdoutTarget } from '../connectors/stdout-target.ts';
import { stdoutTerminal } from '../connectors/terminal.ts';
import { usageError } from '../errors.ts';
import type { Destination } from '../formats/destination.ts';
import type { ExpectedMembers, MetaMode, RecordWriter, WriterOptions } from '../formats/record-writer.ts';
import type { Template } from '../formats/template.ts';
import {
  createRecordWriter,
  createTemplateWriter,
  loadTableWriter,
  type RecordFormat,
} from '../formats/writers.ts';
import type { Header } from '../stream/marker.ts';
import type { Schema } from '../stream/schema.ts';
import { checkSink } from './sink-check.ts';
import { type SinkFile, sinkFile } from './sink-file.ts';
import { SinkFiles } from './sink-files.ts';
import type { SinkOptions, WrittenStream } from './sink-operator.ts';

export type SinkFormat = RecordFormat | 'table' | 'stream';

/** What the command line asks for. */
export interface SinkPlan {
  /** undefined: stdout. */
  readonly location: string | undefined;
  readonly mode: FileTargetOptions['mode'];
  /** undefined: as fits what stdout turns out to be. */
  readonly format: SinkFormat | undefined;
  readonly template: Template | undefined;
  readonly meta: MetaMode;
  /** Where each result goes; undefined: all go to one place. */
  readonly destination: Destination | undefined;
}

/** What the place of the results is called in messages, and in what is kept. */
export const sinkName = (location: string | undefined): string =>
  location === undefined || location === '-' ? 'standard output' : location;

/** What the operator needs to do it. */
export function sinkOptions(plan: SinkPlan): SinkOptions {
  if (plan.destination !== undefined) return dividedOptions(plan, plan.destination);
  const terminal = plan.location === undefined ? stdoutTerminal() : undefined;
  const kind = plan.format ?? (terminal === undefined ? 'ndjson' : 'table');
  // Looked at when the header has come: what a file holds may be what an earlier run has kept there.
  let found: SinkFile | undefined;
  const file = (location: string): SinkFile => {
    found ??= sinkFile(location, plan.mode, plan.template === undefined ? kind : 'template');
    return found;
  };
  const { location } = plan;
  const writerOptions = ({ header, bounded, columns }: WrittenStream): WriterOptions => ({
    meta: plan.meta,
    bounded,
    ...columnsOption(
      columns ?? (location === undefined || isModule(location) ? undefined : file(location).columns),
    ),
    ...expectedOption(header),
    ...(terminal?.width === undefined ? {} : { terminalWidth: terminal.width }),
    ...(terminal?.colour === true ? { bold } : {}),
  });
  return {
    name: sinkName(plan.location),
    immediate: plan.location === undefined,
    meta: plan.meta,
    check: (header) => void checkSink(plan, header),
    open: openOf(location, file),
    openKept(place) {
      if (kind === 'table' && plan.location !== undefined) {
        throw usageError(
          'a table cannot be gone on with by the next run: its widths follow from all rows',
          'write another format with --state: --format csv',
        );
      }
      const module = location === undefined ? undefined : modulePlace(location);
      return module === undefined ? fileEpochTarget(plan) : moduleEpochTarget(module, place);
    },
    shape: shapeOf(plan, kind),
    createWriter: writerOf(plan.template, kind, writerOptions),
  };
}

function openOf(location: string | undefined, file: (location: string) => SinkFile): SinkOptions['open'] {
  if (location === undefined) return stdoutTarget;
  const module = modulePlace(location);
  return module === undefined
    ? (bounded) => file(location).open(bounded)
    : (bounded) => moduleTarget(module, bounded);
}

// What few runs need is loaded when they do.
const fileEpochTarget = async ({ location, mode }: SinkPlan): Promise<EpochTarget> =>
  (await import('../connectors/epoch-target.ts')).epochTarget(location, mode);

const moduleTarget = async (place: ModulePlace, bounded: boolean): Promise<Target> =>
  (await import('../connectors/module-target.ts')).moduleTarget(place, bounded);

const moduleEpochTarget = async (place: ModulePlace, log: LogPlace): Promise<EpochTarget> =>
  (await import('../connectors/module-target.ts')).moduleEpochTarget(place, log);

function dividedOptions(plan: SinkPlan, destination: Destination): SinkOptions {
  const { location, mode, meta, template } = plan;
  const format = plan.format === 'csv' || plan.format === 'tsv' ? plan.format : 'ndjson';
  const files = new SinkFiles({
    destination,
    mode,
    format: template === undefined ? format : 'template',
    writer: { meta, bounded: true },
    createWriter: (options): RecordWriter =>
      template === undefined ? createRecordWriter(format, options) : createTemplateWriter(template, options),
  });
  return {
    name: location ?? '',
    immediate: false,
    meta,
    check: (header) => void checkSink(plan, header),
    open: (bounded) => files.open(bounded),
    openKept: () => files.openKept(),
    shape: shapeOf(plan, format),
    createWriter: ({ header, bounded }) => files.createWriter(bounded, expectedOption(header)),
  };
}

const shapeOf = (plan: SinkPlan, format: SinkFormat): SinkOptions['shape'] => ({
  '--format': plan.template === undefined ? format : 'template',
  '--template': plan.template?.text ?? 'none',
  '--meta': plan.meta,
});

const columnsOption = (columns: readonly string[] | undefined): Pick<WriterOptions, 'columns'> =>
  columns === undefined || columns.length === 0 ? {} : { columns };

/** What is known of all events before the first, where no others can come. */
const expectedOption = ({ schema, windowing, panes }: Header): Pick<WriterOptions, 'expected'> =>
  schema?.closed === true && schema.members.size > 0
    ? {
        expected: {
          ...namesOf(schema),
          windowed: windowing.kind !== 'global',
          paned: panes !== undefined,
        },
      }
    : {};

function writerOf(
  template: Template | undefined,
  format: SinkFormat,
  options: (stream: WrittenStream) => WriterOptions,
): SinkOptions['createWriter'] {
  if (template !== undefined) return (stream) => createTemplateWriter(template, options(stream));
  if (format === 'stream') return undefined;
  if (format === 'table') return (stream) => loadTableWriter(options(stream));
  return (stream) => createRecordWriter(format, options(stream));
}

/** Select graphic rendition: bold, and normal weight again (ECMA-48 8.3.117). */
const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;

const namesOf = ({ members }: Schema): Pick<ExpectedMembers, 'members' | 'optional'> => ({
  members: [...members.keys()],
  optional: new Set([...members].flatMap(([name, { required }]) => (required ? [] : [name]))),
});
