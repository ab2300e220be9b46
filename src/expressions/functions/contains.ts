import type { FunctionDefinition } from '../function.ts';
import { BOOLEAN, STRING_TYPE } from '../type.ts';

export const contains: FunctionDefinition = {
  name: 'contains',
  form: 'method',
  usage: 'text.contains(PART)',
  summary: 'tell whether a text has a part',
  example: ['"tide".contains("tide")', 'true'],
  parameters: [STRING_TYPE, STRING_TYPE],
  result: BOOLEAN,
  call: (text, part) => String(text).includes(String(part)),
};
