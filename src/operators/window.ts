import { TidemarkError } from '../errors.ts';
import { EVENT, GLOBAL } from '../stream/batch.ts';
import type { Assigner } from '../windows/assigner.ts';
import { MAIN, type Operator, type OperatorContext } from './operator.ts';

/** 0000-01-01 and the first instant that no four-digit year holds, ms. */
const FIRST = -62167219200000;
const BEHIND_LAST = 253402300800000;

/** Stamps each event with its windows, and the stream with its windowing. */
export function windowOperator(assigner: Assigner, context: OperatorContext): Operator {
  return {
    onBatch(_input, batch) {
      for (let row = 0; row < batch.rows; row++) {
        if (batch.kind[row] !== EVENT) continue;
        assigner.assign(batch, row);
        if (batch.windowCount[row] === GLOBAL) continue;
        const last =
          batch.windowEnd[row]! + (Math.max(batch.windowCount[row]!, 1) - 1) * batch.windowEvery[row]!;
        if (batch.windowStart[row]! < FIRST || !(last < BEHIND_LAST)) {
          throw new TidemarkError('failed', 'the window of the event reaches past the years 0000 to 9999', {
            line: batch.line[row]!,
            hint: 'see that --time-format at the source has the right unit',
          });
        }
      }
      return context.emit(MAIN, batch);
    },
    onMarker(_input, marker) {
      if (marker.kind !== 'stream') return context.emitMarker(MAIN, marker);
      const { header } = marker;
      const commands = [...header.commands, 'window'];
      return context.emitMarker(MAIN, {
        kind: 'stream',
        header: { ...header, commands, windowing: assigner.windowing },
      });
    },
  };
}
