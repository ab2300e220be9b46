import type { CombineOptions } from '../../src/operators/combine-options.ts';
import type { Operator, OperatorContext } from '../../src/operators/operator.ts';
import { PanedCombine } from '../../src/operators/paned-combine.ts';
import type { Firing, Trigger } from '../../src/stream/firing.ts';
import { type Call, combineOptions } from './combine-calls.ts';
import type { MakeOperator } from './harness.ts';

/** How windows fire; nothing is late, and panes are discarded, unless it says otherwise. */
export const firing = (trigger: Trigger, rest: Partial<Firing> = {}): Firing => ({
  trigger,
  lateness: 0,
  mode: 'discard',
  onTime: 'always',
  closing: 'if-any',
  ...rest,
});

/** The operator, as if its header said that windows fire so. */
export const combineFiring =
  (call: Call, how: Firing, more: Partial<CombineOptions> = {}): MakeOperator =>
  (context: OperatorContext): Operator => {
    const combine = new PanedCombine({ ...combineOptions(call), ...more }, how, context);
    return {
      state: combine.state,
      onBatch: (input, batch) => combine.onBatch(input, batch),
      onMarker: (input, marker) =>
        combine.onMarker(
          input,
          marker.kind === 'stream' ? { ...marker, header: { ...marker.header, firing: how } } : marker,
        ),
    };
  };

export const count = (n: number): Trigger => ({ kind: 'count', count: n });
export const every = (seconds: number): Trigger => ({ kind: 'every', period: seconds * 1000 });
export const delay = (seconds: number): Trigger => ({ kind: 'delay', delay: seconds * 1000 });
export const repeat = (of: Trigger): Trigger => ({ kind: 'repeat', of });
export const eachOf = (...of: readonly Trigger[]): Trigger => ({ kind: 'each-of', of });
export const any = (...of: readonly Trigger[]): Trigger => ({ kind: 'any', of });
export const all = (...of: readonly Trigger[]): Trigger => ({ kind: 'all', of });
export const orFinally = (of: Trigger, until: Trigger): Trigger => ({ kind: 'or-finally', of, until });
export const EACH: Trigger = { kind: 'each' };
export const NEVER: Trigger = { kind: 'never' };

/** When the watermark passes the end, with panes before and behind. */
export const atEnd = (parts: { readonly early?: Trigger; readonly late?: Trigger } = {}): Trigger => ({
  kind: 'after-watermark',
  ...parts,
});
