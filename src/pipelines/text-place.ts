import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';

/** The text of a pipeline, and what messages call it: `traffic.tm`, `-e`. */
export interface PipelineText {
  readonly name: string;
  readonly text: string;
}

/**
 * A usage error at a place of the text.
 * @param offset index into the text, of the letter that is meant
 */
export function errorAt(
  { name, text }: PipelineText,
  offset: number,
  message: string,
  hint?: string,
): TidemarkError {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return new TidemarkError('usage', message, {
    where: name,
    line: text.slice(0, lineStart).split('\n').length,
    column: Buffer.byteLength(text.slice(lineStart, offset)) + 1,
    ...(hint === undefined ? {} : { hint }),
  });
}
