import type { CommandSyntax, Example, OptionSpec, Syntax, WordList } from '../commands/spec.ts';
import { commonOptionsOf } from './common-options.ts';
import { shellLines } from './layout.ts';
import { literal, paragraph, words } from './mdoc.ts';
import { exitWords, manual, overview, programName, words as text } from './messages.ts';
import { argumentWord } from './synopsis.ts';

/** Columns of an example; a page of 80 columns indents it. */
const EXAMPLE_WIDTH = 66;
/** With more options that all kinds take, the synopsis of a kind does not list them. */
const LISTED_SHARED = 3;

/** The page of a command, in mdoc(7); the same spec gives the same bytes. */
export function manPage(spec: CommandSyntax, version: string): string {
  const name = `tm-${spec.name}`;
  return page([
    ...head(name, version),
    ...nameSection(name, spec.summary),
    '.Sh SYNOPSIS',
    ...synopsis(name, spec),
    '.Sh DESCRIPTION',
    ...paragraphs([...spec.description, manual.alsoAs(name, programName(spec.name))]),
    ...kindSections(name, spec),
    ...argumentList(spec),
    ...(spec.lists ?? []).flatMap(wordList),
    ...optionSection('OPTIONS', [...spec.options, ...commonOptionsOf(spec)]),
    ...exitSection(),
    ...exampleSection([...spec.examples, ...spec.kinds.flatMap((kind) => kind.examples)]),
    ...seeAlso(['tm.1', 'tm-stream.5', 'tm-time.7', 'tm-formats.5', ...(spec.seeAlso ?? [])]),
  ]);
}

/** The page of `tm` itself. */
export function overviewPage(
  specs: readonly Pick<CommandSyntax, 'name' | 'summary'>[],
  version: string,
): string {
  const item = (reference: string, summary: string): string[] => [`.It ${reference}`, paragraph(summary)];
  return page([
    ...head('tm', version),
    ...nameSection('tm', overview.title),
    '.Sh SYNOPSIS',
    ...overview.usage.flatMap((line) => ['.Nm', `.No ${words(...line.split(' ').slice(1))}`]),
    '.Sh DESCRIPTION',
    ...paragraphs(overview.description),
    '.Bl -tag -width tm-combine -offset indent',
    ...specs.flatMap(({ name, summary }) => item(`Xr tm-${name} 1`, summary)),
    '.El',
    '.Pp',
    paragraph(overview.pagesIntroduction),
    '.Bl -tag -width tm-combine -offset indent',
    ...overview.pages.flatMap(({ name, section, summary }) => item(`Xr tm-${name} ${section}`, summary)),
    '.El',
    ...exitSection(),
    ...exampleSection([{ title: overview.exampleTitle, command: overview.example }]),
    ...seeAlso([
      ...specs.map(({ name }) => `tm-${name}.1`),
      ...overview.pages.map(({ name, section }) => `tm-${name}.${section}`),
    ]),
  ]);
}

const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

const head = (name: string, version: string): string[] => [
  `.\\" ${manual.rendered}`,
  `.Dd ${manual.date}`,
  `.Dt ${name.toUpperCase()} 1`,
  `.Os tidemark ${version}`,
];

const nameSection = (name: string, summary: string): string[] => [
  '.Sh NAME',
  `.Nm ${name}`,
  `.Nd ${literal(summary)}`,
];

function synopsis(name: string, spec: CommandSyntax): string[] {
  const forms = spec.kinds.length === 0 ? [spec] : spec.kinds;
  return forms.flatMap((syntax) => {
    const taken = syntax.arguments.map((argument) =>
      argument.required ? `.Ar ${argumentMacro(argument)}` : `.Op Ar ${argumentMacro(argument)}`,
    );
    const options = [
      ...[
        ...syntax.options,
        ...(syntax === spec || spec.options.length > LISTED_SHARED ? [] : spec.options),
      ].map((option) => `.Op ${optionMacro(option)}`),
      `.Op Ar ${words('common options')}`,
    ];
    return [
      `.Nm ${name}`,
      ...(syntax === spec ? [] : [`.Cm ${syntax.name}`]),
      ...(spec.takesRest === true ? [...options, ...taken] : [...taken, ...options]),
    ];
  });
}

const argumentMacro = ({ name, variadic }: { name: string; variadic: boolean }): string =>
  variadic ? `${words(name)} ...` : words(name);

function optionMacro(option: OptionSpec): string {
  const { name, value } = option;
  const flag = `Fl ${words(`-${name}`)}`;
  if (value === undefined) return flag;
  const placeholder = `Ar ${words(value.placeholder)}`;
  return option.optionalValue ? `${flag} Ns Op ${words('=')} Ns ${placeholder}` : `${flag} ${placeholder}`;
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((each, index) => (index === 0 ? [paragraph(each)] : ['.Pp', paragraph(each)]));
}

function kindSections(name: string, spec: CommandSyntax): string[] {
  return spec.kinds.flatMap((kind, index) => [
    ...(index === 0 ? ['.Sh KINDS'] : []),
    `.Ss ${words(`${name} ${[kind.name, ...kind.arguments.map(argumentWord)].join(' ')}`)}`,
    ...paragraphs([sentence(kind.summary), ...kind.description]),
    ...argumentList(kind),
    ...(kind.options.length === 0 ? [] : optionList(kind.options)),
  ]);
}

function argumentList({ arguments: list }: Syntax): string[] {
  if (list.length === 0) return [];
  const items = list.flatMap((argument) => [
    `.It Ar ${words(argument.name)}`,
    paragraph(sentence(argument.help)),
  ]);
  return ['.Bl -tag -width indent', ...items, '.El'];
}

function wordList({ title, words: list }: WordList): string[] {
  const items = list.flatMap(({ word, help }) => [
    `.It ${words(...word.split(' '))}`,
    paragraph(sentence(help)),
  ]);
  return [`.Ss ${words(sentence(title).slice(0, -1))}`, '.Bl -tag -width indent', ...items, '.El'];
}

function optionSection(title: string, options: readonly OptionSpec[]): string[] {
  return [`.Sh ${title}`, ...optionList(options)];
}

function optionList(options: readonly OptionSpec[]): string[] {
  const items = options.flatMap((option) => {
    const short = option.short === undefined ? '' : `Fl ${words(option.short)} , `;
    return [
      `.It ${short}${optionMacro(option)}`,
      paragraph(sentence(option.help)),
      ...(option.repeatable ? [paragraph(sentence(text.repeatable))] : []),
      ...(option.details === undefined ? [] : [paragraph(option.details)]),
      ...(option.default === undefined ? [] : [paragraph(sentence(text.default(option.default)))]),
    ];
  });
  return ['.Bl -tag -width indent', ...items, '.El'];
}

function exitSection(): string[] {
  const items = exitWords.flatMap(({ code, meaning }) => [`.It ${code}`, paragraph(sentence(meaning))]);
  return ['.Sh EXIT STATUS', '.Bl -tag -width 130', ...items, '.El'];
}

function exampleSection(examples: readonly Example[]): string[] {
  const unique = examples.filter(
    ({ command }, index) => examples.findIndex((other) => other.command === command) === index,
  );
  return [
    '.Sh EXAMPLES',
    ...unique.flatMap(({ title, command }, index) => [
      ...(index === 0 ? [] : ['.Pp']),
      paragraph(`${sentence(title).slice(0, -1)}:`),
      '.Bd -literal -offset indent',
      ...shellLines(command, EXAMPLE_WIDTH).map(literal),
      '.Ed',
    ]),
  ];
}

function seeAlso(pages: readonly string[]): string[] {
  const ordered = [...pages].sort(
    (a, b) => a.slice(-1).localeCompare(b.slice(-1)) || a.slice(0, -2).localeCompare(b.slice(0, -2)),
  );
  return [
    '.Sh SEE ALSO',
    ...ordered.map((name, index) => {
      const [title, section] = [name.slice(0, -2), name.slice(-1)];
      return `.Xr ${title} ${section}${index < ordered.length - 1 ? ' ,' : ''}`;
    }),
  ];
}

/** Help is written without a capital and a full stop. A list of words to type keeps its small letters. */
const sentence = (help: string): string =>
  `${help.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase())}.`;
