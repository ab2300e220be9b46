import type { ObjectCodec } from '../../src/state/columns.ts';

export const TEXTS: ObjectCodec<string> = {
  write: (text, out) => out.text(text),
  read: (from) => from.text(),
};
