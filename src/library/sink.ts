import { sinkCommand } from '../commands/sink.ts';
import type { Stage } from '../commands/stage.ts';
import { messageOf } from '../connectors/source-module.ts';
import { TidemarkError } from '../errors.ts';
import { isThenable } from '../operators/map-module.ts';
import { MAIN, type Operator, type OperatorContext } from '../operators/operator.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { eventAt, eventCount, type TimedEvent } from './event.ts';
import { partOf, refuseUnless } from './given.ts';
import type { SinkOptions } from './options.generated.ts';
import type { Sink } from './step.ts';

/**
 * The end of a pipeline that is run: a location as for `tm sink` (a file, a template of files, a module, `-` for stdout),
 * or a function that is called with each event, one after the other; a promise that it gives is waited for.
 *
 * Where the source keeps state a file gets each result once, and a function at least once: what was given behind the
 * last committed epoch is given again.
 * @example sink('traffic.csv')
 * @example sink(async ({ window, value }: TimedEvent<Row>) => database.insert(window, value))
 * @throws TidemarkError `usage`
 */
export function sink(location: string, options?: SinkOptions): Sink<unknown>;
export function sink<T = unknown>(take: (event: TimedEvent<T>) => unknown): Sink<NoInfer<T>>;
export function sink<T>(
  target: string | ((event: TimedEvent<T>) => unknown),
  options: SinkOptions = {},
): Sink<T> {
  if (typeof target === 'string') return { role: 'sink', ...partOf(sinkCommand, [target], options) };
  refuseUnless(
    typeof target === 'function',
    sinkCommand,
    'a location, or a function',
    target,
    "sink('counts.csv')",
  );
  return { role: 'sink', ...partOf(sinkCommand, [], options, undefined, () => functionStage(target)) };
}

const functionStage = <T>(take: (event: TimedEvent<T>) => unknown): Stage => ({
  role: 'sink',
  sides: new Map(),
  create: (context) => functionSink(take, context),
});

function functionSink<T>(take: (event: TimedEvent<T>) => unknown, context: OperatorContext): Operator {
  return {
    leaf: { recover: async () => {}, prepare: async () => null, publish: async () => {} },
    *onBatch(_input: number, batch: Batch) {
      for (let row = 0; row < batch.rows; row++) {
        if (batch.kind[row] !== EVENT) continue;
        for (let index = 0; index < eventCount(batch, row); index++) yield given(take, batch, row, index);
      }
    },
    onMarker: (_input, marker) => context.emitMarker(MAIN, marker),
  };
}

function given<T>(
  take: (event: TimedEvent<T>) => unknown,
  batch: Batch,
  row: number,
  index: number,
): undefined | Promise<void> {
  const failed = (error: unknown): never => {
    if (error instanceof TidemarkError) throw error;
    throw new TidemarkError('failed', `the function of sink: ${messageOf(error)}`, {
      line: batch.line[row]!,
      cause: error,
    });
  };
  try {
    const taken = take(eventAt<T>(batch, row, index));
    if (!isThenable(taken)) return undefined;
    return Promise.resolve(taken).then(() => {}, failed);
  } catch (error) {
    return failed(error);
  }
}
