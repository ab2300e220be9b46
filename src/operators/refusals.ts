import { TidemarkError } from '../errors.ts';

export const windowsDiffer = (line: number): TidemarkError =>
  new TidemarkError('failed', 'the event is in windows of another kind than those before it', {
    line,
    hint: 'let one `tm window` stamp all events of the stream',
  });
