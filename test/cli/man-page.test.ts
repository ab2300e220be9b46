import { describe, expect, test } from 'vitest';
import { commonOptionsOf } from '../../src/cli/common-options.ts';
import { commandHelp } from '../../src/cli/help.ts';
import { manPage, overviewPage } from '../../src/cli/man-page.ts';
import { paragraph } from '../../src/cli/mdoc.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { plain } from '../../src/cli/terminal.ts';
import { commands } from '../../src/commands/registry.ts';
import type { CommandSyntax, OptionSpec } from '../../src/commands/spec.ts';
import { TidemarkError } from '../../src/errors.ts';
import { tide, tides } from './tide-command.ts';

const specs = await Promise.all(commands.map(({ load }) => load()));

/** Names that a page explains. */
const inManual = (page: string): Set<string> =>
  new Set(
    page.split('\n').flatMap((line) => [...line.matchAll(/^\.It .*Fl "\\&\\-([a-z\\-]+)"/g)].map(named)),
  );

/** Names that the help of a command and of its kinds explains. */
const inHelp = (spec: CommandSyntax): Set<string> =>
  new Set(
    [undefined, ...spec.kinds].flatMap((kind) =>
      [...commandHelp(spec, kind, 100, plain).matchAll(/^ {2}(?:-[a-z], | {4})--([a-z-]+)/gm)].map(named),
    ),
  );

const named = (match: RegExpMatchArray): string => match[1]!.replaceAll('\\', '');

const optionsOf = (spec: CommandSyntax): readonly OptionSpec[] => [
  ...spec.options,
  ...spec.kinds.flatMap((kind) => kind.options),
  ...commonOptionsOf(spec),
];

describe.each([...specs, tide, tides].map((spec) => [spec.name, spec] as const))('%s', (_, spec) => {
  test('its page, its help and its parser have the same options', () => {
    const names = new Set(optionsOf(spec).map(({ name }) => name));
    expect(inManual(manPage(spec, '1.0.0'))).toEqual(names);
    expect(inHelp(spec)).toEqual(names);
    const accepts = ({ name }: OptionSpec, kind: readonly string[]): boolean => {
      try {
        parseCommandLine(spec, [...kind, `--${name}`]);
      } catch (error) {
        return error instanceof TidemarkError && !error.message.startsWith('unknown option');
      }
      return true;
    };
    for (const option of [...spec.options, ...commonOptionsOf(spec)]) expect(accepts(option, [])).toBe(true);
    for (const kind of spec.kinds) {
      for (const option of kind.options) expect(accepts(option, [kind.name])).toBe(true);
    }
  });

  test('its page shows all of its examples', () => {
    const page = manPage(spec, '1.0.0').replaceAll(/ \\e\n {2}(?=\|)/g, ' ');
    for (const { command } of [...spec.examples, ...spec.kinds.flatMap((kind) => kind.examples)]) {
      expect(page).toContain(
        command
          .replaceAll('\\', '\\e')
          .replaceAll('-', '\\-')
          .replaceAll("'", '\\(aq')
          .replaceAll('"', '\\(dq'),
      );
    }
  });
});

test('a page has the version, and no other thing that changes from build to build', () => {
  expect(manPage(tide, '1.2.3')).toContain('tidemark 1.2.3');
  expect(manPage(tide, '1.2.3')).toBe(manPage(tide, '1.2.3'));
});

test('the page of tm names the page of every command', () => {
  const page = overviewPage(specs, '1.0.0');
  for (const { name } of specs) expect(page).toContain(`.It Xr tm-${name} 1\n`);
});

describe('text for mdoc(7)', () => {
  test.each([
    ['a \\n b', 'a \\en b'],
    ['one. Two', 'one.\nTwo'],
    ['e.g. this and A. B', 'e.g. this and A. B'],
    [".5 of 'it'", '\\&.5 of \\(aqit\\(aq'],
    ['as `--by x` says', 'as \\fB\\-\\-by x\\fP says'],
    ['with --late-to given', 'with \\fB\\-\\-late\\-to\\fP given'],
    ['a-b, 1-2', 'a\\-b, 1\\-2'],
  ])('%j is safe', (text, expected) => expect(paragraph(text)).toBe(expected));
});
