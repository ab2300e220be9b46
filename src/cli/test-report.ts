import type { DiffLine } from '../pipelines/line-diff.ts';
import type { Difference } from '../pipelines/test-verdict.ts';
import { hintLine, testWords } from './messages.ts';
import { visible } from './reporter.ts';
import type { Style } from './terminal.ts';

/** Equal lines that are shown around those that differ. */
const CONTEXT = 2;
/** Lines that are shown of a difference. */
const MOST_LINES = 60;

/** A difference as lines for people. @param where the case */
export function differenceText(where: string, difference: Difference, style: Style): string {
  const head = (text: string): string => `${style.heading(`${where}: ${text}`)}\n`;
  switch (difference.kind) {
    case 'code':
      return head(testWords.code(difference.expected, difference.found));
    case 'missing':
      return head(testWords.notWritten(difference.file));
    case 'lines':
      return [
        head(testWords.differs(difference.of)),
        linesText(difference.lines, style),
        ...(difference.asJson ? [hintText(testWords.asJson(difference.of), style)] : []),
      ].join('');
  }
}

/** What to do about what a case has come to. */
export const hintText = (hint: string, style: Style): string => `${style.faint(visible(hintLine(hint)))}\n`;

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', expected: '-', found: '+' };

function linesText(lines: readonly DiffLine[], style: Style): string {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: string[] = [];
  lines.forEach(({ kind, text }, index) => {
    if (!near[index]) {
      if (near[index - 1] || index === 0) shown.push(style.faint('  …'));
      return;
    }
    const line = `  ${SIGNS[kind]} ${visible(text)}`.trimEnd();
    shown.push(kind === 'same' ? style.faint(line) : line);
  });
  const more = shown.length - MOST_LINES;
  const told = more > 1 ? [...shown.slice(0, MOST_LINES), `  ${testWords.moreLines(more)}`] : shown;
  return told.map((line) => `${line}\n`).join('');
}
