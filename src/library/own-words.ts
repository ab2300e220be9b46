import { TidemarkError } from '../errors.ts';

/** `--late-to` is `lateTo`; what stands in quotes is somebody's own, and stays. */
export const inOwnWords = (text: string): string =>
  text.replaceAll(/'[^']*'|--([a-z]+(?:-[a-z]+)*)/g, (whole, name: string | undefined) =>
    name === undefined ? whole : camelCase(name),
  );

/** The name that an option of the command line has in a program. */
export const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** An error that names options of the command line, as it is told to a program; what is no TidemarkError stays what it is. */
export function toldInOwnWords(error: unknown): unknown {
  if (!(error instanceof TidemarkError)) return error;
  const { code, hint, where, stage, line, column, cause } = error;
  const told = new TidemarkError(code, inOwnWords(error.message), {
    hint: hint && inOwnWords(hint),
    where,
    stage,
    line,
    column,
    cause,
  });
  told.others.push(...error.others.map((each) => toldInOwnWords(each) as TidemarkError));
  return told;
}
