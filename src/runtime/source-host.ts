import { Buffer } from 'node:buffer';
import type { SourceContext, SourceKeeping, Stage } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import type { ReadingPace } from '../connectors/reading-pace.ts';
import { MAIN, REJECTED } from '../operators/operator.ts';
import type { World } from '../operators/world.ts';
import { endsTime } from '../stream/batch.ts';
import { GLOBAL_WINDOWING } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import type { Outlet } from './operator-host.ts';
import { SharedEpochs } from './shared-epochs.ts';
import type { RunningSourceEpochs } from './source-epochs.ts';
import type { Voice } from './voice.ts';

const NOTHING = Buffer.alloc(0);

/** Runs the source of a pipeline: gives it its context, its clock, and a file for what it rejects. */
export class SourceHost {
  readonly #stage: Extract<Stage, { role: 'source' }>;
  readonly #outlet: Outlet;
  readonly #voice: Voice;
  /** Where raw records go that are rejected. */
  #rejected: Target | undefined;
  /** The name under which it is kept; undefined: its command's. */
  readonly #name: string | undefined;
  readonly #world: World | undefined;
  /** With `--state`: what it shares with other sources of the run; undefined: it is the only one. */
  readonly #shared: SharedEpochs | undefined;
  /** The end of the stream has gone out, or is about to. */
  #ended = false;
  /** With `--state`, while it runs. */
  #epochs: RunningSourceEpochs | undefined;

  /**
   * @param name `--name`
   * @param world where it is not that of this machine
   * @param shared with other sources of the run that keep state; undefined: it is the only one
   */
  constructor(
    stage: Extract<Stage, { role: 'source' }>,
    outlet: Outlet,
    voice: Voice,
    name: string | undefined = undefined,
    world: World | undefined = undefined,
    shared: SharedEpochs | undefined = undefined,
  ) {
    this.#shared = shared;
    this.#stage = stage;
    this.#outlet = outlet;
    this.#voice = voice;
    this.#name = name;
    this.#world = world;
  }

  /** Whether the stream was given its end: false where a signal has stopped it before. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * @param maxLine bytes that a line may have
   * @param members what operators of the same process read of each event
   * @param pace where its stream is one of several of the same process
   */
  async run(
    signal: AbortSignal,
    maxLine: number,
    members: readonly string[],
    pace?: ReadingPace,
  ): Promise<void> {
    const { sides, bounded, keeping } = this.#stage;
    const context: SourceContext = {
      emit: (_output, batch) => this.#outlet.emit(batch),
      emitMarker: (_output, marker) =>
        marker.kind === 'end' ? this.#end(marker) : this.#outlet.emitMarker(marker),
      connected: (output) => output === MAIN,
      notice: (message, hint) => this.#voice.notice(message, hint),
      count: (name, by) => this.#voice.count(name, by),
      signal,
      maxLine,
      members,
      reject: (bytes) => this.#rejected?.write(bytes),
      now: this.#world?.clock ?? Date.now,
      world: this.#world,
      ...(pace === undefined ? {} : { pace }),
    };
    const path = sides.get(REJECTED);
    if (keeping !== undefined) await this.#runKeeping(keeping, context, path);
    else {
      if (path !== undefined) this.#rejected = await openFileTarget(path, { mode: 'overwrite', bounded });
      await this.#stage.run(context);
    }
    if (!this.#ended) await this.abandon();
  }

  /** Runs the source so that the next run can go on where this one stops. */
  async #runKeeping(
    keeping: SourceKeeping,
    context: SourceContext,
    rejectedTo: string | undefined,
  ): Promise<void> {
    const { epochTarget } = await import('../connectors/epoch-target.ts');
    const { lookOnly, RunningSourceEpochs } = await import('./source-epochs.ts');
    const stop = new AbortController();
    if (context.signal.aborted) stop.abort(context.signal.reason);
    else context.signal.addEventListener('abort', () => stop.abort(context.signal.reason));
    const shared = this.#shared ?? new SharedEpochs(keeping, 1);
    const run = await shared.open(context.notice, stop.signal);
    if (run === undefined) {
      if (!stop.signal.aborted) await this.#skip();
      return;
    }
    const side = rejectedTo === undefined ? undefined : epochTarget(rejectedTo, 'overwrite');
    const epochs = await RunningSourceEpochs.open(run, this.#name ?? 'source', {
      shape: keeping.shape,
      side,
      emit: (marker) => this.#outlet.emitMarker(marker),
      fail: (error) => this.#voice.fail?.(error),
      stop: () => stop.abort(),
    }).catch(async (error: unknown) => {
      await shared.close();
      throw error;
    });
    this.#epochs = epochs;
    try {
      const { drained } = epochs;
      await this.#stage.run({
        ...context,
        signal: stop.signal,
        reject: (bytes) => side?.write(bytes),
        epochs: drained ? lookOnly(epochs) : epochs,
        emit: (_output, batch) => {
          if (endsTime(batch)) epochs.complete = true;
          return this.#outlet.emit(batch);
        },
        emitMarker: (_output, marker) => {
          if (marker.kind === 'stream')
            return this.#outlet.emitMarker({
              ...marker,
              header: { ...marker.header, state: epochs.reference },
            });
          if (marker.kind !== 'end') return this.#outlet.emitMarker(marker);
          if (run.restoredDrained) return this.#endWith({ kind: 'end', reason: 'skipped' });
          return epochs.arrive().then(() => this.#end(drained ? { kind: 'end', reason: 'drained' } : marker));
        },
      });
    } finally {
      if (this.#ended) await side?.end(NOTHING);
      await side?.close();
      epochs.close();
    }
  }

  /** Another run is at it: nothing to do. */
  async #skip(): Promise<void> {
    await this.#outlet.emitMarker({
      kind: 'stream',
      header: {
        version: 1,
        commands: ['source'],
        bounded: this.#stage.bounded,
        watermark: {},
        windowing: GLOBAL_WINDOWING,
        branch: '',
        // A sink leaves its target alone from the start: what that holds is the other run's.
        other: { skipped: true },
      },
    });
    await this.#endWith({ kind: 'end', reason: 'skipped' });
  }

  /** The file of rejects first: where it fails, the commands behind must not hear of an end. */
  async #end(marker: Marker): Promise<void> {
    await this.#rejected?.commit();
    await this.#endWith(marker);
    await this.#epochs?.finish();
  }

  async #endWith(marker: Marker): Promise<void> {
    this.#ended = true;
    await this.#outlet.emitMarker(marker);
  }

  /** Leaves nothing half done. Never throws. */
  async abandon(): Promise<void> {
    await this.#rejected?.abandon();
  }
}
