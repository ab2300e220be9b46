import { buildEnrichHttp, httpSyntax } from './enrich-http.ts';
import { buildEnrichTable, tableSyntax } from './enrich-table.ts';
import type { CommandSpec } from './spec.ts';

export const enrichCommand: CommandSpec = {
  name: 'enrich',
  summary: 'add members from outside: a table, a server',
  input: 'stream',
  output: 'stream',
  keepsState: true,
  description: [
    'Adds to each event what is known of it elsewhere. The members of the event stay as they came, byte for byte; what is added stands behind them. The order of events and the meaning of watermarks hold.',
  ],
  arguments: [],
  options: [],
  kinds: [tableSyntax, httpSyntax],
  examples: [tableSyntax.examples[0]!, httpSyntax.examples[0]!],
  build: (given) => (given.kind === 'http' ? buildEnrichHttp(given) : buildEnrichTable(given)),
};
