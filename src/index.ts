import * as language from './expressions/language.ts';
import { provideLanguage } from './expressions/late-language.ts';

export type { Combiner } from './aggregates/js.ts';
export type { ModuleBatch, SinkModule } from './connectors/module-target.ts';
export type {
  Continuation,
  ModuleRecord,
  Parameters as ModuleParameters,
  ReadContext,
  SourceModule,
} from './connectors/source-module.ts';
export type { Tracker } from './connectors/tracker.ts';
export type { UserEstimator as WatermarkEstimator, WatermarkModule } from './connectors/watermark-module.ts';
export { type ErrorCode, TidemarkError } from './errors.ts';
export { type Branch, branch } from './library/branch.ts';
export type { Diagnostic } from './library/check.ts';
export {
  type CombinerFunctions,
  combine,
  type GivenAggregate,
  type ProgramCombiner,
} from './library/combine.ts';
export { enrich } from './library/enrich.ts';
export type { Pane, TimedEvent } from './library/event.ts';
export { type MapExpressionOptions, type MapFunctionOptions, map } from './library/map.ts';
export { type Mergeable, merge } from './library/merge.ts';
export type * from './library/options.generated.ts';
export { type Pipeline, pipeline, run, type TextOptions } from './library/pipeline.ts';
export type { Notice, Run, RunSettings, RunState, StageMetrics } from './library/run.ts';
export type { SidePipelines, SidesOf } from './library/sides.ts';
export { sink } from './library/sink.ts';
export { type Records, source } from './library/source.ts';
export type { AnyPart, EventsOf, Members, Sink, Source, Step } from './library/step.ts';
export {
  apply,
  dedup,
  explode,
  filter,
  type Place,
  partition,
  route,
  sort,
  tee,
  throttle,
} from './library/steps.ts';
export { window } from './library/window.ts';
export type { LookupContext, LookupFunction, LookupModule } from './operators/enrich-js.ts';
export type {
  KeyState,
  MapContext,
  MapFunction,
  MapModule,
  MapResult,
  SetupContext,
} from './operators/map-module.ts';
export type { SideInputs, SideMap } from './operators/side-views.ts';
export type { UserEvent, UserWindow } from './operators/user-event.ts';

// Stages are built at once: there is no time to load it where an expression is given.
provideLanguage(language);
