/** Text and macros of mdoc(7). */

/** Letters that a formatter would take for its own. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('"', '\\(dq')
    .replaceAll('…', '\\&...');
}

/** A paragraph: what stands in back quotes, options and names of pages are set off. */
export const paragraph = (text: string): string =>
  text
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith('`') && part.endsWith('`') && part.length > 2
        ? `\\fB${escaped(part.slice(1, -1))}\\fP`
        : options(part),
    )
    .join('')
    // A sentence begins on its own line, so that the formatter sets the space behind the one before.
    .replaceAll(/(?<=[\w@)\]}][\w)\]}]\.) (?=[A-Z\\{-])/g, '\n')
    .replaceAll(/^(?=[.'])/gm, '\\&');

/** `--late-to` in running text. */
const options = (text: string): string =>
  text
    .split(/((?<![\w-])--[a-z][a-z-]*[a-z])/)
    .map((part, index) => (index % 2 === 1 ? `\\fB${escaped(part)}\\fP` : escaped(part)))
    .join('');

/** Arguments of a macro: each is one word, and none is the name of a macro. */
export const words = (...texts: readonly string[]): string =>
  texts.map((text) => `"\\&${escaped(text)}"`).join(' ');

/** A line that is shown as it is. */
export const literal = (line: string): string => escaped(line).replace(/^(?=[.'])/, '\\&');
