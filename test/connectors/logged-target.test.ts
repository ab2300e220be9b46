import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LoggedTarget } from '../../src/connectors/logged-target.ts';
import type { PublishedBatch, Publisher } from '../../src/connectors/publisher.ts';
import { temporaryFolder } from './children.ts';
import { EpochState } from './epoch-state.ts';

let folder = '';
let state = new EpochState();
beforeEach(() => {
  folder = temporaryFolder();
  state = new EpochState();
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** A database that keeps the epoch with the rows, or knows only keys of what it was given. */
class Place implements Publisher {
  text = '';
  /** What it was asked to take, in order. */
  readonly asked: number[] = [];
  readonly published?: (id: string) => Promise<number>;
  readonly #taken = new Set<string>();
  /** Fails the next time: before it takes anything, or behind it. */
  fails: 'before' | 'behind' | undefined;

  constructor(tells: boolean) {
    if (!tells) return;
    this.published = async (id) =>
      Math.max(0, ...[...this.#taken].map((key) => Number(key.replace(`${id} `, ''))));
  }

  async publish(batch: PublishedBatch): Promise<void> {
    this.asked.push(batch.epoch);
    const { fails } = this;
    this.fails = undefined;
    if (fails === 'before') throw new Error('no route to host');
    const pieces: Buffer[] = [];
    for await (const piece of batch.read()) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    expect(text).toHaveLength(batch.length);
    const key = `${batch.id} ${batch.epoch}`;
    if (!this.#taken.has(key)) this.text += text;
    this.#taken.add(key);
    if (fails === 'behind') throw new Error('the connection was reset');
  }
}

const run = (publisher: Publisher) =>
  state.recover(
    new LoggedTarget({
      name: 'the database',
      id: 'dir/sink',
      folder,
      publisher,
      afterFailure: 'run it again',
    }),
  );
const logs = (): string[] => fs.readdirSync(folder).sort();

describe('a target that is published to', () => {
  it('gets an epoch when it is committed, and nothing before', async () => {
    const place = new Place(false);
    const target = await run(place);
    target.write(Buffer.from('one\n'));
    target.write(Buffer.from('two\n'));
    await state.prepare(target);
    expect(place.asked).toEqual([]);
    expect(logs()).toEqual([expect.stringMatching(/^output-\d+\.log$/)]);
    state.commit();
    await target.publish(state.committed);
    await target.publish(state.committed);
    expect(place.text).toBe('one\ntwo\n');
    expect(place.asked).toHaveLength(1);
    expect(logs()).toEqual([]);
    // An epoch without results is none to publish.
    await state.write(target, '');
    expect(place.asked).toHaveLength(1);
    await target.end(Buffer.from('the end\n'));
    await target.close();
  });

  it('gets what is committed at the next start, and never what is not', async () => {
    const place = new Place(false);
    const killed = await run(place);
    killed.write(Buffer.from('one\n'));
    await state.prepare(killed);
    state.commit();
    killed.write(Buffer.from('two\n'));
    await state.prepare(killed);
    killed.write(Buffer.from('thr'));
    expect(logs()).toHaveLength(3);
    await run(place);
    expect(place.text).toBe('one\n');
    expect(logs()).toEqual([]);
  });

  it('is not asked again where it tells what it has', async () => {
    for (const tells of [true, false]) {
      state = new EpochState();
      const place = new Place(tells);
      const target = await run(place);
      place.fails = 'behind';
      await expect(state.write(target, 'one\n')).rejects.toMatchObject({
        code: 'failed',
        message: 'cannot publish to the database: the connection was reset',
        hint: 'run it again',
      });
      await target.close();
      await run(place);
      expect(place.text).toBe('one\n');
      expect(place.asked).toHaveLength(tells ? 1 : 2);
      expect(logs()).toEqual([]);
    }
  });

  it('gets nothing of a log that is damaged', async () => {
    const place = new Place(false);
    const killed = await run(place);
    killed.write(Buffer.from('one\n'));
    await state.prepare(killed);
    state.commit();
    const [name] = logs();
    const text = fs.readFileSync(join(folder, name!), 'utf8');
    for (const damaged of [
      text.replace('one', 'onx'),
      text.slice(1),
      text.slice(0, -1),
      `${text}two\n`,
      '',
    ]) {
      fs.writeFileSync(join(folder, name!), damaged);
      await expect(run(place)).rejects.toMatchObject({
        code: 'failed',
        message: `${join(folder, name!)} is damaged: it is not what was written`,
      });
    }
    expect(place.asked).toEqual([]);
  });

  it('gets several epochs that are committed, in their order', async () => {
    const place = new Place(true);
    const killed = await run(place);
    for (const text of ['one\n', '', 'two\n', 'three\n']) {
      killed.write(Buffer.from(text));
      await state.prepare(killed);
      if (text !== 'three\n') state.commit();
    }
    await run(place);
    expect(place.text).toBe('one\ntwo\n');
    expect(logs()).toEqual([]);
  });

  it('leaves other files of the folder alone', async () => {
    fs.writeFileSync(join(folder, '12.snapshot'), 'kept');
    const target = await run(new Place(false));
    await state.write(target, 'one\n');
    await run(new Place(false));
    expect(logs()).toEqual(['12.snapshot']);
  });

  it('has what is committed, once, whenever runs are killed and it fails', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('write' as const),
          bytes: fc.integer({ min: 0, max: 600_000 }),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('prepare' as const, 'commit' as const) }) },
    );
    const attempt = fc.record({
      steps: fc.array(step, { maxLength: 8 }),
      fails: fc.option(fc.constantFrom('before' as const, 'behind' as const), { nil: undefined }),
      publishes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(attempt, { minLength: 1, maxLength: 5 }),
        async (tells, attempts) => {
          for (const name of logs()) fs.rmSync(join(folder, name));
          state = new EpochState();
          const place = new Place(tells);
          let committed = '';
          for (const { steps, fails, publishes } of attempts) {
            const target = await run(place);
            expect(place.text === committed).toBe(true);
            place.fails = fails;
            let written = committed;
            let wanted: string | undefined;
            try {
              for (const one of steps) {
                if (one.do === 'write') {
                  const piece = String(written.length % 10).repeat(one.bytes);
                  target.write(Buffer.from(piece));
                  written += piece;
                } else if (one.do === 'prepare' && wanted === undefined) {
                  await state.prepare(target);
                  wanted = written;
                } else if (one.do === 'commit' && wanted !== undefined) {
                  state.commit();
                  committed = wanted;
                  wanted = undefined;
                  // A run that is killed here has published nothing, and nothing more is committed.
                  if (!publishes) break;
                  await target.publish(state.committed);
                }
              }
            } catch {
              // It could not be published: the run ends.
            }
            place.fails = undefined;
            await target.close();
          }
          await run(place);
          expect(place.text === committed).toBe(true);
          expect(logs()).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
