import type { StageWord } from '../pipelines/expansion.ts';

/** `…, at character 8 of 'status = 500'`: what expressions and aggregates say of their text. */
const IN_TEXT = /, at character (\d+) of '(.*)'$/s;
/** What a message quotes, and the options that it names. */
const SUBJECTS = /'([^']+)'|(?<![\w-])(--[a-z][a-z-]*)/g;
/** The option that a message is told of before all else: what it says behind is nearer to the place. */
const TOLD_OF = /^(--[a-z][a-z-]*): /;
/** How messages name what they are about without quotes: a path as it was written, a result, a value at the end. */
const NAMED = [
  /\b(?:field|column|member|named|wanted of) (\S+?)[:,]?(?=\s|$)/g,
  /\b(?:and|has an?) (\S+?)(?= is\b|:)/g,
  /: (\S+)$/g,
];

/** What may be a file that it names. */
const FILES = /(?:^|\s)(\S*[./]\S*?)[:,]?(?=\s|$)/g;

/**
 * Where in the text of a pipeline that stands which a message is about, as far as the message tells: a character of an
 * expression, a field, a word that it quotes, an option.
 * @param text of the pipeline
 * @param words of the stage
 * @returns an index into the text; undefined: nothing in it is meant more than all
 */
export function placeMeant(text: string, words: readonly StageWord[], message: string): number | undefined {
  const [, character, quoted] = IN_TEXT.exec(message) ?? [];
  if (quoted !== undefined) {
    const word =
      words.find((each) => each.text === quoted) ?? words.find((each) => each.text.endsWith(quoted));
    if (word !== undefined) {
      const before = [...quoted].slice(0, Number(character) - 1).join('').length;
      return insideOf(text, word, word.text.length - quoted.length + before);
    }
  }
  const told = message.replace(TOLD_OF, '');
  for (const [, subject, option] of told.matchAll(SUBJECTS)) {
    const found = wordOf(subject ?? option!, words);
    if (found !== undefined) return found.offset;
  }
  for (const [, name] of NAMED.flatMap((pattern) => [...told.matchAll(pattern)])) {
    for (const word of words) {
      const at = indexOfName(word.text, name!);
      if (at >= 0) return insideOf(text, word, at);
    }
  }
  for (const [, file] of told.matchAll(FILES)) {
    for (const word of words) {
      const at = indexOfName(word.text, file!);
      if (at >= 0) return insideOf(text, word, at);
    }
  }
  const [, option] = TOLD_OF.exec(message) ?? [];
  return option === undefined ? undefined : wordOf(option, words)?.offset;
}

/** The word that is what is meant, or that option with its value. */
const wordOf = (meant: string, words: readonly StageWord[]): StageWord | undefined =>
  words.find((word) => word.text === meant || word.text.startsWith(`${meant}=`));

/** What is named is no part of a longer name. */
function indexOfName(word: string, name: string): number {
  for (let at = word.indexOf(name); at >= 0; at = word.indexOf(name, at + 1)) {
    const [before = '', behind = ''] = [word[at - 1], word[at + name.length]];
    if (!NAME_LETTER.test(before) && !NAME_LETTER.test(behind)) return at;
  }
  return -1;
}

const NAME_LETTER = /[\p{L}\p{N}_$@.]/u;

/** Where a letter of a word stands; the word's start, where its text has quotes, escapes or parameters in it. */
function insideOf(text: string, word: StageWord, index: number): number {
  for (const from of [word.offset, word.offset + 1])
    if (text.startsWith(word.text, from)) return from + index;
  return word.offset;
}
