import { LIMIT, ON_REJECT, REJECTED_TO } from './source.ts';
import { DIALECT_OPTIONS } from './source-dialect.ts';
import { FORMAT, YEAR } from './source-format.ts';
import type { CommandSyntax, OptionSpec } from './spec.ts';

export const CLOSED: OptionSpec = {
  name: 'closed',
  help: 'let the schema refuse members that no record had',
  details:
    'With "additionalProperties": false, a field of a pipeline that is in no record is told before the first event. Without it the schema says nothing of other members.',
};

export const schemaCommand: CommandSyntax = {
  name: 'schema',
  summary: 'tell what members records have, as a JSON Schema',
  input: 'records',
  output: 'none',
  description: [
    'Reads records as `tm source` does, and writes a JSON Schema that all of them fit: which members they have, of what types, and which of them every record has. `tm source --schema` takes it, and then all commands of the pipeline know what events have.',
    'A number is an integer where it was always spelled without fraction and exponent; a text has the format date-time where it was always a time of RFC 3339. What was null in every record may be anything. Objects and lists are looked into. An object of more than 1,000 different names is told, and they are not listed.',
    'With --format stream it reads a stream (of a file, or of a pipe) and writes what its header says of the events, where that says anything.',
  ],
  arguments: [
    {
      name: 'LOCATION',
      help: 'a file, a directory, a pattern, generate:…, a module, or - for stdin',
      required: false,
      variadic: true,
    },
  ],
  options: [FORMAT, LIMIT, CLOSED, YEAR, ON_REJECT, REJECTED_TO, ...DIALECT_OPTIONS],
  kinds: [],
  seeAlso: ['tm-source.1', 'tm-check.1', 'tm-stream.5'],
  examples: [
    {
      title: 'a schema of the first thousand records, and a pipeline that is held to it',
      command:
        "tm schema events.ndjson --limit 1000 --closed > events.schema.json; tm check -e 'source events.ndjson --time ts --schema events.schema.json | window fixed 1h | combine n=count | sink'",
    },
    {
      title: 'what is known of the events of a pipe',
      command:
        'tm source access.log --format combined | tm combine --by status n=count | tm schema --format stream',
    },
  ],
};
