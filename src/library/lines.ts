import type { Stage } from '../commands/stage.ts';
import type { SplitReader } from '../connectors/connector.ts';
import { errorIn, toldAt } from '../errors.ts';
import { DEFAULT_MAX_LINE } from '../formats/line-limit.ts';
import type { World } from '../operators/world.ts';
import type { Outlet } from '../runtime/operator-host.ts';
import type { RunnableStage } from '../runtime/plan.ts';
import type { RunOptions } from '../runtime/run-options.ts';
import { RunningStage, type StageWatch } from '../runtime/running-stage.ts';
import { NOWHERE } from '../runtime/stream-outlet.ts';
import { BranchPlace } from './branch-place.ts';
import type { Fed } from './fed-pipelines.ts';
import { type MergedInput, mergedBy } from './merged-input.ts';
import type { Run, RunSettings, StageMetrics } from './run.ts';
import type { AnyPart } from './step.ts';

/** A pipeline that is to be run. */
export interface GivenLine {
  readonly parts: readonly AnyPart[];
  readonly settings: RunSettings;
  /** What is put behind its parts; undefined: it ends with a sink, or is merged. */
  readonly last?: { readonly name: string; readonly stage: Stage } | undefined;
}

/** Stages that hand their batches on to each other: those of the pipeline, or of one that it merges. */
export interface Line {
  /** Its source, or its merge. */
  readonly first: RunningStage;
  readonly stages: readonly RunningStage[];
  /** The line whose merge it feeds; undefined: it is the pipeline itself. */
  readonly into: Line | undefined;
  /** `input 2`; undefined: it is the pipeline itself. */
  readonly name: string | undefined;
  /** Numbers of the inputs of its merge that other lines bring; the others are branches. */
  readonly brought: ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
}

/** What all lines of a run have. */
export interface AroundLines {
  readonly run: Pick<Run, 'state'>;
  readonly watch: StageWatch;
  /** Where it is not that of this machine. */
  readonly world: World | undefined;
  /** Aborted when branches are read no more. */
  readonly ending: AbortSignal;
}

/** The lines of one run: that of the pipeline last, before it those that feed its merge. */
export class Lines {
  readonly all: Line[] = [];
  readonly #around: AroundLines;

  /** @throws TidemarkError `usage` for a pipeline that is merged and cannot be */
  constructor(given: GivenLine, around: AroundLines) {
    this.#around = around;
    this.#join(given, NOWHERE, undefined, undefined);
  }

  get stages(): RunningStage[] {
    return this.all.flatMap(({ stages }) => stages);
  }

  get metrics(): readonly StageMetrics[] {
    return metricsOf(this.stages);
  }

  /** An error of a stage, told with the input that it is of. */
  told(stage: RunningStage, error: unknown): unknown {
    const name = this.all.find(({ stages }) => stages.includes(stage))?.name;
    return name === undefined ? error : errorIn(name, error);
  }

  /** The stages behind the source of a line, with those that it feeds. */
  behind({ stages, into }: Line): RunningStage[] {
    const rest = stages.slice(1);
    return into === undefined ? rest : [...rest, into.first, ...this.behind(into)];
  }

  #join(
    { parts, settings, last }: GivenLine,
    outlet: Outlet,
    into: Line | undefined,
    name: string | undefined,
  ): Line {
    const made = parts.map((part) =>
      runnable(part.command, part.stage, part.name, settings, this.#around.world),
    );
    if (last !== undefined)
      made.push(runnable(last.name, last.stage, undefined, settings, this.#around.world));
    const inputs = mergedBy(parts);
    const stages: RunningStage[] = [];
    let next = outlet;
    for (const [index, stage] of [...made.entries()].reverse()) {
      const read = index > 0 ? undefined : this.#branches(inputs);
      const around = into?.first.inputs?.pace;
      next = new RunningStage(stage, next, index === 0, this.#around.watch, { read, around });
      stages.unshift(next as RunningStage);
    }
    const pipelines = [...inputs.entries()].filter((input): input is [number, Fed] => isPipeline(input[1]));
    const brought = new Set(pipelines.map(([number]) => number));
    const line: Line = { first: stages[0]!, stages, into, name, brought, signal: settings.signal };
    for (const [number, input] of pipelines) this.#joinInput(input, number, line, settings);
    this.all.push(line);
    return line;
  }

  #joinInput(input: Fed, number: number, into: Line, settings: RunSettings): void {
    const name = `input ${number + 1}${into.name === undefined ? '' : ` of ${into.name}`}`;
    const { run } = this.#around;
    let line: Line | undefined;
    toldAt(name, () =>
      input.begin({
        get state() {
          return run.state;
        },
        get metrics() {
          return metricsOf(line?.stages ?? []);
        },
      }),
    );
    const own: RunSettings = {
      maxLine: input.settings.maxLine ?? settings.maxLine,
      onNotice: input.settings.onNotice ?? settings.onNotice,
      signal: input.settings.signal,
    };
    line = this.#join({ parts: input.parts, settings: own }, into.first.inputs!.input(number), into, name);
  }

  /** The inputs of a merge that are branches, by number. */
  #branches(inputs: readonly MergedInput[]): ReadonlyMap<number, SplitReader> {
    return new Map(
      inputs.flatMap((input, number) =>
        isPipeline(input) ? [] : [[number, input.reader(this.#around.ending)] as const],
      ),
    );
  }
}

const isPipeline = (input: MergedInput): input is Fed => !(input instanceof BranchPlace);

const metricsOf = (stages: readonly RunningStage[]): readonly StageMetrics[] =>
  stages.map(({ name, counters }) => ({ stage: name, counters: Object.fromEntries(counters) }));

function runnable(
  command: string,
  stage: Stage,
  name: string | undefined,
  { maxLine = DEFAULT_MAX_LINE, onNotice }: RunSettings,
  world: World | undefined,
): RunnableStage {
  const options: RunOptions = {
    stats: true,
    eof: 'cut',
    maxLine,
    name,
    world,
    report: {
      error: () => {},
      stats: () => {},
      notice: (told, message, hint) => onNotice?.({ stage: told, message, hint }),
    },
  };
  return { name: command, stage, options };
}
