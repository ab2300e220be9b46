import stringWidth from 'string-width';

/** A value as a table shows it. */
export interface Cell {
  readonly text: string;
  /** Columns of a terminal that the text takes. */
  readonly width: number;
  /** Stands at the right of its column. */
  readonly number: boolean;
}

/** What stands where an event has no value, or null. */
const NO_VALUE: Cell = { text: '-', width: 1, number: false };

/** A column that a table has, as wide as it has become: it never gets narrower again. */
export interface TableColumn {
  readonly name: Cell;
  width: number;
  /** Whether the header and what has no value stand at the right: all values so far were numbers. */
  numeric: boolean;
  /** May be cut to make the table fit: it holds texts of any length. */
  readonly elastic: boolean;
}

const ASCII = /^[\x20-\x7e]*$/;
/** What would move the cursor, break the line or turn the direction of the text on a terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text as a cell: control characters escaped as in JSON, an empty one as "". */
export function textCell(text: string): Cell {
  if (ASCII.test(text)) {
    return text === ''
      ? { text: '""', width: 2, number: false }
      : { text, width: text.length, number: false };
  }
  const shown = text.replace(UNPRINTABLE, escapeCharacter);
  return { text: shown, width: stringWidth(shown), number: false };
}

export const numberCell = (spelling: string): Cell => ({
  text: spelling,
  width: spelling.length,
  number: true,
});

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const escapeCharacter = (character: string): string =>
  SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Blanks between two columns. */
const GAP = 2;
/** An elastic column keeps this many columns of the terminal, however narrow that is. */
const LEAST = 12;

/**
 * The widths with which the columns are printed: their own, or less for the widest elastic ones where the table
 * would not fit in `limit` columns of a terminal.
 */
export function printedWidths(columns: readonly TableColumn[], limit: number | undefined): number[] {
  const widths = columns.map((column) => column.width);
  if (limit === undefined) return widths;
  let excess = widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1)) - limit;
  while (excess > 0) {
    const widest = widestElastic(columns, widths);
    if (widest < 0) break;
    widths[widest]!--;
    excess--;
  }
  return widths;
}

function widestElastic(columns: readonly TableColumn[], widths: readonly number[]): number {
  let widest = -1;
  widths.forEach((width, index) => {
    if (columns[index]!.elastic && width > LEAST && (widest < 0 || width > widths[widest]!)) widest = index;
  });
  return widest;
}

/** One line of the table, without blanks at its end. */
export function tableLine(
  columns: readonly TableColumn[],
  widths: readonly number[],
  cells: readonly (Cell | undefined)[],
): string {
  let line = '';
  /** Blanks owed before the next text. */
  let owed = 0;
  columns.forEach((column, index) => {
    const whole = cells[index] ?? NO_VALUE;
    const right = whole.number || (column.numeric && (whole === NO_VALUE || whole === column.name));
    const cell = fitted(whole, widths[index]!);
    const space = Math.max(0, widths[index]! - cell.width);
    line += ' '.repeat(owed + (right ? space : 0)) + cell.text;
    owed = GAP + (right ? 0 : space);
  });
  return line;
}

const graphemes = new Intl.Segmenter();

function fitted(cell: Cell, width: number): Cell {
  if (cell.width <= width || cell.number) return cell;
  let text = '';
  let taken = 0;
  for (const { segment } of graphemes.segment(cell.text)) {
    const more = stringWidth(segment);
    if (taken + more > width - 1) break;
    text += segment;
    taken += more;
  }
  return { text: `${text}…`, width: taken + 1, number: false };
}
