import { expect, test } from 'vitest';
import { columns, shellLines, wrap } from '../../src/cli/layout.ts';

test('words are wrapped at spaces, one longer than the line stands alone', () => {
  expect(wrap('ab cd ef', 5)).toEqual(['ab cd', 'ef']);
  expect(wrap('a abcdefgh b', 4)).toEqual(['a', 'abcdefgh', 'b']);
  expect(wrap('', 4)).toEqual(['']);
});

test('the right column is aligned and wrapped', () => {
  const rows = [
    { left: 'a', right: 'one two three four five six' },
    { left: 'long', right: 'x' },
  ];
  expect(columns(rows, 30)).toEqual(['  a     one two three four', '        five six', '  long  x']);
});

test('a left column too wide for two has its text on the next line', () => {
  const wide = '-'.repeat(40);
  expect(
    columns(
      [
        { left: wide, right: 'what it is' },
        { left: 'a', right: 'b' },
      ],
      60,
    ),
  ).toEqual([`  ${wide}`, '     what it is', '  a  b']);
});

test('a shell line that fits stays as it is', () => {
  expect(shellLines('a | b', 5)).toEqual(['a | b']);
});

test('a pipe in parentheses stays whole', () => {
  expect(shellLines(`a | b >(c ")" | d) | e`, 10)).toEqual(['a \\', `  | b >(c ")" | d) \\`, '  | e']);
});

test('a longer one breaks at pipes, not at || and not in quotes', () => {
  expect(shellLines(`a "x | y" || b | c 'd | e'`, 10)).toEqual([`a "x | y" || b \\`, `  | c 'd | e'`]);
});
