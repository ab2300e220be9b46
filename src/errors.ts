/**
 * What a failure means to the process that reports it; the values are the exit codes of tm(1)
 * (`failed` 1, `usage` 2, `cut` 3: the input stopped without saying that it was complete).
 */
export type ErrorCode = 'failed' | 'usage' | 'cut';

export interface ErrorDetail {
  /** What to do about it: one line, imperative, no full stop. */
  readonly hint?: string;
  /** The place, told before the message: a file, a stage, an option. */
  readonly where?: string;
  /** The command whose stage it is: `combine`. */
  readonly stage?: string;
  /** 1-based line of the input. */
  readonly line?: number;
  /** 1-based byte column in that line. */
  readonly column?: number;
  readonly cause?: unknown;
}

/** The one error type that crosses layers; everything else that is thrown is a bug and shows its stack. */
export class TidemarkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: string | undefined;
  /** In a Node program: the command whose stage failed, or could not be built: `combine`. */
  readonly stage: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What else is wrong, where more than one thing was looked at: errors of their own, of which a run tells the first. */
  readonly others: TidemarkError[] = [];

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'TidemarkError';
    this.code = code;
    this.hint = detail.hint;
    this.where = detail.where;
    this.stage = detail.stage;
    this.line = detail.line;
    this.column = detail.column;
  }
}

/** Runs what reads or checks what was given; what it says is wrong is told to be there: `--by`. */
export function toldAt<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.where !== undefined || error.line !== undefined)
      throw error;
    throw at(where, error);
  }
}

function at(where: string, { code, message, hint, cause, others }: TidemarkError): TidemarkError {
  const told = new TidemarkError(code, message, { where, cause, ...(hint === undefined ? {} : { hint }) });
  told.others.push(...others.map((each) => at(where, each)));
  return told;
}

/**
 * Makes all calls, also where one throws that something is wrong.
 * @throws TidemarkError the first, with those of the other calls
 */
export function throwTogether(calls: Iterable<() => void>): void {
  const [first, ...more] = [...calls].flatMap(errorsOf);
  if (first === undefined) return;
  first.others.push(...more);
  throw first;
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
  new TidemarkError('usage', message, hint === undefined ? {} : { hint });

/** An error that quotes the argument and says at which character (from 1) of it. */
export function errorAt(argument: string, at: number, message: string, hint?: string): TidemarkError {
  const column = [...argument.slice(0, at)].length + 1;
  // A message is one line.
  const quoted = argument.replace(/[\u0000-\u001f\u007f]/g, ' ');
  return usageError(`${message}, at character ${column} of '${quoted}'`, hint);
}
