// Writes the types of the library's options from the commands' specs. `--check` writes nothing and fails when they differ.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const checks = process.argv.includes('--check');

/** What a value is in a program, by what stands for it in help; all others are texts. */
const TYPES = {
  N: 'number',
  YEAR: 'number | string',
  SIZE: 'number | string',
  FIELDS: 'string | readonly string[]',
  NAMES: 'string | readonly string[]',
  'NEW=OLD,…': 'string | readonly string[]',
  'FIELD[=COLUMN],…': 'string | readonly string[]',
  '[NAME=]COLUMN,…': 'string | readonly string[]',
};

/** Places of streams: a branch of the program may stand for a file. */
const isPlace = ({ name, value }) =>
  value?.placeholder === 'PLACE' || (value?.placeholder === 'FILE' && name.endsWith('-to'));

function typeOf(option, takesBranches) {
  const { value, optionalValue, repeatable } = option;
  if (value === undefined) return 'boolean';
  if (takesBranches && value.placeholder === 'NAME=FILE')
    return 'string | readonly string[] | Readonly<Record<string, string | Branch<unknown>>>';
  if (takesBranches && isPlace(option))
    return `string | Branch<unknown>${repeatable ? ' | readonly (string | Branch<unknown>)[]' : ''}`;
  if (value.placeholder in OF_PROGRAM) return `string | ${OF_PROGRAM[value.placeholder].type}`;
  const one = value.choices?.map((word) => `'${word}'`).join(' | ') ?? TYPES[value.placeholder] ?? 'string';
  if (repeatable) return `${one} | readonly ${one.includes('|') ? `(${one})` : one}[]`;
  return optionalValue ? `${one} | true` : one;
}

const camelCase = (name) => name.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());
/** What begins with words to be written as they are stays as it is: `ndjson, csv, …`. */
const sentence = (text) => (/^[a-z0-9-]+, /.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));

/** A docstring of lines that fit. */
function docstring(paragraphs, indent) {
  const lines = paragraphs.flatMap((paragraph) => {
    const words = paragraph.split(' ');
    const wrapped = [''];
    for (const word of words) {
      const line = wrapped.at(-1);
      if (line !== '' && line.length + word.length > 100) wrapped.push(word);
      else wrapped[wrapped.length - 1] = line === '' ? word : `${line} ${word}`;
    }
    return wrapped;
  });
  if (lines.length === 1) return `${indent}/** ${lines[0]} */`;
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`].join('\n');
}

/** What a program may give beside a text, and how that is told, by what stands for it in help. */
const OF_PROGRAM = {
  STRATEGY: {
    type: 'WatermarkModule | WatermarkEstimator',
    told: 'Of a program it may also be a class of estimators, or a function that makes one for each location; where the program gives the records, an estimator itself.',
  },
};

function property(option, takesBranches) {
  const { name, help, details } = option;
  const byDefault = option.default === undefined ? '' : ` Default: ${option.default}.`;
  const unit = option.value?.placeholder;
  const told = unit === undefined || TYPES[unit] === 'number' || option.value.choices ? '' : ` (${unit})`;
  const text = `${sentence(help)}${told}.${byDefault}`;
  const ofProgram = OF_PROGRAM[unit];
  const paragraphs = [text, details, ofProgram?.told].filter((paragraph) => paragraph !== undefined);
  const lines = [
    docstring(paragraphs, '  '),
    `  readonly ${camelCase(name)}?: ${typeOf(option, takesBranches)} | undefined;`,
  ];
  if (name === 'side')
    lines.push(
      '  /** The same of pipelines of the program, by NAME, `NAME[]` or `NAME[FIELD]`. */',
      '  readonly sides?: SidePipelines | undefined;',
    );
  return lines.join('\n');
}

function options(title, name, list, takesBranches) {
  if (list.length === 0) return [];
  const members = list.map((option) => property(option, takesBranches)).join('\n');
  return [`/** Options of \`${title}\`. */\nexport interface ${name}Options {\n${members}\n}`];
}

function declarations({ spec, nameOption }) {
  const type = sentence(spec.name);
  const common = spec.keepsState ? [nameOption] : [];
  const takesBranches = spec.input === 'stream';
  if (spec.kinds.length === 0) return options(spec.name, type, [...spec.options, ...common], takesBranches);
  return spec.kinds.flatMap((kind) =>
    options(
      `${spec.name}.${kind.name}`,
      type + sentence(kind.name),
      [...spec.options, ...kind.options, ...common],
      takesBranches,
    ),
  );
}

/** Bits of src/stream/schema.ts as a type. */
function typeOfSchema(types) {
  const NAMES = [
    [4 | 8, 'number'],
    [16, 'string'],
    [2, 'boolean'],
    [32, 'readonly unknown[]'],
    [64, 'Readonly<Record<string, unknown>>'],
    [1, 'null'],
  ];
  if (types === 127) return 'unknown';
  return NAMES.filter(([bits]) => (types & bits) !== 0)
    .map(([, name]) => name)
    .join(' | ');
}

function resultTypes(groups) {
  const members = groups
    .flatMap(({ aggregates }) => aggregates)
    .map(({ name, summary, usage, fields, optionalFields = 0, gives }) => {
      const known = gives?.(Array.from({ length: fields + optionalFields }, () => ({ types: 127 })));
      return `  /** \`${usage}\`: ${summary}. */\n  readonly ${name}: ${typeOfSchema(known?.types ?? 127)};`;
    });
  return `/**
 * What the aggregates of \`combine\` give. An integer past 2^53 is a bigint wherever a number is told here: cast what can
 * be so large.
 */
export interface AggregateResults {\n${members.join('\n')}\n}`;
}

async function load() {
  const folder = await mkdtemp(`${root}/node_modules/.library-`);
  try {
    const outfile = `${folder}/specs.mjs`;
    await esbuild.build({
      absWorkingDir: root,
      stdin: {
        contents: `
          import { commands } from './src/commands/registry.ts';
          import { isStageCommand } from './src/commands/spec.ts';
          export { aggregateGroups } from './src/aggregates/registry.ts';
          export { NAME } from './src/commands/options.ts';
          const loaded = await Promise.all(commands.map(({ load }) => load()));
          export const specs = [...new Set(loaded.filter(isStageCommand))];
        `,
        resolveDir: root,
        loader: 'ts',
      },
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As biome lays it out. */
function formatted(path, text) {
  const { stdout, status, stderr } = spawnSync(
    'node_modules/.bin/biome',
    ['format', `--stdin-file-path=${path}`],
    {
      cwd: root,
      input: text,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const { specs, NAME, aggregateGroups } = await load();
const path = 'src/library/options.generated.ts';
const text = formatted(
  path,
  [
    '// Written by scripts/library.mjs from the specs in src/commands/ and src/aggregates/.',
    "import type { UserEstimator as WatermarkEstimator, WatermarkModule } from '../connectors/watermark-module.ts';\nimport type { Branch } from './branch.ts';\nimport type { SidePipelines } from './sides.ts';",
    ...specs.flatMap((spec) => declarations({ spec, nameOption: NAME })),
    resultTypes(aggregateGroups),
  ].join('\n\n'),
);
const present = await readFile(`${root}/${path}`, 'utf8').catch(() => undefined);
if (present !== text) {
  if (checks) {
    console.error(`${path} is not what the specs say: npm run library`);
    process.exitCode = 1;
  } else await writeFile(`${root}/${path}`, text);
}
