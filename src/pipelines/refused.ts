const IN_ADVANCE =
  'have it done before, and hand the result over: NAME="$(…)" tm run FILE, and $NAME in the text';
const QUOTE_IT = "an argument with such letters stands in quotes: 'n = sum(bytes)'";
const QUOTE_COMPARISON = "a comparison stands in quotes: 'n > 3'";

/** What has a meaning in the shell and none here: message, hint. */
const REFUSED: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  [
    '<(',
    [
      '<(…) is not read here',
      'it is an input of tm merge, or the stream of a side input: tm merge <(…) <(…), --side NAME=<(…)',
    ],
  ],
  ['<', ['< is not read here', `name the file at the first stage: tm source FILE; ${QUOTE_COMPARISON}`]],
  ['>', ['> is not written here', `name the file at the last stage: tm sink FILE; ${QUOTE_COMPARISON}`]],
  [';', ['a second command would begin behind ;', 'a text holds one pipeline: stages are joined by |']],
  [
    '&',
    ['& would let the pipeline run by itself', 'put it behind the line that runs the text: tm run FILE &'],
  ],
  [
    '&&',
    ['a second command would begin behind &&', 'put it behind the line that runs the text: tm run FILE && …'],
  ],
  [
    '||',
    ['a second command would begin behind ||', 'put it behind the line that runs the text: tm run FILE || …'],
  ],
  ['|&', ['|& would mix messages into the stream', 'stages are joined by |']],
  ['(', ['( has a meaning in the shell', QUOTE_IT]],
  [')', [') has a meaning in the shell', QUOTE_IT]],
  ['$(', ['$(…) is not run here', IN_ADVANCE]],
  ['`', ['`…` is not run here', IN_ADVANCE]],
]);
const TWO_LETTERS = new Set([...REFUSED.keys()].filter((key) => key.length === 2));

/** Whether a letter outside of quotes has such a meaning. */
export const isRefused = (letter: string): boolean => REFUSED.has(letter);

/** What is told of what begins with these two letters, one of which has such a meaning. */
export function refusalOf(two: string): { readonly message: string; readonly hint: string } {
  const [message, hint] = REFUSED.get(TWO_LETTERS.has(two) ? two : two[0]!)!;
  return { message, hint };
}
