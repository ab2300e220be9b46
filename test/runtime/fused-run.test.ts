import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../src/commands/stage.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { Operator, OperatorContext } from '../../src/operators/operator.ts';
import { FusedRun } from '../../src/runtime/fused-run.ts';
import type { Reporter } from '../../src/runtime/run-options.ts';
import { Batch } from '../../src/stream/batch.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';

/** A source that gives its header, and waits until it is stopped. */
const waiting: Stage = {
  role: 'source',
  sides: new Map(),
  bounded: true,
  async run({ emitMarker, signal }) {
    await emitMarker(0, { kind: 'stream', header: PLAIN_HEADER });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

const operator = (
  create: (context: OperatorContext) => Operator,
  role: 'operator' | 'sink' = 'operator',
): Stage => ({
  role,
  sides: new Map(),
  create,
});

/** Runs stages without input; tells what they said, a line each. */
async function run(stages: Readonly<Record<string, Stage>>, signals = new EventEmitter()) {
  const told: string[] = [];
  const report: Reporter = {
    error: (stage, error) => told.push(`${stage}: ${(error as Error).message}`),
    notice: (stage, message) => told.push(`${stage}: ${message}`),
    stats: () => {},
  };
  const options = { stats: false, eof: 'cut', maxLine: 1 << 20, report } as const;
  const plan = Object.entries(stages).map(([name, stage]) => ({ name, stage, options }));
  let output = '';
  const ends = {
    openInput: () => ({ read: () => 0, close: async () => {} }),
    openOutput: () => ({
      write: (bytes: Buffer): undefined => {
        output += bytes.toString();
      },
      close: async () => {},
      abandon: () => {},
    }),
  };
  const code = await new FusedRun(plan, signals as NodeJS.Process, ends).run();
  return { code, told, output };
}

describe('stages in one process', () => {
  it('end when one of them fails while nothing is handed to it', async () => {
    const abandoned: string[] = [];
    const idle = (name: string): Operator => ({
      onBatch: () => undefined,
      onMarker: () => undefined,
      abort: async () => void abandoned.push(name),
    });
    const { code, told } = await run({
      source: waiting,
      calm: operator(() => idle('calm')),
      asking: operator((context) => {
        setTimeout(() => context.fail?.(new TidemarkError('failed', 'no answer')), 5);
        return idle('asking');
      }),
    });
    expect({ code, told, abandoned }).toEqual({
      code: 1,
      told: ['asking: no answer'],
      abandoned: ['calm', 'asking'],
    });
  });

  it('see a signal that came while they were made', async () => {
    const signals = new EventEmitter();
    const { code, told } = await run(
      {
        source: waiting,
        loading: operator(() => {
          signals.emit('SIGTERM', 'SIGTERM');
          return { onBatch: () => undefined, onMarker: () => undefined };
        }),
      },
      signals,
    );
    expect({ code, told }).toEqual({ code: 143, told: [] });
  });

  it('tell an error that is none of ours under the name of its stage', async () => {
    const broken: Operator = {
      onBatch: () => undefined,
      onMarker: async () => {
        throw new Error('a bug');
      },
    };
    const passing = operator((context) => ({
      onBatch: (_input, batch) => context.emit(0, batch),
      onMarker: (_input, marker) => context.emitMarker(0, marker),
    }));
    expect(await run({ source: waiting, passing, broken: operator(() => broken) })).toMatchObject({
      code: 1,
      told: ['broken: a bug'],
    });
  });

  it('number the rows that they are handed as the lines of a pipe', async () => {
    const lines: number[][] = [];
    const source: Stage = {
      ...waiting,
      async run({ emit, emitMarker }) {
        await emitMarker(0, { kind: 'stream', header: PLAIN_HEADER });
        const batch = new Batch(8, 16);
        for (const time of [1, 2, 3, 4]) batch.addEvent(time, 0, 0, 77);
        batch.kind[1] = 3;
        await emit(0, batch);
        batch.clear();
        batch.addEvent(5, 0, 0, 77);
        await emit(0, batch);
        await emitMarker(0, { kind: 'end', reason: 'drained' });
      },
    };
    const looking = operator(
      () => ({
        onBatch: (_input, batch) => void lines.push([...batch.line.subarray(0, batch.rows)]),
        onMarker: () => undefined,
      }),
      'sink',
    );
    expect((await run({ source, looking })).code).toBe(0);
    expect(lines).toEqual([[2, 77, 3, 4], [5]]);
  });
});
