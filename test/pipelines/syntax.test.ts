// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's parameters, not ours
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { refusalOf, wordsOf } from './words.ts';

describe('the text of a pipeline', () => {
  test.each<[name: string, text: string, words: string[][]]>([
    ['has stages between |', 'a b|c | d', [['a', 'b'], ['c'], ['d']]],
    ['goes on behind a line that ends with |', 'a |\n\n  b', [['a'], ['b']]],
    ['goes on with a line that begins with |', 'a\n\n  | b\n|c\n', [['a'], ['b'], ['c']]],
    ['goes on behind a backslash at the end of a line', 'a b\\\nc \\\n  d', [['a', 'bc', 'd']]],
    ['has comments, also between the lines of a pipe', '#!/x\n# a|b\na # c\n# d\n| b #e', [['a'], ['b']]],
    ['has no comment within a word', "a#b 'c'#d", [['a#b', 'c#d']]],
    ['may have line ends of Windows', 'a |\r\n b \\\r\n c\r\n', [['a'], ['b', 'c']]],
    ['takes everything in single quotes as it is', `a '$x "\\\n|#;'`, [['a', '$x "\\\n|#;']]],
    ['has four letters to escape in double quotes', '"\\$\\`\\"\\\\\\n"', [['$`"\\\\n']]],
    ['joins lines in double quotes', '"a\\\nb\nc"', [['ab\nc']]],
    ['joins pieces to one word', `a'b'"c"\\ d`, [['abc d']]],
    ['has empty words where there are quotes', `'' "" a`, [['', '', 'a']]],
    ['has a $ that begins nothing', 'a$ "$" $%', [['a$', '$', '$%']]],
    [
      'has pipelines in <(…) as words',
      'a <(b c|d) <( e\n| <(f)\n)| g',
      [['a', '<(b c|d)', '<( e\n| <(f)\n)'], ['g']],
    ],
    [
      'has pipelines in <(…) behind an equals sign',
      `a x=<(b c|d) 'y[]='<(e) --side=z[k]=<(f)`,
      [['a', 'x=<(b c|d)', 'y[]=<(e)', '--side=z[k]=<(f)']],
    ],
    ['keeps braces, commas and equals signs', 'x=1 {a,b} n=count', [['x=1', '{a,b}', 'n=count']]],
  ])('%s', (_name, text, words) => expect(wordsOf(text)).toEqual(words));

  test.each<[text: string, place: string, hint: string]>([
    ['a < b', '1:3 < is not read here', 'tm source FILE'],
    ['a x<(b)', '1:4 <(…) is not read here', '--side NAME=<(…)'],
    ['a <(b', '1:3 this <( is not closed', 'close it with )'],
    ['a <()', '1:3 there is no stage in <(…)', 'tm source'],
    ['a <(b |)', '1:7 a stage is missing behind |', 'name it'],
    ['a <(b)c', '1:7 <(…) is a word of its own', 'a blank'],
    ['a <(b\nc)', '2:1 a second command begins here', 'one pipeline'],
    ['a <(b) )', '1:8 ) has a meaning', "'n = sum(bytes)'"],
    ['a |\n b > c', '2:4 > is not written here', 'tm sink FILE'],
    ['a 2>c', '1:4 > is not written here', 'tm sink FILE'],
    ['a; b', '1:2 a second command would begin behind ;', 'one pipeline'],
    ['a && b', '1:3 a second command would begin behind &&', 'tm run FILE &&'],
    ['a || b', '1:3 a second command would begin behind ||', 'tm run FILE ||'],
    ['a |& b', '1:3 |& would mix messages', 'joined by |'],
    ['a &', '1:3 & would let', 'tm run FILE &'],
    ['a $(b)', '1:3 $(…) is not run here', 'NAME="$(…)" tm run FILE'],
    ['a "x$(b)"', '1:5 $(…) is not run here', 'NAME="$(…)" tm run FILE'],
    ['a `b`', '1:3 `…` is not run here', 'NAME="$(…)" tm run FILE'],
    ['a "`b`"', '1:4 `…` is not run here', 'NAME="$(…)" tm run FILE'],
    ['a n=sum(x)', '1:8 ( has a meaning', "'n = sum(bytes)'"],
    ["a $'b'", "1:3 $' is not known to every shell", 'leave the $ out'],
    ['a $? b', '1:3 $? means nothing here', '${NAME:-default}'],
    ['a ${b%c}', '1:3 this ${…} is not known here', '${NAME:-default}'],
    ['a ${b', '1:3 this ${…} is not known here', '${NAME:-default}'],
    ['a ${#b}', '1:3 this ${…} is not known here', '${NAME:-default}'],
    ['a |\n', '1:3 a stage is missing behind |', 'leave the | out'],
    ['a | | b', '1:5 a stage is missing before |', 'leave the | out'],
    ['| b', '1:1 a stage is missing before |', 'leave the | out'],
    ['a\nb', '2:1 a second command begins here', 'end the line before with |'],
    ["é 'b", '1:4 the quote is not closed', "close it with '"],
  ])('refuses %j, and says what to do', (text, place, hint) => {
    const [told, advice] = refusalOf(text);
    expect(told.slice(0, place.length)).toBe(place);
    expect(advice).toContain(hint);
  });

  test.each([
    ['a "b', '1:3 the quote is not closed'],
    ['a ${b:-c d', '1:3 the brace is not closed'],
    ['a "${b:-c" d', '1:10 a double quote inside of "${…}"'],
  ])('refuses %j', (text, place) => expect(refusalOf(text)[0]).toBe(place));

  it('is wanted', () => {
    for (const text of ['', ' \n\t', '# only this']) {
      expect(() => wordsOf(text)).toThrow('tide.tm: there is no stage in the text');
    }
  });
});

describe('words', () => {
  const pieces = fc.oneof(
    fc.constantFrom('a', 'b=', ' ', '  ', '\t', '\\\n', "'", '"', '\\', '#', ' #', '\n', '$', '~', 'é'),
    fc.constantFrom(
      '$A',
      '${A}',
      '$E',
      '"$E"',
      '${U:-a b}',
      '"${U-x y}"',
      '${E:+no}',
      '${A:+a "$A" c}',
      '${E-x}',
    ),
    fc.constantFrom(
      '"$@"',
      '$@',
      '"a$@b"',
      '$#',
      '"$*"',
      '$1',
      '${2}',
      '${A:-$(',
      '%',
      '~/x',
      '"',
      "'",
      '\\"',
      '\\$',
    ),
  );
  const texts = fc.array(pieces, { maxLength: 12 }).map((drawn) => drawn.join(''));

  /** What sh makes of texts: the words of each, or undefined where it is more than one simple command. */
  function shell(all: readonly string[]): string[][] {
    const script = all.map((text) => `printf '%s\\0' w ${text} e\nprintf '=end=\\0'\n`).join('');
    const { stdout } = spawnSync('/bin/sh', ['-c', script, 'tide.tm', 'one', 'two'], {
      env: { A: 'value', E: '', HOME: '/home/tide', LC_ALL: 'C.UTF-8', PATH: '/nowhere' },
    });
    const words = stdout.toString().split('\0').slice(0, -1);
    const lists: string[][] = [];
    for (let list: string[] = []; words.length > 0; ) {
      const word = words.shift()!;
      if (word !== '=end=') list.push(word);
      else {
        lists.push(list);
        list = [];
      }
    }
    return lists;
  }

  const surroundings = {
    arguments: ['one', 'two'],
    variables: { A: 'value', E: '', HOME: '/home/tide' },
  };

  /** Undefined: it is refused, or no single stage. */
  function ours(text: string): string[] | undefined {
    try {
      const stages = wordsOf(`w ${text} e`, surroundings);
      return stages.length === 1 ? stages[0] : undefined;
    } catch {
      return undefined;
    }
  }

  // Outside of quotes sh takes a value with blanks for several words: no value here has any.
  it('are those of sh', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 40, maxLength: 40 }), (drawn) => {
        const known = drawn.filter((text) => ours(text) !== undefined);
        expect(known.map((text) => [text, ours(text)])).toEqual(
          shell(known).map((words, index) => [known[index], words]),
        );
      }),
      { numRuns: 25 },
    );
  });
});
