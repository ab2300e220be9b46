import { expandStage, type Surroundings } from '../../src/pipelines/expansion.ts';
import { parsePipeline } from '../../src/pipelines/syntax.ts';

const NONE: Surroundings = { name: 'tide.tm', arguments: [], variables: {}, matches: () => [] };

/** The words of each stage of a text. */
export function wordsOf(text: string, surroundings: Partial<Surroundings> = {}): string[][] {
  const source = { name: 'tide.tm', text };
  const all = { ...NONE, ...surroundings };
  return parsePipeline(source).map((stage) => expandStage(stage, source, all).map((word) => word.text));
}

/** `line:column message`, and what to do. */
export function refusalOf(
  text: string,
  surroundings: Partial<Surroundings> = {},
): [string, string | undefined] {
  try {
    wordsOf(text, surroundings);
  } catch (error) {
    const { line, column, message, hint } = error as { [name: string]: string | undefined };
    return [`${line}:${column} ${message}`, hint];
  }
  throw new Error(`nothing is refused in ${text}`);
}
