import { sidesOf } from '../commands/side-option.ts';
import type { Given, ProgramStream } from '../commands/spec.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import { headerBehind } from '../runtime/header-check.ts';
import { branchesOf } from '../runtime/inner-pipes.ts';
import { withSchema } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import type { CommonOptions } from './common-options.ts';
import { missingInputs } from './missing-inputs.ts';
import { type PlannedLine, planned, readPlan, type Telling } from './pipeline-plan.ts';
import { type ReadInput, type ReadStage, readEachStage } from './stage-lines.ts';
import { WrittenFiles } from './written-files.ts';

/** A stage as it would be, were the pipeline run. */
export interface CheckedStage {
  /** As the text has it, where it is no command. */
  readonly name: string;
  /** Of its stream before it; undefined: it is the first, or nothing is known. */
  readonly before: Header | undefined;
  /** Of its stream behind it; undefined: the stage is wrong, or writes none. */
  readonly header: Header | undefined;
  /** Why the run would refuse it, with line and column of the text, and what else is wrong with it. */
  readonly error: TidemarkError | undefined;
  /** What it would read and is not there yet, with line and column of the text. */
  readonly missing: readonly TidemarkError[];
  /** The pipelines of `<(…)` that feed it, in order. */
  readonly inputs: readonly CheckedInput[];
}

export interface CheckedInput extends Pick<ReadInput, 'of'> {
  readonly stages: readonly CheckedStage[];
}

export interface CheckedPipeline {
  readonly stages: readonly CheckedStage[];
  /** What is wrong with the text behind them, or with all of them together. */
  readonly error: TidemarkError | undefined;
}

/** Looks at all stages of a text, also behind one that is wrong: of the events behind that nothing is known. */
export async function checkStages(
  text: PipelineText,
  surroundings: Surroundings,
  common: CommonOptions,
  telling: Telling,
): Promise<CheckedPipeline> {
  const read = await readEachStage(text, surroundings);
  const { stages } = await new Check(common, telling).line(read.stages, true);
  if (read.error !== undefined) return { stages, error: read.error };
  const wrong = stages.some((stage) => errorsIn(stage).length > 0);
  return { stages, error: wrong ? undefined : await errorOfAll(text, surroundings, common, telling) };
}

/** All that is wrong with a stage and with those that feed it, in the order of the text. */
export const errorsIn = ({ error, inputs }: CheckedStage): TidemarkError[] => [
  ...(error === undefined ? [] : [error, ...error.others]),
  ...inputs.flatMap(({ stages }) => stages.flatMap(errorsIn)),
];

/** What is missing of a stage and of those that feed it. */
export const missingIn = ({ missing, inputs }: CheckedStage): TidemarkError[] => [
  ...missing,
  ...inputs.flatMap(({ stages }) => stages.flatMap(missingIn)),
];

/** What no stage is wrong with for itself. */
async function errorOfAll(
  ...[text, surroundings, common, telling]: Parameters<typeof checkStages>
): Promise<TidemarkError | undefined> {
  try {
    await readPlan(text, surroundings, common, telling);
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
}

class Check {
  readonly #common: CommonOptions;
  readonly #telling: Telling;
  readonly #written = new WrittenFiles();
  /** Where the stages so far send branches. */
  readonly #branches = new Set<string>();

  constructor(common: CommonOptions, telling: Telling) {
    this.#common = common;
    this.#telling = telling;
  }

  /**
   * @param own whether it is the pipeline itself
   * @returns with the header behind the last stage; undefined: it is not known
   */
  async line(
    stages: readonly ReadStage[],
    own: boolean,
  ): Promise<{ stages: CheckedStage[]; header: Header | undefined }> {
    const checked: CheckedStage[] = [];
    let header: Header | undefined;
    let stored = false;
    for (const [index, read] of stages.entries()) {
      const stage = await this.#stage(read, header, own && index === 0);
      checked.push(stage.checked);
      header = stage.behind;
      stored ||= stage.stored;
    }
    return { stages: checked, header: stored ? undefined : header };
  }

  /** @param first whether it is the first of the pipeline */
  async #stage(read: ReadStage, before: Header | undefined, first: boolean): Promise<CheckedPlace> {
    const errors = new Errors(read.error);
    const inputs: CheckedInput[] = [];
    const headers = new Map<number | string, Header>();
    for (const { of, stages } of read.inputs) {
      const line = await this.line(stages, false);
      inputs.push({ of, stages: line.stages });
      if (of !== undefined && line.header !== undefined) headers.set(of, line.header);
    }
    let behind: Header | undefined;
    let missing: readonly TidemarkError[] = [];
    let stored = false;
    const plan = await errors.of(() => this.#planned(read, first, headers));
    if (plan !== undefined) {
      const { stage, errorOf } = plan;
      await errors.of(async () => this.#written.add(plan));
      const how = { thorough: true, inputs: headers };
      behind = await errors.of(() => headerBehind(plan, before, how), errorOf);
      stored = stage.role === 'source' && behind !== undefined && (await stage.header?.()) === undefined;
      missing = (await errors.of(() => this.#missing(plan, inputs), errorOf)) ?? [];
      for (const [, place] of branchesOf(plan)) this.#branches.add(place);
    }
    const header = plan?.spec.output === 'none' ? undefined : behind;
    const checked = { name: read.name, before, header, error: errors.all, missing, inputs };
    return { checked, behind: behind ?? unknownBehind(before, read), stored };
  }

  /** The stage without what feeds it, which is looked at by itself; undefined: its words are wrong. */
  async #planned(
    { line, inputs }: ReadStage,
    first: boolean,
    headers: ReadonlyMap<number | string, Header>,
  ): Promise<PlannedLine | undefined> {
    if (line === undefined) return undefined;
    const alone = {
      ...line,
      given: withoutFeeds(line.given, inputs, headers),
      feeds: new Map(),
      sideFeeds: new Map(),
    };
    return planned(alone, first, this.#common, this.#telling);
  }

  /** What is not there that the run would read. @throws TidemarkError what is wrong with what it would load */
  async #missing({ stage, errorOf }: PlannedLine, fed: readonly CheckedInput[]): Promise<TidemarkError[]> {
    const outside = (await stage.lookOutside?.()) ?? [];
    const isMade = (place: string, number: number): boolean =>
      this.#branches.has(place) || fed.some(({ of }) => of === number);
    const inputs = await missingInputs(stage, isMade);
    return [...outside, ...inputs].map((message) => errorOf(usageError(message)));
  }
}

/** A stage, and what follows for those behind it. */
interface CheckedPlace {
  readonly checked: CheckedStage;
  /** The header behind it, as far as it is known. */
  readonly behind: Header | undefined;
  /** It reads a stored stream, which itself tells what it is. */
  readonly stored: boolean;
}

/** What was given, where side inputs that stages feed are streams of which nothing comes but the header, where that is known. */
function withoutFeeds(
  given: Given,
  inputs: readonly ReadInput[],
  headers: ReadonlyMap<number | string, Header>,
): Given {
  const streams = sidesOf(given).flatMap(({ name, kind, key }): ProgramStream[] => {
    if (!inputs.some(({ of }) => of === name)) return [];
    const header = headers.get(name);
    const known = header === undefined ? {} : { header };
    return [{ options: { name, kind, key }, ...known, feed: () => async () => {} }];
  });
  return streams.length === 0 ? given : { ...given, streams };
}

/** What is wrong with one stage. */
class Errors {
  /** The first, with the others. */
  all: TidemarkError | undefined;

  constructor(first: TidemarkError | undefined) {
    this.all = first;
  }

  /** What the call gives; undefined where it throws that something is wrong. @param place tells where */
  async of<T>(
    call: () => Promise<T>,
    place: (error: TidemarkError) => TidemarkError = (error) => error,
  ): Promise<T | undefined> {
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof TidemarkError)) throw thrown;
      const error = place(thrown);
      if (this.all === undefined) this.all = error;
      // A file that is missing is met again.
      else if (this.all.message !== error.message) this.all.others.push(error, ...error.others.splice(0));
      return undefined;
    }
  }
}

/** What is left to say behind a stage that is wrong; undefined: nothing, for it may have changed the windows. */
function unknownBehind(before: Header | undefined, { name, line }: ReadStage): Header | undefined {
  if (before === undefined || !KEEP_WINDOWS.includes(name)) return undefined;
  const { commands, ...header } = withSchema(before, undefined);
  return { ...header, commands: [...commands, line?.spec.name ?? name] };
}

/** Commands behind which windows are what they were, whatever their arguments. */
const KEEP_WINDOWS = [
  'source',
  'filter',
  'map',
  'explode',
  'route',
  'tee',
  'dedup',
  'sort',
  'throttle',
  'apply',
  'enrich',
];
