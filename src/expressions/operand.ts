import { usageError } from '../errors.ts';
import { type Path, parsePath } from '../json/path.ts';
import { isMetadata } from './member-name.ts';

/** What an aggregate or a command computes with: a field. Expressions over fields will be more kinds of it. */
export type Operand = Path;

/** Letters of a name in quotes and brackets, which mean nothing else. */
const QUOTED = /\[\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*\]/g;

/** What computes in an expression (CEL). A member whose name has it is written in quotes, now and then. */
const OPERATOR = /[-+*/%<>=!&|?:;^~\\]/;

/**
 * Parses an operand: the one place where a general expression parser comes in. What will be an expression is
 * refused today, so that `bytes/1024` is neither taken for the name of a member nor changes its meaning.
 * @throws TidemarkError `usage` that says what is wrong with the text
 */
export function parseOperand(text: string): Operand {
  const bare = text.replace(QUOTED, '');
  const operator = OPERATOR.exec(bare);
  if (operator !== null) {
    const hint = `if that is the name of a member, write [${JSON.stringify(text)}]`;
    throw usageError(
      `'${text}' is no field: '${operator[0]}' computes, which is not possible here yet`,
      hint,
    );
  }
  if (/^\d/.test(bare))
    throw usageError(`'${text}' is no field`, 'names that begin with a digit are written ["1"]');
  const path = parsePath(text);
  refuseMetadata(path);
  return path;
}

/**
 * Refuses `@t` and the like. A member of the user's that is called so has one more `@` in the stream (`@@t`), and
 * is a field.
 * @throws TidemarkError `usage`
 */
export function refuseMetadata(path: Path): void {
  if (isMetadata(String(path.steps[0])))
    throw usageError(`'${path.text}' is no field: it is metadata, and stands beside the members`);
}
