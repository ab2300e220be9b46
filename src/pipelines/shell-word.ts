/** Letters that mean themselves in every shell, wherever they stand in a word. */
const PLAIN = /^[\w%+,./:@=-]+$/;

/** A word as a shell reads it back: as it is where that is the same, else in single quotes (XCU 2.2.2). */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
