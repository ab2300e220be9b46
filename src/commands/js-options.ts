import { functionsPlace } from '../connectors/user-module.ts';
import type { DefaultedOption, ValueType } from './spec.ts';
import { SIZE } from './values.ts';

/** A module with functions, as the user wrote it. */
export const MODULE: ValueType<string> = {
  placeholder: 'MODULE',
  parse(text) {
    functionsPlace(text);
    return text;
  },
};

/** How long a function of a user's may take to settle. */
export const JS_TIMEOUT: DefaultedOption<number> = {
  name: 'timeout',
  value: SIZE,
  help: 'how long a call of a function may take to settle',
  default: '30s',
  details:
    'Of one that gives a promise; one that computes without waiting holds up everything, and cannot be ended. What takes longer ends the run.',
};
