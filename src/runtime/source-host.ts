import type { Stage } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import { MAIN, REJECTED } from '../operators/operator.ts';
import type { Marker } from '../stream/marker.ts';
import type { Outlet, Voice } from './operator-host.ts';

/** Runs the source of a pipeline: gives it its context, its clock, and a file for what it rejects. */
export class SourceHost {
  readonly #stage: Extract<Stage, { role: 'source' }>;
  readonly #outlet: Outlet;
  readonly #voice: Voice;
  /** Where raw records go that are rejected. */
  #rejected: Target | undefined;
  #ended = false;

  constructor(stage: Extract<Stage, { role: 'source' }>, outlet: Outlet, voice: Voice) {
    this.#stage = stage;
    this.#outlet = outlet;
    this.#voice = voice;
  }

  /** Whether the stream was given its end: false where a signal has stopped it before. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * @param maxLine bytes that a line may have
   * @param members what operators of the same process read of each event
   */
  async run(signal: AbortSignal, maxLine: number, members: readonly string[]): Promise<void> {
    const { sides, bounded } = this.#stage;
    const path = sides.get(REJECTED);
    if (path !== undefined) this.#rejected = await openFileTarget(path, { mode: 'overwrite', bounded });
    await this.#stage.run({
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
      now: Date.now,
    });
    if (!this.#ended) await this.abandon();
  }

  /** The file of rejects first: where it fails, the commands behind must not hear of an end. */
  async #end(marker: Marker): Promise<void> {
    await this.#rejected?.commit();
    this.#ended = true;
    await this.#outlet.emitMarker(marker);
  }

  /** Leaves nothing half done. Never throws. */
  async abandon(): Promise<void> {
    await this.#rejected?.abandon();
  }
}
