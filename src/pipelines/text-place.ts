import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';

/** The text of a pipeline, and what messages call it: `traffic.tm`, `-e`. */
export interface PipelineText {
  readonly name: string;
  readonly text: string;
  /** Where it is run as a stage of another text. */
  readonly within?: TextPlace;
}

/** A letter of a text. */
export interface TextPlace {
  readonly source: PipelineText;
  /** Index into the text. */
  readonly offset: number;
}

/**
 * A usage error at a place of the text; where that is a stage of another text, it is told as well.
 * @param offset index into the text, of the letter that is meant
 */
export function errorAt(source: PipelineText, offset: number, message: string, hint?: string): TidemarkError {
  return new TidemarkError('usage', `${message}${callersOf(source)}`, {
    where: source.name,
    ...lineAndColumn({ source, offset }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** ` (run at main.tm, line 3, column 5)`, from the inside out; nothing for a text that is run by itself. */
export function callersOf({ within }: PipelineText): string {
  const places: string[] = [];
  for (let place = within; place !== undefined; place = place.source.within) {
    const { line, column } = lineAndColumn(place);
    places.push(`${place.source.name}, line ${line}, column ${column}`);
  }
  return places.length === 0 ? '' : ` (run at ${places.join('; at ')})`;
}

/** Both from 1 on; the column in bytes. */
function lineAndColumn({ source: { text }, offset }: TextPlace): { line: number; column: number } {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return {
    line: text.slice(0, lineStart).split('\n').length,
    column: Buffer.byteLength(text.slice(lineStart, offset)) + 1,
  };
}
