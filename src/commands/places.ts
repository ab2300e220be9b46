import { usageError } from '../errors.ts';
import { foreignEnding } from '../formats/foreign-ending.ts';
import { BRANCH } from '../operators/operator.ts';
import type { ValueType } from './spec.ts';

/** Where a branch goes; it is not looked at here. */
export const PLACE: ValueType<string> = {
  placeholder: 'PLACE',
  parse(text) {
    if (text === '') throw usageError('it is empty');
    if (text === '-' || text === '/dev/stdout' || text === '/dev/fd/1')
      throw usageError('standard output is no place for a branch', 'name a file, a FIFO or >(COMMAND)');
    const ending = /\.[ct]sv$/i.exec(text)?.[0] ?? foreignEnding(text);
    if (ending !== undefined) {
      const file = `${text.slice(0, -ending.length)}.stream`;
      throw usageError(
        `${text} would hold a stream, and no ${ending.slice(1).toLowerCase()}`,
        `name it ${file}: tm source ${file} --format stream | tm sink makes of it what you want`,
      );
    }
    return text;
  },
};

/**
 * Places by the numbers of their outputs.
 * @throws TidemarkError `usage` for one that is named twice: of two streams in one place nothing is whole
 */
export function branchPlaces(places: readonly string[]): ReadonlyMap<number, string> {
  const twice = places.find((place, index) => places.indexOf(place) < index);
  if (twice !== undefined)
    throw usageError(`${twice} is named twice`, 'each branch wants a place of its own');
  return new Map(places.map((place, index) => [BRANCH + index, place]));
}
