import type { FunctionDefinition } from '../function.ts';
import { BOOLEAN, STRING_TYPE } from '../type.ts';

export const startsWith: FunctionDefinition = {
  name: 'startsWith',
  form: 'method',
  usage: 'text.startsWith(PART)',
  summary: 'tell whether a text begins with a part',
  example: ['"tide".startsWith("tide")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  call: (text, part) => String(text).startsWith(String(part)),
};
