import { Buffer } from 'node:buffer';
import type { PassThrough } from 'node:stream';
import type { Stage } from '../commands/stage.ts';
import { TidemarkError } from '../errors.ts';
import type { MetaMode } from '../formats/record-writer.ts';
import { createRecordWriter } from '../formats/writers.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { MAIN } from '../operators/operator.ts';
import type { Batch } from '../stream/batch.ts';

/** The end of a pipeline that is read as a Node stream of NDJSON: it waits while the stream is full. */
export const bytesStage = (out: PassThrough, meta: MetaMode): Stage => ({
  role: 'sink',
  sides: new Map(),
  create: (context) => {
    const writer = createRecordWriter('ndjson', { meta, bounded: true });
    const bytes = new ByteWriter();
    return {
      leaf: {
        recover: async () => {},
        prepare: async () => {
          if (out.destroyed) throw new TidemarkError('cut', 'the results are not read on');
          // Bytes that wait here would be lost with the process.
          await emptied(out);
          return null;
        },
        publish: async () => {},
      },
      onBatch(_input, batch: Batch) {
        bytes.clear();
        writer.write(batch, bytes);
        if (bytes.length === 0 || out.destroyed) return undefined;
        // Copied: the stream keeps it until it is read.
        return out.write(Buffer.from(bytes.view())) ? undefined : untilOneOf(out, ['drain', 'close']);
      },
      onMarker: (_input, marker) => context.emitMarker(MAIN, marker),
    };
  },
});

async function emptied(out: PassThrough): Promise<void> {
  while (!out.destroyed && out.readableLength + out.writableLength > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const untilOneOf = (out: PassThrough, events: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      for (const event of events) out.off(event, go);
      resolve();
    };
    for (const event of events) out.on(event, go);
  });
