/** Text for a terminal: paragraphs, two columns, and shell lines that break at their pipes. */

/** Breaks at spaces, so that no line is longer than `width` unless a single word is. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export interface Row {
  readonly left: string;
  readonly right: string;
}

/** A left column wider than this has its right one on the next line. */
const LEFT_MOST = 30;
const INDENT = '  ';

/** Two columns under each other; the right one is wrapped. */
export function columns(rows: readonly Row[], width: number): string[] {
  const fitting = rows.map(({ left }) => left.length).filter((length) => length <= LEFT_MOST);
  const leftWidth = Math.max(0, ...fitting);
  const gap = INDENT.length + leftWidth + 2;
  return rows.flatMap(({ left, right }) => {
    const [first = '', ...rest] = wrap(right, Math.max(20, width - gap));
    const head =
      left.length <= leftWidth
        ? [`${INDENT}${left.padEnd(leftWidth)}  ${first}`]
        : [INDENT + left, ' '.repeat(gap) + first];
    return [...head, ...rest.map((line) => ' '.repeat(gap) + line)].map((line) => line.trimEnd());
  });
}

/** A shell line that can be pasted: one stage a line where it is too long for one. */
export function shellLines(command: string, width: number): string[] {
  if (command.length <= width) return [command];
  const stages = splitAtPipes(command);
  return stages.map((stage, index) => {
    const begun = index === 0 ? stage : `${INDENT}| ${stage}`;
    return index < stages.length - 1 ? `${begun} \\` : begun;
  });
}

/** The stages of a pipe; a `|` in quotes, or in a pipe of its own in parentheses, is none between stages. */
function splitAtPipes(command: string): string[] {
  const stages: string[] = [];
  /** The open quote; empty outside of quotes. */
  let quote = '';
  let start = 0;
  let depth = 0;
  for (let i = 0; i < command.length; i++) {
    const letter = command[i]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === "'" || letter === '"') {
      quote = letter;
    } else if (letter === '(') {
      depth++;
    } else if (letter === ')') {
      depth--;
    } else if (depth === 0 && letter === '|' && command[i + 1] !== '|' && command[i - 1] !== '|') {
      stages.push(command.slice(start, i).trim());
      start = i + 1;
    }
  }
  stages.push(command.slice(start).trim());
  return stages;
}
