import type { Stage } from '../commands/stage.ts';
import type { Target } from '../connectors/connector.ts';
import { openFileTarget } from '../connectors/file-target.ts';
import { MAIN, REJECTED } from '../operators/operator.ts';
import type { Outlet, Voice } from './operator-host.ts';

/** Runs the source of a pipeline: gives it its context, its clock, and a file for what it rejects. */
export class SourceHost {
  readonly #stage: Extract<Stage, { role: 'source' }>;
  readonly #outlet: Outlet;
  readonly #voice: Voice;
  /** Where raw records go that are rejected. */
  #rejected: Target | undefined;

  constructor(stage: Extract<Stage, { role: 'source' }>, outlet: Outlet, voice: Voice) {
    this.#stage = stage;
    this.#outlet = outlet;
    this.#voice = voice;
  }

  /** @param maxLine bytes that a line may have */
  async run(signal: AbortSignal, maxLine: number): Promise<void> {
    const { sides, bounded } = this.#stage;
    const path = sides.get(REJECTED);
    if (path !== undefined) this.#rejected = await openFileTarget(path, { mode: 'overwrite', bounded });
    await this.#stage.run({
      emit: (_output, batch) => this.#outlet.emit(batch),
      emitMarker: (_output, marker) => this.#outlet.emitMarker(marker),
      connected: (output) => output === MAIN,
      notice: (message, hint) => this.#voice.notice(message, hint),
      count: (name, by) => this.#voice.count(name, by),
      signal,
      maxLine,
      reject: (bytes) => this.#rejected?.write(bytes),
      now: Date.now,
    });
    await this.#rejected?.commit();
  }

  /** Leaves nothing half done. Never throws. */
  async abandon(): Promise<void> {
    await this.#rejected?.abandon();
  }
}
