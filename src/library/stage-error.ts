import { TidemarkError } from '../errors.ts';

/** The error as it is told of a stage; what is no TidemarkError is a bug, and stays what it is. */
export function errorOfStage(stage: string, error: unknown): unknown {
  if (!(error instanceof TidemarkError) || error.stage !== undefined) return error;
  const { hint, where, line, column, cause } = error;
  const told = new TidemarkError(error.code, error.message, {
    stage,
    ...(hint === undefined ? {} : { hint }),
    ...(where === undefined ? {} : { where }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(cause === undefined ? {} : { cause }),
  });
  if (error.stack !== undefined) told.stack = error.stack;
  told.others.push(...error.others.map((each) => errorOfStage(stage, each) as TidemarkError));
  return told;
}
