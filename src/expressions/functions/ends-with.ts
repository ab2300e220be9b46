import type { FunctionDefinition } from '../function.ts';
import { BOOLEAN, STRING_TYPE } from '../type.ts';

export const endsWith: FunctionDefinition = {
  name: 'endsWith',
  form: 'method',
  usage: 'text.endsWith(PART)',
  summary: 'tell whether a text ends with a part',
  example: ['"tide".endsWith("tide")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  call: (text, part) => String(text).endsWith(String(part)),
};
