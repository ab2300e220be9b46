/**
 * What a failure means to the process that reports it; the values are the exit codes of tm(1)
 * (`failed` 1, `usage` 2, `cut` 3: the input stopped without saying that it was complete).
 */
export type ErrorCode = 'failed' | 'usage' | 'cut';

export interface ErrorDetail {
  /** What to do about it: one line, imperative, no full stop. */
  readonly hint?: string | undefined;
  /** The place, told before the message: a file, a stage, an option. */
  readonly where?: string | undefined;
  /** The command whose stage it is: `combine`. */
  readonly stage?: string | undefined;
  /** 1-based line of the input. */
  readonly line?: number | undefined;
  /** 1-based byte column in that line. */
  readonly column?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The one error type that crosses layers; everything else that is thrown is a bug and shows its stack. What is not known is no
 * member of its own: Node prints those of an error that nobody has caught.
 */
export class TidemarkError extends Error {
  readonly code: ErrorCode;
  /** In a Node program: the command whose stage failed, or could not be built: `combine`. */
  declare readonly stage: string | undefined;
  declare readonly where: string | undefined;
  declare readonly line: number | undefined;
  declare readonly column: number | undefined;
  declare readonly hint: string | undefined;
  /** What else is wrong, where more than one thing was looked at: errors of their own, of which a run tells the first. */
  declare readonly others: TidemarkError[];

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    const { stage, where, line, column, hint, cause } = detail;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (stage !== undefined) this.stage = stage;
    if (where !== undefined) this.where = where;
    if (line !== undefined) this.line = line;
    if (column !== undefined) this.column = column;
    if (hint !== undefined) this.hint = hint;
    Object.defineProperty(this, 'others', { value: [] });
  }
}

// Node prints that of the class, and the first line of a stack that of the error: both also where a program was minified.
for (const each of [TidemarkError, TidemarkError.prototype])
  Object.defineProperty(each, 'name', { value: 'TidemarkError' });

/** Runs what reads or checks what was given; what it says is wrong is told to be there: `--by`. */
export function toldAt<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TidemarkError && error.line !== undefined) throw error;
    throw errorIn(where, error);
  }
}

/** The error as it is told of a place, unless it names one itself; what is no TidemarkError is a bug, and stays what it is. */
export function errorIn(where: string, error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.where !== undefined) return error;
  return withDetail(error, { where }, (each) => errorIn(where, each));
}

/** The same of the command whose stage it is. */
export function errorOfStage(stage: string, error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.stage !== undefined) return error;
  return withDetail(error, { stage }, (each) => errorOfStage(stage, each));
}

/** The error with all that it says, and more; `others` is applied to those that are told with it. */
function withDetail(
  error: TidemarkError,
  more: ErrorDetail,
  others: (error: TidemarkError) => unknown,
): TidemarkError {
  const { code, message, hint, where, stage, line, column, cause } = error;
  const told = new TidemarkError(code, message, { hint, where, stage, line, column, cause, ...more });
  if (error.stack !== undefined) told.stack = error.stack;
  told.others.push(...error.others.map((each) => others(each) as TidemarkError));
  return told;
}

/**
 * Makes all calls, also where one throws that something is wrong.
 * @throws TidemarkError the first, with those of the other calls
 */
export const throwTogether = (calls: Iterable<() => void>): void => throwAll([...calls].flatMap(errorsOf));

/** @throws TidemarkError the first, with the others; none: nothing is thrown */
export function throwAll([first, ...more]: readonly TidemarkError[]): void {
  if (first === undefined) return;
  first.others.push(...more);
  throw first;
}

/**
 * Makes something of each item, also where it cannot be made of one.
 * @throws TidemarkError the first, with those of the other items
 */
export function mapTogether<T, R>(items: readonly T[], make: (item: T) => R): R[] {
  const made: R[] = [];
  throwTogether(items.map((item) => () => void made.push(make(item))));
  return made;
}

function errorsOf(call: () => void): TidemarkError[] {
  try {
    call();
    return [];
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    return [error, ...error.others.splice(0)];
  }
}

/** Wrong usage: exit 2, told before a byte is read. */
export const usageError = (message: string, hint?: string): TidemarkError =>
  new TidemarkError('usage', message, { hint });

/** An error that quotes the argument and says at which character (from 1) of it. */
export function errorAt(argument: string, at: number, message: string, hint?: string): TidemarkError {
  const column = [...argument.slice(0, at)].length + 1;
  // A message is one line.
  const quoted = argument.replace(/[\u0000-\u001f\u007f]/g, ' ');
  return usageError(`${message}, at character ${column} of '${quoted}'`, hint);
}
