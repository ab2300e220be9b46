import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { combineCommand } from '../../src/commands/combine.ts';
import { runCommand } from '../../src/commands/run.ts';
import type { CommandSyntax } from '../../src/commands/spec.ts';
import { TidemarkError } from '../../src/errors.ts';
import { tide, tides } from './tide-command.ts';

function parsed(spec: CommandSyntax, line: string) {
  const result = parseCommandLine(spec, line.split(' ').filter(Boolean));
  if (result.action !== 'run') throw new Error(`it asks for ${result.action}`);
  const { given, common } = result;
  return { kind: given.kind, arguments: given.arguments, options: Object.fromEntries(given.options), common };
}

function refusal(spec: CommandSyntax, line: string): string {
  try {
    parsed(spec, line);
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    expect(error.code).toBe('usage');
    return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  }
  throw new Error(`accepted: ${line}`);
}

describe('arguments and options', () => {
  test('arguments keep their order, options are parsed by their specs', () => {
    const { arguments: words, options } = parsed(tide, '5 --every 1h30m -f 6 7');
    expect(words).toEqual(['5', '6', '7']);
    expect(options).toEqual({ every: 5_400_000, follow: true });
  });

  test('an option that is not given is absent, whatever its default', () => {
    expect(parsed(tide, '5').options).toEqual({});
  });

  test('a value stands behind the option or an equals sign, and may be empty or begin with a dash', () => {
    expect(parsed(tide, '5 --at=Husum').options).toEqual({ at: ['Husum'] });
    expect(parsed(tide, '5 --at= --at -n --at --every').options).toEqual({ at: ['', '-n', '--every'] });
    expect(parsed(tide, '5 -aHusum').options).toEqual({ at: ['Husum'] });
  });

  test('an option that is not repeatable is refused when it is given twice: neither is dropped in silence', () => {
    expect(refusal(tide, '5 --every 1s --every 2s')).toBe('--every is given twice');
    expect(refusal(combineCommand, 'n=count --by a --by b')).toBe(
      '--by is given twice\ngive all behind one, separated by commas: --by A,B',
    );
  });

  test('behind -- everything is an argument', () => {
    expect(parsed(tide, '-- --every --stats').arguments).toEqual(['--every', '--stats']);
  });

  test('a negative number is an argument', () => {
    expect(parsed(tide, '-5').arguments).toEqual(['-5']);
  });

  test('values are told with the option that they were given to', () => {
    expect(refusal(tide, '5 --every 5x')).toMatch(/^--every '5x': /);
    expect(refusal(tide, '5 --unit mile')).toBe("--unit: 'mile' is not one of metre, foot");
  });
});

describe('a command that takes the rest', () => {
  test('has options before its first argument only: what is behind belongs to that', () => {
    const {
      arguments: words,
      options,
      common,
    } = parsed(runCommand, '--dry-run -q a.tm --stats -q -- --text x');
    expect(words).toEqual(['a.tm', '--stats', '-q', '--', '--text', 'x']);
    expect(options).toEqual({ 'dry-run': true });
    expect(common).toMatchObject({ quiet: true, stats: false });
  });

  test('takes the word behind a short option for its value, whatever it looks like', () => {
    const { arguments: words, options, common } = parsed(runCommand, '-e --stats --stats a');
    expect({ words, options, common }).toMatchObject({
      words: ['a'],
      options: { text: '--stats' },
      common: { stats: 'text' },
    });
    expect(parsed(runCommand, '-e x -- --stats').arguments).toEqual(['--stats']);
    expect(refusal(runCommand, '-e x --fast')).toBe(
      "unknown option '--fast'\ntm run --help lists the options",
    );
  });
});

describe('options of every command', () => {
  test('have defaults', () => {
    expect(parsed(tide, '5').common).toEqual({
      quiet: false,
      stats: false,
      eof: 'cut',
      maxLine: 16 * 1024 * 1024,
      debug: false,
    });
  });

  test('are read wherever they stand', () => {
    const expected = { quiet: true, stats: 'json', eof: 'drain', maxLine: 65_536, debug: true };
    const options = '-q --stats=json --eof drain --max-line 64KiB --debug';
    expect(parsed(tide, `${options} 5`).common).toEqual(expected);
    expect(parsed(tide, `5 ${options}`).common).toEqual(expected);
  });

  test('--stats takes a value behind an equals sign only', () => {
    const { common, arguments: words } = parsed(tide, '--stats json');
    expect(common.stats).toBe('text');
    expect(words).toEqual(['json']);
    expect(parsed(tide, '5 --at --stats').options).toEqual({ at: ['--stats'] });
    expect(refusal(tide, '5 --stats=xml')).toBe("--stats: 'xml' is not one of text, json");
  });

  test('stand before a kind or behind it', () => {
    expect(parsed(tides, '--quiet ebb 5 --debug').common).toMatchObject({ quiet: true, debug: true });
  });

  test('a command that reads records has no --eof', () => {
    expect(refusal(tides, 'ebb 5 --eof drain')).toMatch(/^unknown option '--eof'/);
  });

  test.each([
    ['1', 1],
    ['10B', 10],
    ['64KiB', 65_536],
    ['2mib', 2_097_152],
    ['1GiB', 1_073_741_824],
  ])('--max-line %s is %i bytes', (text, bytes) => {
    expect(parsed(tide, `5 --max-line ${text}`).common.maxLine).toBe(bytes);
  });

  test.each(['0', '2GiB', '-1', '1.5MiB', '1tb', 'many', ''])('--max-line %s is refused', (text) => {
    expect(refusal(tide, `5 --max-line=${text}`)).toMatch(/^--max-line/);
  });
});

describe('kinds', () => {
  test('have their own arguments and options', () => {
    expect(parsed(tides, 'ebb 5 --every 1s')).toMatchObject({
      kind: 'ebb',
      arguments: ['5'],
      options: { every: 1000 },
    });
    expect(parsed(tides, 'flood -f')).toMatchObject({
      kind: 'flood',
      arguments: [],
      options: { follow: true },
    });
  });

  test('a missing one is told with those that there are', () => {
    expect(refusal(tides, '')).toBe('the kind is missing: one of ebb, flood\nusage: tm tides KIND …');
    expect(refusal(tides, '--quiet')).toMatch(/^the kind is missing/);
  });

  test('a misspelled one is told with what was meant', () => {
    expect(refusal(tides, 'eb 5')).toMatch(/^unknown kind 'eb' \(did you mean ebb\?\)/);
    expect(refusal(tides, 'moon')).toMatch(/^unknown kind 'moon': one of ebb, fl/);
  });

  test('an option of a kind before it is told where it belongs', () => {
    const hint = 'options of a kind stand behind it: tm tides KIND [OPTION]…';
    expect(refusal(tides, '--every 1s ebb 5')).toBe(`unknown option '--every'\n${hint}`);
    expect(refusal(tides, '--evry 1s')).toBe(`unknown option '--evry' (did you mean --every?)\n${hint}`);
  });

  test('an option of another kind is unknown', () => {
    expect(refusal(tides, 'ebb 5 --follow')).toBe(
      "unknown option '--follow'\nit is an option of tm tides flood",
    );
  });
});

describe('wrong lines', () => {
  const usage = 'usage: tm tide HEIGHT [MORE…] [OPTION]…';
  test.each([
    ['', `HEIGHT is missing\n${usage}`],
    ['5 --evry 1s', "unknown option '--evry' (did you mean --every?)"],
    ['5 --quite', "unknown option '--quite' (did you mean --quiet?)"],
    ['5 --zzzzz', "unknown option '--zzzzz'\ntm tide --help lists the options"],
    ['5 -z', "unknown option '-z'\ntm tide --help lists the options"],
    [
      '--height 5',
      "unknown option '--height'\nHEIGHT stands without an option before it: tm tide HEIGHT [MORE…] [OPTION]…",
    ],
    ['5 --every', `--every needs a value: DURATION\n${usage}`],
    ['5 --follow=no', `--follow takes no value\n${usage}`],
    ['5 --quiet=no', `--quiet takes no value\n${usage}`],
  ])('%j is refused', (line, message) => {
    expect(refusal(tide, line)).toBe(message);
  });

  test('an argument too many is named', () => {
    expect(refusal(tides, 'ebb 5 6')).toBe(
      "'6' is one argument too many\nusage: tm tides ebb DEPTH [--every DURATION]",
    );
    expect(refusal(tides, 'flood x')).toMatch(/^'x' is one argument too many/);
  });
});

describe('--help and --version', () => {
  test.each(['--help', '-h', '5 --help', '--evry --help', '-fh'])(
    '%s asks for help, whatever else is wrong',
    (line) => {
      expect(parseCommandLine(tide, line.split(' '))).toEqual({ action: 'help', kind: undefined });
    },
  );

  test('behind a kind they ask for that kind', () => {
    expect(parseCommandLine(tides, ['ebb', '--help'])).toEqual({ action: 'help', kind: tides.kinds[0] });
    expect(parseCommandLine(tides, ['--help', 'ebb'])).toEqual({ action: 'help', kind: undefined });
  });

  test('as values they are values', () => {
    expect(parsed(tide, '5 --at --help').options).toEqual({ at: ['--help'] });
  });

  test('--version asks for the version', () => {
    expect(parseCommandLine(tide, ['--version'])).toEqual({ action: 'version' });
    expect(parseCommandLine(tides, ['ebb', '--version'])).toEqual({ action: 'version' });
  });
});
