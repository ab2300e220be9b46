import { loadFor } from '../expressions/late-language.ts';
import { buildEnrichHttp, httpSyntax, urlOf } from './enrich-http.ts';
import { buildEnrichJs, enrichJsSyntax } from './enrich-js.ts';
import { buildEnrichTable, tableKeyOf, tableSyntax } from './enrich-table.ts';
import { keyOf } from './options.ts';
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
  load: (given) => loadFor(() => computedIn(given)),
  build,
};

/** What a kind reads that may be computed. */
function computedIn(given: Given): unknown {
  if (given.kind === 'http') return urlOf(given);
  return given.kind === 'js' ? keyOf(given) : tableKeyOf(given);
}

function build(given: Given): Stage {
  if (given.kind === 'http') return buildEnrichHttp(given);
  return given.kind === 'js' ? buildEnrichJs(given) : buildEnrichTable(given);
}
