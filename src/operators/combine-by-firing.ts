import type { OperatorState } from '../state/snapshot.ts';
import type { Batch } from '../stream/batch.ts';
import type { Marker } from '../stream/marker.ts';
import { Combine } from './combine.ts';
import type { CombineOptions } from './combine-options.ts';
import type { Operator, OperatorContext, Work } from './operator.ts';
import { settle } from './work.ts';

/** Combines as the header says that windows fire: once, when they are complete, or as a trigger says. */
export class CombineByFiring implements Operator {
  readonly reads: readonly string[];
  /** Of whichever combines: who keeps it asks for it before the header. */
  readonly state: OperatorState;
  readonly #options: CombineOptions;
  readonly #context: OperatorContext;
  #combine: Operator & { readonly state: OperatorState };

  constructor(options: CombineOptions, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    const combine = new Combine(options, context);
    this.#combine = combine;
    this.reads = combine.reads;
    const state = (): OperatorState => this.#combine.state;
    this.state = {
      get shape() {
        return state().shape;
      },
      compare: (saved) => state().compare(saved),
      summary: () => state().summary?.() ?? {},
      track: () => state().track(),
      save: (out) => state().save(out),
      restore: (from) => state().restore(from),
      restored: async () => state().restored?.(),
    };
  }

  onBatch(input: number, batch: Batch): Work {
    return this.#combine.onBatch(input, batch);
  }

  onMarker(input: number, marker: Marker): Work {
    if (marker.kind !== 'stream' || marker.header.firing === undefined)
      return this.#combine.onMarker(input, marker);
    const { firing } = marker.header;
    // Most streams have windows that fire once, and never need it.
    return import('./paned-combine.ts').then(async ({ PanedCombine }) => {
      this.#combine = new PanedCombine(this.#options, firing, this.#context);
      await settle(this.#combine.onMarker(input, marker));
    });
  }
}
