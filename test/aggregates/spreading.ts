import type { AggregateDefinition, Literal } from '../../src/aggregates/aggregate.ts';
import { type Sample, sampleOf } from '../reference/aggregates.ts';
import { GroupTable } from './group-table.ts';

export const samplesOf = (texts: readonly string[]): Sample[] =>
  texts.map((text, i) => ({ ...sampleOf(text || undefined, i, i), text }));

/** The result of adding these texts to one group. */
export function resultOf(
  definition: AggregateDefinition,
  literals: readonly Literal[],
  texts: readonly string[],
): string {
  const table = new GroupTable(definition, literals);
  table.add(
    samplesOf(texts),
    texts.map(() => [0]),
  );
  table.reserve(1);
  return table.result(0);
}

/** The result when texts are dealt to groups, of which some are saved and loaded, all merged in the end. */
export function spreadResult(
  definition: AggregateDefinition,
  literals: readonly Literal[],
  texts: readonly string[],
  dealt: readonly number[],
): string {
  const table = new GroupTable(definition, literals);
  table.reserve(5);
  for (const [i, sample] of samplesOf(texts).entries()) table.add([sample], [[dealt[i % dealt.length]! % 4]]);
  table.load(4, table.save(2));
  table.merge(3, 4);
  table.load(3, table.save(0));
  table.merge(1, 3);
  return table.result(1);
}
