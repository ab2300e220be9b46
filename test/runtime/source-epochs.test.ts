import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceState } from '../../src/epochs/source-state.ts';
import { RunEpochs } from '../../src/runtime/run-epochs.ts';
import { RunningSourceEpochs } from '../../src/runtime/source-epochs.ts';
import { until } from '../journeys/journey.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the epochs of a source', () => {
  it('that was complete begin with the barrier behind its end, not with one that is committed behind it', async () => {
    const state = (await SourceState.open(
      { directory: join(folder, 'state'), ifRunning: 'fail', reset: false },
      () => {},
      new AbortController().signal,
    ))!;
    const { directory, attempt } = state;
    const run = new RunEpochs(state, 1000, 1);
    const epochs = await RunningSourceEpochs.open(run, 'source', {
      shape: {},
      side: undefined,
      emit: () => undefined,
      fail: (error) => {
        throw error;
      },
      stop: () => {},
    });
    const prepare = (epoch: number) =>
      directory.writePrepared({ epoch, attempt, stages: ['source', 'sink'] });
    let committed = 0;
    epochs.onCommitted = (position) => {
      committed = position as number;
    };
    await epochs.barrier(1);
    // The end has been read when the sink comes to the barrier before it.
    epochs.complete = true;
    await prepare(1);
    await until(() => committed === 1, 'the first is committed');
    expect(await directory.commit()).toMatchObject({ epoch: 1, drained: false });
    await epochs.barrier(2);
    await prepare(2);
    await epochs.finish();
    expect(await directory.commit()).toMatchObject({ epoch: 2, drained: true });
    epochs.close();
  });
});
