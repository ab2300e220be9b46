import { buildEnrichHttp, httpSyntax } from './enrich-http.ts';
import { buildEnrichJs, enrichJsSyntax } from './enrich-js.ts';
import { buildEnrichTable, tableSyntax } from './enrich-table.ts';
import type { CommandSpec, Given } from './spec.ts';
import type { Stage } from './stage.ts';

export const enrichCommand: CommandSpec = {
  name: 'enrich',
  summary: 'add members from outside: a table, a server, a function',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Adds to each event what is known of it elsewhere. The members of the event stay as they came, byte for byte; what is added stands behind them. The order of events and the meaning of watermarks hold.',
  ],
  arguments: [],
  options: [],
  kinds: [tableSyntax, httpSyntax, enrichJsSyntax],
  examples: [tableSyntax.examples[0]!, httpSyntax.examples[0]!],
  build,
};

function build(given: Given): Stage {
  if (given.kind === 'http') return buildEnrichHttp(given);
  return given.kind === 'js' ? buildEnrichJs(given) : buildEnrichTable(given);
}
