import { TidemarkError } from '../errors.ts';
import type { AggregateArgument } from '../expressions/aggregate-argument.ts';
import type { Path } from '../json/path.ts';
import type { Header } from '../stream/marker.ts';
import { aggregateInWords } from './state-shape.ts';

/** What the header of a stream of partial results says of them, in its member `partial`. */
interface PartialResults {
  readonly by: readonly string[];
  readonly aggregates: readonly string[];
}

/** What was asked for, in one spelling. */
export const partialResults = (
  by: readonly Path[],
  aggregates: readonly AggregateArgument[],
): PartialResults => ({
  by: by.map(({ text }) => text),
  aggregates: aggregates.map(aggregateInWords),
});

export const withPartial = (header: Header, partial: PartialResults): Header => ({
  ...header,
  other: { ...header.other, partial },
});

/** The header behind what has merged the partial results. */
export function withoutPartial(header: Header): Header {
  const { partial: _, ...other } = header.other;
  return { ...header, other };
}

/** @throws TidemarkError when the events are partial results, which mean nothing to other commands */
export function refusePartial(header: Header): void {
  if (header.other.partial === undefined) return;
  throw new TidemarkError('failed', 'the events are partial results', {
    hint: 'merge them with the arguments that made them: tm combine --final …',
  });
}

/** @throws TidemarkError when the events are no partial results, or others than these */
export function expectPartial(header: Header, wanted: PartialResults): void {
  const { partial } = header.other;
  if (partial === undefined) {
    throw new TidemarkError('failed', 'the events are no partial results', {
      hint: 'they come from `tm combine --partial` with the same arguments, and are stored with their @stream line',
    });
  }
  if (JSON.stringify(partial) === JSON.stringify(wanted)) return;
  throw new TidemarkError('failed', 'the partial results were made with other arguments', {
    hint: `they are ${told(partial)}`,
  });
}

/** As arguments of the command line. */
function told(partial: unknown): string {
  const { by = [], aggregates = [] } = Object(partial) as { by?: unknown; aggregates?: unknown };
  const fields = [by].flat().join(',');
  const calls = [aggregates].flat().map((call) => `'${call}'`);
  return [...(fields === '' ? [] : [`--by ${fields}`]), ...calls].join(' ');
}
