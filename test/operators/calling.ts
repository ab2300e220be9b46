import type { Combiner } from '../../src/aggregates/js.ts';
import { withCombiner } from '../../src/aggregates/js.ts';
import { TidemarkError } from '../../src/errors.ts';
import type { AggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { parseAggregateArgument } from '../../src/expressions/aggregate-argument.ts';
import { operandOf, parseOperandTexts } from '../../src/expressions/operand.ts';
import { MapJs, type MapJsOptions } from '../../src/operators/map-js.ts';
import type { MapModule, ModuleHost } from '../../src/operators/map-module.ts';
import { sideNumber } from '../../src/operators/map-names.ts';
import { SideInput, type SideOptions } from '../../src/operators/side-input.ts';
import { SideViews } from '../../src/operators/side-views.ts';
import { SideValues, WithSides } from '../../src/operators/with-sides.ts';
import { type Feeding, type MakeOperator, WHOLE } from './harness.ts';
import { feedOf, type Timed } from './side-streams.ts';

/** A module that has all the time in the world. */
const host: ModuleHost = {
  name: './fn.mjs',
  parameters: { size: '3' },
  within: async (promise) => promise,
  reason: (error) => `./fn.mjs: ${error instanceof Error ? error.message : String(error)}`,
};

interface Setup extends Partial<Omit<MapJsOptions, 'by' | 'sides'>> {
  readonly by?: string;
  readonly sides?: readonly string[];
  /** A side input. */
  readonly input?: { readonly options: SideOptions; readonly side: Timed; readonly feeding?: Feeding };
}

/** `tm map --js` with a function. */
export const mapWith = (process: MapModule['process'], setup?: Setup): MakeOperator =>
  moduleWith(() => ({ process }), setup);

/** `tm map --js` with a module that is made anew for each operator. */
export const moduleWith =
  (make: () => MapModule, setup: Setup = {}): MakeOperator =>
  (context) => {
    const { by, sides = [], onError = 'reject', ttl = Number.POSITIVE_INFINITY, concurrency = 1 } = setup;
    const options: MapJsOptions = {
      by: by === undefined ? [] : parseOperandTexts(by).map(operandOf),
      ttl,
      onError,
      concurrency,
      sides: new Map(sides.map((name) => [name, sideNumber(name)])),
    };
    if (setup.input === undefined) return new MapJs(options, make(), host, context);
    const { options: sideOptions, side, feeding = WHOLE } = setup.input;
    const values = new SideValues([new SideInput(sideOptions)], new Map(), true);
    const operator = new MapJs(options, make(), host, context, new SideViews(values));
    return new WithSides(operator, values, feedOf(side, feeding));
  };

/** An aggregate of `tm combine` with a combiner of a module. */
export function combinerCall(
  text: string,
  combiner: Combiner | ((a: never, b: never) => unknown),
): AggregateArgument {
  const failure = (error: unknown, what: string): TidemarkError =>
    new TidemarkError('failed', `${host.reason(error)} (in ${what})`);
  const both = combiner as (a: unknown, b: unknown) => unknown;
  const definition =
    typeof combiner === 'function'
      ? withCombiner({ combiner: { create: () => null, add: both, merge: both }, plain: true, failure })
      : withCombiner({ combiner, plain: false, failure });
  return { ...parseAggregateArgument(text), definition };
}
