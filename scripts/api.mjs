// Writes docs/api.md from the docstrings of what the package exports. `--check` writes nothing and fails when it differs.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const checks = process.argv.includes('--check');

/** What stands in which part, by name of the export or of its file; the first that fits. */
const PARTS = [
  ['Parts of a pipeline', ({ kind, file }) => kind === 'value' && /library\/(?!pipeline)/.test(file)],
  ['Pipelines and runs', ({ file }) => /library\/(pipeline|run|check|event)|errors/.test(file)],
  ['Options', ({ file }) => /options[.]generated|library\/map/.test(file)],
  ['Types of parts and records', ({ file }) => /library\//.test(file)],
  [
    'Functions of your own, in a program or in a module',
    ({ file }) => /operators\/|aggregates\/|watermark-module/.test(file),
  ],
  ['Sources and sinks that are modules', () => true],
];

function run(program, words, input) {
  const { status, stdout, stderr } = spawnSync(`${root}/node_modules/.bin/${program}`, words, {
    cwd: root,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${program}: ${stdout}${stderr}`);
  return stdout;
}

const files = new Map();
let types;

/** The statements of a declaration file, each with its docstring: none of them has a line that begins in the first column. */
async function statementsOf(file) {
  let statements = files.get(file);
  if (statements !== undefined) return statements;
  const text = run(
    'biome',
    ['format', '--stdin-file-path=a.d.ts'],
    await readFile(join(types, file), 'utf8'),
  );
  statements = [];
  let doc = [];
  let code = [];
  for (const line of text.split('\n')) {
    if (code.length === 0 && (/^\/\*\*/.test(line) || (doc.length > 0 && /^ \*/.test(line)))) {
      if (line.startsWith('/**')) doc = [];
      doc.push(line);
      continue;
    }
    if (code.length > 0 && /^[A-Za-z/]/.test(line)) {
      statements.push({ doc, code });
      [doc, code] = [line.startsWith('/**') ? [line] : [], line.startsWith('/**') ? [] : [line]];
      continue;
    }
    if (line !== '' || code.length > 0) code.push(line);
  }
  if (code.length > 0) statements.push({ doc, code });
  files.set(file, statements);
  return statements;
}

const nameOf = (code) =>
  /^(?:export )?(?:declare )?(?:abstract )?(?:const|function|class|interface|type) (\w+)/.exec(code[0])?.[1];

/** All that a module exports: names, and where they are declared. */
async function exportsOf(entry) {
  const found = [];
  for (const { code } of await statementsOf(entry)) {
    const text = code.join(' ');
    const from = /from '([^']+)'/.exec(text)?.[1]?.replace(/[.]ts$/, '.d.ts');
    const file = from === undefined ? entry : join(dirname(entry), from);
    if (/^export type \*/.test(text)) {
      for (const statement of await statementsOf(file)) {
        const name = nameOf(statement.code);
        if (name !== undefined) found.push({ name, local: name, file });
      }
    } else if (/^export (type )?\{/.test(text)) {
      for (const one of /\{(.*)\}/.exec(text)[1].split(',')) {
        const [local, name = local] = one
          .replace(/\btype /, '')
          .trim()
          .split(' as ');
        if (local !== '') found.push({ name, local, file });
      }
    } else if (text.startsWith('export ')) {
      const name = nameOf(code);
      if (name !== undefined && !found.some((other) => other.name === name))
        found.push({ name, local: name, file });
    }
  }
  return found;
}

/** A docstring as Markdown: what is thrown in a paragraph, examples as code. */
function markdownOf(doc) {
  const lines = doc.map((line) => line.replace(/^\/\*\* ?|^ ?\*\/$|^ \* ?| ?\*\/$/g, ''));
  const paragraphs = [[]];
  for (const line of lines) {
    if (line === '' || line.startsWith('@')) paragraphs.push([]);
    if (line !== '') paragraphs.at(-1).push(line);
  }
  const examples = [];
  const told = [];
  for (const paragraph of paragraphs.map((each) => each.join(' ')).filter((text) => text !== '')) {
    if (paragraph.startsWith('@example ')) examples.push(paragraph.slice('@example '.length));
    else told.push(paragraph.replace(/^@throws /, 'Throws ').replace(/^@param (\w+)/, '`$1`:'));
  }
  if (examples.length > 0) told.push(`\`\`\`ts\n${examples.join('\n')}\n\`\`\``);
  return told.join('\n\n');
}

async function sectionOf({ name, local, file }) {
  const all = await statementsOf(file);
  let statements = all.filter(({ code }) => nameOf(code) === local);
  if (statements.length === 0) throw new Error(`${name} is not declared in ${file}`);
  const docs = [...new Set(statements.map(({ doc }) => markdownOf(doc)))].filter((text) => text !== '');
  if (docs.length === 0) throw new Error(`${name} of ${file} has no docstring`);
  const called = /typeof (\w+)/.exec(statements[0].code.join(' '))?.[1];
  if (called !== undefined)
    statements = [...all.filter(({ code }) => nameOf(code) === called), ...statements];
  const code = statements
    .flatMap((statement) => statement.code)
    .filter((line) => !/#private;|Made by|constructor\(/.test(line))
    .join('\n')
    .replaceAll(/^(?:export )?declare /gm, '')
    .replaceAll(/^export /gm, '')
    .replaceAll(`function ${called}`, `function ${name}`)
    .replaceAll(`: typeof ${called} & {`, ': {')
    .replace(new RegExp(`\\b${local}\\b`), name);
  return `### ${name}\n\n${docs.join('\n\n')}\n\n\`\`\`ts\n${code.trimEnd()}\n\`\`\`\n`;
}

async function page() {
  const ours = await Promise.all(
    (await exportsOf('index.d.ts')).map(async (each) => {
      const [first] = (await statementsOf(each.file)).filter(({ code }) => nameOf(code) === each.local);
      const kind = /^export declare (const|function)/.test(first?.code[0] ?? '') ? 'value' : 'type';
      return { ...each, kind };
    }),
  );
  const parts = [
    '# API reference\n\nWhat `tidemark` and `tidemark/testing` export, from their docstrings: `npm run api` writes it. [library.md](library.md) tells how it is used, and the man pages what each command does.\n',
  ];
  const left = new Set(ours);
  for (const [title, belongs] of PARTS) {
    const here = [...left].filter(belongs);
    for (const each of here) left.delete(each);
    parts.push(`## ${title}\n`);
    for (const each of here) parts.push(await sectionOf(each));
  }
  parts.push('## tidemark/testing\n');
  for (const each of await exportsOf('testing.d.ts')) parts.push(await sectionOf(each));
  return parts.join('\n');
}

types = await mkdtemp(`${root}/node_modules/.api-`);
try {
  run('tsc', ['-p', 'tsconfig.types.json', '--outDir', types]);
  const path = `${root}/docs/api.md`;
  const text = run('biome', ['format', '--stdin-file-path=docs/api.md'], await page());
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) {
    if (checks) {
      console.error('docs/api.md is not what the docstrings say: npm run api');
      process.exitCode = 1;
    } else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
} finally {
  await rm(types, { recursive: true });
}
