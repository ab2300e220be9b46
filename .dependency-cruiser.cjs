/** The layers of src/ from the bottom up: a folder imports from those above it in this list, and from itself. */
const layers = [
  ['kernel'],
  ['json'],
  ['time'],
  ['stream'],
  ['state'],
  ['windows', 'aggregates', 'expressions', 'formats', 'pipelines', 'files'],
  ['operators', 'connectors', 'epochs'],
  ['commands'],
  ['runtime'],
  ['cli', 'library'],
];

/** Of two folders in one layer, the first may import from the second. */
const beside = [
  ['expressions', 'aggregates'],
  ['expressions', 'windows'],
  ['formats', 'expressions'],
  ['connectors', 'operators'],
];

/** Folders that have no clock, no file, no process: what they need comes as an argument. */
const pure = [
  'kernel',
  'json',
  'stream',
  'state',
  'windows',
  'aggregates',
  'expressions',
  'pipelines',
  'operators',
];

const folderRules = layers.flatMap((folders, level) =>
  folders.map((folder) => {
    const allowed = [
      folder,
      ...layers.slice(0, level).flat(),
      ...beside.filter(([from]) => from === folder).map(([, to]) => to),
    ];
    return {
      name: `${folder}-imports-downwards`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(errors[.]ts$|(${allowed.join('|')})/)` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'errors-import-nothing',
      severity: 'error',
      from: { path: '^src/errors[.]ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'library-is-not-the-command-line',
      severity: 'error',
      from: { path: '^src/(index|testing)[.]ts$' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-cli-parses-and-colours',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: 'node_modules/(commander|chalk)/' },
    },
    {
      name: 'only-parse-knows-commander',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/parse[.]ts$' },
      to: { path: 'node_modules/commander/' },
    },
    {
      name: 'pure-folders-have-no-system',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/` },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|util|crypto)$' },
    },
    {
      name: 'pure-folders-have-no-files',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/` },
      to: { path: '^src/files/' },
    },
    {
      name: 'no-cycles',
      comment: 'An import of types is gone before anything runs; a lazy one finds its importer complete.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
    },
    { name: 'resolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
