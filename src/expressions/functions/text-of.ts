import { valueText } from '../json-value.ts';
import type { Value } from '../value.ts';

/** A value as a text: strings as they are, all else as JSON writes it, times and durations without quotes. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  const json = valueText(value);
  return json[0] === '"' ? json.slice(1, -1) : json;
}
