import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseTestText } from '../../src/pipelines/test-text.ts';
import { differences, type TestOutcome, updatedText } from '../../src/pipelines/test-verdict.ts';

const parsed = (text: string) => parseTestText('a.tmtest', text);

describe('a test file', () => {
  it('has cases of sections; what stands before the first case holds for those that have none of their own', () => {
    const { cases } = parsed(`# About it.
--- pipeline
sink
--- input
shared

=== one
# What it is.
--- output
a

b

=== two words
--- input
own
--- input dir/file.csv
\\--- x
\\\\=== y
---
`);
    const shown = cases.map(({ name, line, sections }) => ({
      name,
      line,
      sections: sections.map(({ kind, words, lines }) => [kind, ...words, lines]),
    }));
    expect(shown).toEqual([
      {
        name: 'one',
        line: 7,
        sections: [
          ['pipeline', ['sink']],
          ['input', ['shared']],
          ['output', ['a', '', 'b']],
        ],
      },
      {
        name: 'two words',
        line: 14,
        sections: [
          ['pipeline', ['sink']],
          ['input', ['own']],
          ['input', 'dir/file.csv', ['--- x', '\\=== y', '---']],
        ],
      },
    ]);
  });

  it('without a case is one', () => {
    expect(parsed('--- pipeline\nsink\n').cases).toMatchObject([{ name: undefined, line: 1 }]);
  });

  test.each([
    ['hello\n', 1, 'this line is of no section'],
    ['--- pipline\nsink', 1, "there is no section 'pipline'"],
    ['=== \n', 1, 'the case has no name'],
    ['=== a\n--- pipeline\nx\n=== a\n', 4, "a second case 'a'"],
    ['=== a\n--- input\nx\n', 1, 'the case has no pipeline'],
    ['--- output\nx\n=== a\n--- pipeline\nx', 1, 'output is of one case'],
    ['--- pipeline\nx\n--- pipeline\ny', 3, 'a second pipeline'],
    ['--- pipeline\nx\n--- output a.csv\n--- output a.csv as json', 4, 'a second output a.csv'],
    ['--- pipeline\nx\n--- output a.csv as yaml', 3, "'a.csv as yaml' does not belong to output"],
    ['--- pipeline now\nx', 1, "'now' does not belong to pipeline"],
    ['--- pipeline\nx\n--- input ../x', 3, '../x is not in the folder of the test'],
    ['--- pipeline\nx\n--- output /etc/x', 3, '/etc/x is not in the folder of the test'],
    ['--- pipeline\nx\n--- messages\n--- error', 4, 'messages of a run that succeeds, and the error'],
    ['--- pipeline\nx\n--- error soon', 3, "'soon' is no exit code"],
    ['--- pipeline\nx\n--- clock noon', 3, 'the clock stands at an instant'],
    ['--- pipeline\nx\n--- variables\nA=1\nB', 5, 'a variable is set as NAME=VALUE'],
  ])('that is wrong is told with its line: %j', (text, line, message) => {
    let thrown: unknown;
    try {
      parsed(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'usage', where: 'a.tmtest', line });
    expect((thrown as Error).message).toContain(message);
    expect(thrown).toHaveProperty('hint');
  });
});

const outcome = (changes: Partial<TestOutcome>): TestOutcome => ({
  code: 0,
  stdout: '',
  stderr: '',
  files: new Map(),
  ...changes,
});

const kinds = (text: string, changes: Partial<TestOutcome>): string[] =>
  differences(parsed(text).cases[0]!, outcome(changes)).map((each) =>
    each.kind === 'lines' ? each.of : each.kind,
  );

describe('what is otherwise than expected', () => {
  test.each<[string, Partial<TestOutcome>, string[]]>([
    ['', {}, []],
    ['', { stdout: 'x\n' }, ['output']],
    ['', { stderr: 'x\n' }, ['messages']],
    ['', { code: 1 }, ['code']],
    ['--- output\nx\n', { stdout: 'x\n\n' }, []],
    ['--- output\nx\n', { stdout: ' x\n' }, ['output']],
    ['--- output\n{"a":1,"b":[2]}\n', { stdout: '{"b":[2],"a":1}\n' }, ['output']],
    ['--- output as json\n{"a":1,"b":[2.0]}\n', { stdout: '{"b":[2],"a":1}\n' }, []],
    ['--- output as json\n{"a":9007199254740993}\n', { stdout: '{"a":9007199254740992}\n' }, ['output']],
    ['--- output as json\n{"a":[1,2]}\n', { stdout: '{"a":[2,1]}\n' }, ['output']],
    ['--- output as json\n{"a":\n', { stdout: '{"a":\n' }, []],
    ['--- output a.csv\n', {}, ['missing']],
    ['--- output a.csv\nx\n', { files: new Map([['a.csv', 'y\n']]) }, ['a.csv']],
    ['--- messages\nx\n', { stderr: 'x\n' }, []],
    ['--- error\nx\n', { stderr: 'x\n', code: 3 }, []],
    ['--- error 2\nx\n', { stderr: 'x\n', code: 3 }, ['code']],
    ['--- error\nx\n', { stderr: 'x\n', code: 0 }, ['code']],
  ])('%j against %j', (sections, changes, expected) => {
    expect(kinds(`--- pipeline\nsink\n${sections}`, changes)).toEqual(expected);
  });
});

describe('--update', () => {
  const line = fc.constantFrom('', 'a', '--- x', '\\=== y', '---', '{"a":1}');
  const text = fc.array(line, { maxLength: 4 }).map((all) => all.map((each) => `${each}\n`).join(''));
  const sections = fc.subarray([
    '--- output\nold\n',
    '--- output as json\n',
    '--- output a.csv\nold\n\n',
    '--- output b.csv\n',
    '--- messages\nold\n',
    '--- error\nold\n\n',
  ]);

  it('writes a file whose cases are as they were run, and leaves it alone then', () => {
    const cases = fc.record({ sections, stdout: text, stderr: text, a: text, code: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.array(cases, { minLength: 1, maxLength: 3 }), (all) => {
        const source = all
          .map(({ sections: own }, index) => {
            const both = own.some((each) => each.startsWith('--- messages'));
            const once = own.some((each) => each.startsWith('--- output\n'));
            const kept = own.filter(
              (each) =>
                !(both && each.startsWith('--- error')) && !(once && each.startsWith('--- output as')),
            );
            return `=== ${index}\n--- pipeline\nsink\n${kept.join('')}`;
          })
          .join('\n');
        const outcomes = new Map(
          all.map(({ stdout, stderr, a, code }, index): [string, TestOutcome] => [
            String(index),
            {
              code,
              stdout,
              stderr,
              files: new Map([
                ['a.csv', a],
                ['b.csv', ''],
              ]),
            },
          ]),
        );
        const update = (from: string): string => updatedText(parsed(from), ({ name }) => outcomes.get(name!));
        const updated = update(source);
        for (const each of parsed(updated).cases)
          expect(differences(each, outcomes.get(each.name!)!)).toEqual([]);
        expect(update(updated)).toBe(updated);
      }),
    );
  });
});
