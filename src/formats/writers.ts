import { CSV_FIELDS, TSV_FIELDS } from './delimited-fields.ts';
import { DelimitedWriter } from './delimited-writer.ts';
import { NdjsonWriter } from './ndjson-writer.ts';
import type { RecordWriter, WriterOptions } from './record-writer.ts';
import type { Template } from './template.ts';
import { TemplateWriter } from './template-writer.ts';

export type RecordFormat = 'ndjson' | 'csv' | 'tsv';

/** The writer of a format by its name. */
export function createRecordWriter(format: RecordFormat, options: WriterOptions): RecordWriter {
  switch (format) {
    case 'ndjson':
      return new NdjsonWriter(options.meta);
    case 'csv':
      return new DelimitedWriter(CSV_FIELDS, options);
    case 'tsv':
      return new DelimitedWriter(TSV_FIELDS, options);
  }
}

/** Loaded when it is asked for: a table measures texts by tables of Unicode, which take 10 ms to start. */
export async function loadTableWriter(options: WriterOptions): Promise<RecordWriter> {
  const { TableWriter } = await import('./table-writer.ts');
  return new TableWriter(options);
}

export const createTemplateWriter = (template: Template, options: WriterOptions): RecordWriter =>
  new TemplateWriter(template, options);
