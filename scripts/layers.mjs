// Holds the imports of src/ to the layers in .dependency-cruiser.cjs. Nothing cruised is a failure, not a success.
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** Fewer modules than this cannot be all of src/: the parser is missing, or found no TypeScript. */
const FEWEST = 50;

const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
const tsConfig = extractTSConfig('./tsconfig.json');
const { output } = await cruise(['src'], options, undefined, { tsConfig });
const { totalCruised, violations } = output.summary;
for (const { rule, from, to } of violations) console.log(`${rule.name}: ${from} → ${to}`);
console.log(`${totalCruised} modules`);
if (totalCruised < FEWEST || violations.length > 0) process.exitCode = 1;
