import type { Trigger } from './firing.ts';

/** How the words are used: shown where one is not understood. */
export const TRIGGER_USAGE: Readonly<Record<Trigger['kind'], string>> = {
  'after-watermark': 'after-watermark(early: every(10s), late: each)',
  every: 'every(10s)',
  delay: 'delay(5s)',
  count: 'count(100)',
  each: 'each',
  repeat: 'repeat(count(100))',
  any: 'any(count(100), delay(5s))',
  all: 'all(count(100), delay(5s))',
  'each-of': 'each-of(count(1), repeat(count(100)))',
  'or-finally': 'repeat(count(100)) or-finally after-watermark',
  never: 'never',
};
export const TRIGGER_WORDS = Object.keys(TRIGGER_USAGE) as readonly Trigger['kind'][];

export const usage = (kind: Trigger['kind']): string => `write ${TRIGGER_USAGE[kind]}`;
