import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { errorAt } from '../errors.ts';
import { syntaxError } from './syntax-error.ts';

/** A node of the library's tree. Integers are bigint, and names are to be read from the text: see `masked`. */
export type CelNode = ASTNode;

/** Nodes of a tree, which is walked by recursion. */
const MAX_NODES = 4000;

const environment = new Environment({ unlistedVariablesAreDyn: true, limits: { maxAstNodes: MAX_NODES } });

/** Strings (raw ones too: there a backslash hides a quote as well), what begins a comment, names, and all else. */
const TOKEN =
  /"""(?:\\.|(?!""").)*"""|'''(?:\\.|(?!''').)*'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'|\/\/|[A-Za-z_$@\u{80}-\u{10ffff}][\w$@\u{80}-\u{10ffff}]*|./gsu;

/** Words that CEL keeps for the languages that it is embedded in; here they are names like all others. */
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while __proto__ prototype'.split(
    ' ',
  ),
);

/**
 * The text with each name that the library does not take as one replaced by a name of the same length: names are the same
 * here as in paths (`größe`, `@timestamp`, `namespace`). So positions are those of the text, where the names are read.
 * @throws TidemarkError `usage` for a comment, which would hide what was meant as a division
 */
function masked(text: string): string {
  return text.replace(TOKEN, (token, at: number) => {
    if (token === '//') {
      const hint = 'write div(a, b) for the quotient without its fraction, and a / b for the exact one';
      throw errorAt(text, at, "'//' is no operator", hint);
    }
    const first = token[0]!;
    if (first === '"' || first === "'") return token;
    if (RESERVED.has(token)) return `${token.slice(0, -1)}X`;
    return token.length > 1 || /[$@\u0080-\uffff]/.test(token)
      ? token.replace(/[^\x00-\x7f]|[$@]/g, '_')
      : token;
  });
}

/**
 * Parses a text in the syntax of CEL.
 * @throws TidemarkError `usage` that quotes the text and says where it is wrong
 */
export function parseCel(text: string): CelNode {
  try {
    return environment.parse(masked(text)).ast;
  } catch (error) {
    if (error instanceof ParseError) throw syntaxError(text, error.code, error.range?.start ?? text.length);
    // The stack: `!!!!…`, ten thousand times.
    if (error instanceof RangeError) throw syntaxError(text, 'limit_exceeded', 0);
    throw error;
  }
}
