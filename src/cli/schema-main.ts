import { CLOSED } from '../commands/schema.ts';
import { buildSource } from '../commands/source.ts';
import { FORMAT, TIME } from '../commands/source-format.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { flag, option } from '../commands/values.ts';
import { SchemaInference } from '../operators/schema-inference.ts';
import { EXIT } from '../runtime/exit-codes.ts';
import { FusedRun } from '../runtime/fused-run.ts';
import { schemaJson } from '../stream/schema-json.ts';
import type { CommonOptions } from './common-options.ts';
import { createReporter, toStderr } from './reporter.ts';
import { print, type Style } from './terminal.ts';

/**
 * Reads records and writes the schema that they fit: the work of `tm schema`.
 * @returns the exit code
 * @throws TidemarkError
 */
export async function executeSchema(given: Given, common: CommonOptions, style: Style): Promise<number> {
  const isStream = option(given, FORMAT) === 'stream';
  // When something happened is no part of what it looks like.
  const options = isStream ? given.options : new Map(given.options).set(TIME.name, 'none');
  let inference: SchemaInference | undefined;
  const last: Stage = {
    role: 'sink',
    sides: new Map(),
    create: (context) => {
      inference = new SchemaInference({ closed: flag(given, CLOSED), trustsHeader: isStream }, context);
      return inference;
    },
  };
  const run = {
    stats: common.stats !== false,
    eof: common.eof,
    maxLine: common.maxLine,
    name: undefined,
    report: createReporter(common, style, toStderr),
  };
  const stages = [buildSource({ ...given, options }), last];
  const code = await new FusedRun(
    stages.map((stage) => ({ name: 'schema', stage, options: run })),
    process,
  ).run();
  if (code !== EXIT.done) return code;
  const value = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...schemaJson(inference!.schema()),
  };
  print(1, `${JSON.stringify(value, null, 2)}\n`);
  return EXIT.done;
}
