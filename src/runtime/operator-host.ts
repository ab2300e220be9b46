import type { Stage, StageContext } from '../commands/stage.ts';
import { MAIN, type Operator } from '../operators/operator.ts';
import { settle } from '../operators/work.ts';
import type { Batch } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { SideOutput } from './side-output.ts';

/** Where the main output of a stage goes: a pipe, or the next stage of the same process. */
export interface Outlet {
  emit(batch: Batch): undefined | Promise<void>;
  emitMarker(marker: Marker): undefined | Promise<void>;
}

/** What a stage is told and tells, beside its outputs. */
export interface Voice {
  notice(message: string, hint?: string): void;
  count(name: string, by: number): void;
  /** Ends the run with this error while no call is there to throw it; where it is missing, the next call tells. */
  fail?(error: unknown): void;
}

/**
 * Makes the operator of a stage and gives it its context and its side outputs: these begin before the header
 * reaches it, and are committed before the end goes on.
 */
export class OperatorHost {
  readonly #stage: Exclude<Stage, { role: 'source' }>;
  readonly #outlet: Outlet;
  readonly #voice: Voice;
  readonly #maxLine: number;
  /** Side outputs by number. */
  readonly #sides = new Map<number, SideOutput>();
  /** The stream was suspended, and has not gone on so far. */
  #suspended = false;
  #operator: Operator | undefined;

  /** @param maxLine bytes that a line may have */
  constructor(stage: Exclude<Stage, { role: 'source' }>, outlet: Outlet, voice: Voice, maxLine: number) {
    this.#stage = stage;
    this.#outlet = outlet;
    this.#voice = voice;
    this.#maxLine = maxLine;
    for (const [output, path] of stage.sides) this.#sides.set(output, new SideOutput(path));
  }

  /** Members that the operator reads (`Operator.reads`), once it is open. */
  get reads(): readonly string[] | undefined {
    return this.#operator?.reads;
  }

  /** The operator, to be fed with batches and markers. */
  async open(): Promise<Operator> {
    const operator = await this.#stage.create(this.#context());
    this.#operator = operator;
    if (this.#sides.size === 0) return operator;
    return {
      onBatch: (input, batch) => operator.onBatch(input, batch),
      onMarker: (input, marker) =>
        marker.kind === 'stream' ? this.#begin(operator, input, marker) : operator.onMarker(input, marker),
    };
  }

  /** The input ended as it should. */
  async close(): Promise<void> {
    await this.#operator?.close?.();
    if (!this.#suspended) return;
    for (const side of this.#sides.values()) await side.commit('suspended');
  }

  /** Leaves nothing half done. Never throws. */
  async abandon(): Promise<void> {
    await this.#operator?.abort?.();
    for (const side of this.#sides.values()) await side.abandon();
  }

  #context(): StageContext {
    return {
      emit: (output, batch) =>
        output === MAIN ? this.#outlet.emit(batch) : this.#sides.get(output)?.emit(batch),
      // A side output has markers of its own: its header and its end.
      emitMarker: (output, marker) => {
        if (output !== MAIN) return undefined;
        return marker.kind === 'end' ? this.#end(marker) : this.#outlet.emitMarker(marker);
      },
      connected: (output) => output === MAIN || this.#sides.has(output),
      notice: (message, hint) => this.#voice.notice(message, hint),
      count: (name, by) => this.#voice.count(name, by),
      fail: (error) => this.#voice.fail?.(error),
      maxLine: this.#maxLine,
    };
  }

  async #begin(
    operator: Operator,
    input: number,
    marker: Extract<Marker, { kind: 'stream' }>,
  ): Promise<void> {
    this.#suspended = false;
    for (const side of this.#sides.values()) await side.begin(marker.header);
    await settle(operator.onMarker(input, marker));
  }

  /** The sides first: where one of them fails, the commands behind must not hear of an end. */
  async #end(marker: Extract<Marker, { kind: 'end' }>): Promise<void> {
    this.#suspended = marker.reason === 'suspended';
    for (const side of this.#sides.values()) {
      if (marker.reason === 'drained') await side.commit('drained');
      else if (marker.reason === 'skipped') await side.abandon();
    }
    await this.#outlet.emitMarker(marker);
  }
}

/** The members that operators behind a source read, as far as events keep the members that they came with. */
export function membersRead(hosts: readonly OperatorHost[]): string[] {
  const names = new Set<string>();
  for (const { reads } of hosts) {
    if (reads === undefined) break;
    for (const name of reads) names.add(name);
  }
  return [...names];
}
