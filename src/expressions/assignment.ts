import { errorAt } from '../errors.ts';
import { nameOfPath } from '../json/path.ts';
import { unquote } from './call.ts';
import { type Bindings, type Expression, parseExpression } from './expression.ts';
import { isMetadata } from './member-name.ts';

/** `NAME=EXPR`: a member and what it gets. */
export interface Assignment {
  /** The member's name as it stands in the stream. */
  readonly name: string;
  readonly expression: Expression;
}

/**
 * What stands before an `=` that does not belong to `==`, `<=`, `>=`, `!=`: a word, or a text in quotes, which may stand in
 * brackets.
 */
const NAMED =
  /^(\s*)(?:\[\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*\]|("(?:[^"\\]|\\.)*"|'[^']*'|[^\s=<>!"'()[\]{},?:]+))\s*=(?!=)/u;

/** A name that is an expression when it is written bare. */
const COMPUTES = /[-+*/%&|.]/;

/** Names of metadata that may be assigned. */
const ASSIGNABLE: ReadonlySet<string> = new Set(['@t']);

/**
 * Reads `NAME=EXPR`, or a FIELD alone, which is called as it is. A name that has `.` or an operator in it stands in quotes.
 * @param bindings names that are no members
 * @throws TidemarkError `usage` with the place
 */
export function parseAssignment(argument: string, bindings?: Bindings): Assignment {
  const named = NAMED.exec(argument);
  if (named === null) return bareField(argument, bindings);
  const [whole, space = '', bracketed, bare = ''] = named;
  const written = bracketed ?? bare;
  const name = unquote(written) ?? written;
  if (name === written && COMPUTES.test(name)) {
    const hint = `write '${JSON.stringify(name)}=…' if that is the name of a member`;
    throw errorAt(argument, space.length, `'${name}' is no name`, hint);
  }
  if (name === '') throw errorAt(argument, space.length, 'the name of the member is empty');
  if (isMetadata(name) && !ASSIGNABLE.has(name)) {
    const hint = 'of the metadata only @t can be set; windows are those of tm window';
    throw errorAt(argument, space.length, `${name} is metadata, and no member`, hint);
  }
  const text = argument.slice(whole.length).trim();
  if (text === '')
    throw errorAt(
      argument,
      argument.length,
      'an expression is missing behind =',
      "as in 'kb = bytes / 1024'",
    );
  return { name, expression: parseExpression(text, bindings) };
}

function bareField(argument: string, bindings: Bindings | undefined): Assignment {
  const expression = parseExpression(argument, bindings);
  if (expression.field !== undefined) return { name: nameOfPath(expression.field), expression };
  throw errorAt(argument, 0, 'the result has no name', `write 'NAME=${argument.trim()}'`);
}
