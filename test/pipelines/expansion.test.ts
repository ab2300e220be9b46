// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours
import { describe, expect, test } from 'vitest';
import { refusalOf, wordsOf } from './words.ts';

const arguments_ = ['one', 'two words', ''];
const variables = { LOG: 'access.log', TWO: 'a b*', EMPTY: '', HOME: '/home/tide' };

describe('a parameter', () => {
  test.each<[text: string, words: string[]]>([
    ['$LOG ${LOG}.gz "$LOG"', ['access.log', 'access.log.gz', 'access.log']],
    ['$1 ${2} $# $0', ['one', 'two words', '3', 'tide.tm']],
    ['"$@"', ['one', 'two words', '']],
    ['$@', ['one', 'two words']],
    ['"<$@>"', ['<one', 'two words', '>']],
    ['"$*"', ['one two words ']],
    // A value stays one word, and is no pattern.
    ['$TWO x$TWO', ['a b*', 'xa b*']],
    ['$EMPTY x "$EMPTY"', ['x', '']],
    ['${U:-default} ${U-default} ${EMPTY:-default} ${EMPTY-default}', ['default', 'default', 'default']],
    ['${U:-two words} "${U:-two words}"', ['two', 'words', 'two words']],
    ["${U:-'two words'} ${U:-${LOG}}", ['two words', 'access.log']],
    ['${LOG:+--late-to "$TWO"} ${U:+no} ${EMPTY:+no} ${EMPTY+yes}', ['--late-to', 'a b*', 'yes']],
    ['${1:?no log}', ['one']],
    ['~ ~/x ~tide a~', ['/home/tide', '/home/tide/x', '~tide', 'a~']],
  ])('%s', (text, words) => {
    expect(wordsOf(text, { arguments: arguments_, variables })).toEqual([words]);
  });

  test('is no word where there are no arguments', () => {
    expect(wordsOf('a "$@" b')).toEqual([['a', 'b']]);
  });

  test.each([
    ['a |\n b $U', '2:4 $U is not set', 'give it a default: ${U:-…}'],
    ['a "x $1"', '1:6 $1: there is no such argument', 'give it behind the FILE'],
    ['a ${11}', '1:3 ${11}: there is no such argument', '${11:-…}'],
    ['a $constructor', '1:3 $constructor is not set', 'constructor=… tm run FILE'],
  ])('that is not set is refused: %j', (text, place, hint) => {
    const [told, advice] = refusalOf(text);
    expect(told).toBe(place);
    expect(advice).toContain(hint);
  });

  test.each([
    ['a ${1:?name the log}', '1:3 $1: name the log'],
    ['a ${U?}', '1:3 $U is not set'],
    ['a ${E:?$# of them}', '1:3 $E: 0 of them'],
  ])('may ask for itself: %s', (text, place) => {
    expect(refusalOf(text, { variables: { E: '' } })).toEqual([place, undefined]);
  });
});

describe('a pattern', () => {
  const matches = (pattern: string): string[] => (pattern.endsWith('none') ? [] : [`<${pattern}>`, 'b']);

  test.each<[text: string, words: string[]]>([
    ['*.log x', ['<*.log>', 'b', 'x']],
    ["'a*'*", ['<a\\**>', 'b']],
    ['"*" \\* \'?\'', ['*', '*', '?']],
    ['[ab]?none', ['[ab]?none']],
    ['${U:-*.log}', ['<*.log>', 'b']],
    ['"$STAR"$STAR', ['**']],
  ])('%s', (text, words) => expect(wordsOf(text, { matches, variables: { STAR: '*' } })).toEqual([words]));
});
