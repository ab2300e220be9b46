import {
  type CommandSyntax,
  type Example,
  type OptionSpec,
  type Syntax,
  withShared,
} from '../commands/spec.ts';
import { commonOptionsOf } from './common-options.ts';
import { columns, type Row, shellLines, wrap } from './layout.ts';
import { programName, words } from './messages.ts';
import { argumentWord, optionWord, usageLine, usageLines } from './synopsis.ts';
import type { Style } from './terminal.ts';

/** Examples at the end of a help text; the manual has all of them. */
const EXAMPLES = 2;

/**
 * What `tm NAME --help` and `tm NAME KIND --help` show.
 * @param width columns of the terminal
 */
export function commandHelp(
  spec: CommandSyntax,
  kind: Syntax | undefined,
  width: number,
  style: Style,
): string {
  const command = programName(spec.name);
  const syntax = kind === undefined ? spec : withShared(spec, kind);
  const name = kind === undefined ? command : `${command} ${kind.name}`;
  const lists = kind === undefined && spec.kinds.length > 0;
  const sections = [
    wrap(`${name}: ${syntax.summary}`, width),
    section(words.usage, usageSection(lists ? usageLines(spec) : [usageLine(name, syntax)], width), style),
    lists ? section(words.kinds, columns(spec.kinds.map(rowOfKind), width), style) : [],
    section(words.arguments, columns(syntax.arguments.map(rowOfArgument), width), style),
    ...(syntax.lists ?? []).map(({ title, words: list }) =>
      section(title, columns(list.map(rowOfWord), width), style),
    ),
    section(words.options, columns(syntax.options.map(rowOfOption), width), style),
    section(words.commonOptions, columns(commonOptionsOf(spec).map(rowOfOption), width), style),
    [...(lists ? [words.moreOfKind(command)] : []), words.moreInManual(spec.name)].flatMap((line) =>
      wrap(line, width),
    ),
    examplesSection(syntax.examples, width, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.heading(`${title}:`), ...lines];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** A usage line that is too long goes on under its own arguments. */
const usageSection = (lines: readonly string[], width: number): string[] =>
  lines.flatMap((line) => {
    const [first = '', ...rest] = wrap(line, width - 6);
    return indent([first, ...indent(indent(rest))]);
  });

const rowOfKind = (kind: Syntax): Row => ({
  left: [kind.name, ...kind.arguments.map(argumentWord)].join(' '),
  right: kind.summary,
});

const rowOfArgument = ({ name, help }: { name: string; help: string }): Row => ({ left: name, right: help });

const rowOfWord = ({ word, help }: { word: string; help: string }): Row => ({ left: word, right: help });

function rowOfOption(option: OptionSpec): Row {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const notes = [
    ...(option.repeatable ? [words.repeatable] : []),
    ...(option.default === undefined ? [] : [words.default(option.default)]),
  ];
  return {
    left: short + optionWord(option),
    right: notes.length === 0 ? option.help : `${option.help} (${notes.join('; ')})`,
  };
}

function examplesSection(examples: readonly Example[], width: number, style: Style): string[] {
  const lines = examples
    .slice(0, EXAMPLES)
    .flatMap(({ title, command }) => [
      ...wrap(title, width - 4).map((line) => style.faint(`  # ${line}`)),
      ...indent(shellLines(command, width - 2)),
    ]);
  return section(words.examples, lines, style);
}
