import { fileURLToPath } from 'node:url';
import { CLOCK, DRY_RUN, PIPELINE_TEXT, STATE_PREFIX, UNFUSED, WORKERS } from '../commands/run.ts';
import type { Given } from '../commands/spec.ts';
import { flag, option } from '../commands/values.ts';
import { endUnopened } from '../connectors/unopened-fifos.ts';
import { TidemarkError, usageError } from '../errors.ts';
import { shellWord } from '../pipelines/shell-word.ts';
import { EXIT, exitCodeOf } from '../runtime/exit-codes.ts';
import { FusedRun } from '../runtime/fused-run.ts';
import { branchesOf, stagesIn } from '../runtime/inner-pipes.ts';
import { feedsByText, type Plan, type PlannedStage } from '../runtime/plan.ts';
import { StandingWorld } from '../runtime/standing-world.ts';
import type { CommonOptions } from './common-options.ts';
import { givenPipeline } from './given-pipeline.ts';
import { pipelineText } from './messages.ts';
import { checkPlan, readPlan } from './pipeline-plan.ts';
import { createReporter, toStderr } from './reporter.ts';
import { print, type Style } from './terminal.ts';

/**
 * Runs a pipeline's text: the work of `tm run`.
 * @returns the exit code
 * @throws TidemarkError `usage` for what is wrong with the text, before anything is read or written
 */
export async function executeRun(given: Given, common: CommonOptions, style: Style): Promise<number> {
  const { text, surroundings } = givenPipeline('run', option(given, PIPELINE_TEXT), given.arguments);
  const unfused = flag(given, UNFUSED);
  const workers = option(given, WORKERS) ?? 1;
  if (unfused && workers > 1)
    throw usageError('--workers is for one process, and --unfused for many', 'leave one of them out');
  const telling = { style, write: toStderr };
  const serial = await readPlan(text, surroundings, common, telling, option(given, STATE_PREFIX));
  const refused = await refusalOf(serial);
  if (refused !== undefined) {
    createReporter(common, style, toStderr).error('run', refused);
    await endUnopened(branchesIn(serial));
    return exitCodeOf(refused);
  }
  const instant = option(given, CLOCK);
  if (unfused && instant !== undefined)
    throw usageError('--clock is for one process, and --unfused for many', 'leave one of them out');
  const world = instant === undefined ? undefined : new StandingWorld(instant);
  const clocked = serial.map((stage) => inWorld(stage, world));
  if (unfused && sourcesThatKeep(clocked) > 1)
    throw usageError(pipelineText.keptUnfused, pipelineText.keptUnfusedHint);
  const { plan, note, refused: oneThread } = await withWorkers(clocked, workers);
  if (flag(given, DRY_RUN)) {
    print(1, planText(plan, unfused, note));
    return EXIT.done;
  }
  if (oneThread) createReporter(common, style, toStderr).notice('run', note!, pipelineText.oneThreadHint);
  if (!unfused) {
    const code = await new FusedRun(plan, process).run();
    await endUnopened(branchesIn(plan));
    return code;
  }
  // bin/ is two folders up from src/cli, dist/cli and dist/chunks alike.
  const { runUnfused } = await import('../runtime/unfused-run.ts');
  return runUnfused(plan, (name) => fileURLToPath(new URL(`../../bin/tm-${name}`, import.meta.url)));
}

async function refusalOf(plan: Parameters<typeof checkPlan>[0]): Promise<TidemarkError | undefined> {
  try {
    await checkPlan(plan);
    return undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return error;
    throw error;
  }
}

/** The places of all branches. */
const branchesIn = (plan: Plan): string[] =>
  plan.flatMap((stage) => [
    ...branchesOf(stage).map(([, place]) => place),
    ...feedsByText(stage).flatMap(([, feed]) => branchesIn(feed)),
  ]);

/** A stage and those that feed it, in a world that is not that of this machine. */
function inWorld(stage: PlannedStage, world: StandingWorld | undefined): PlannedStage {
  const feeds = [...(stage.feeds ?? [])].map(
    ([number, feed]) => [number, feed.map((each) => inWorld(each, world))] as const,
  );
  return { ...stage, options: { ...stage.options, world }, feeds: new Map(feeds) };
}

/** What became of --workers. */
interface Threads {
  readonly plan: Plan;
  /** Shown by --dry-run; undefined: one thread, as it was asked for. */
  readonly note: string | undefined;
  /** Whether more threads were wanted, and cannot be had: the run says so. */
  readonly refused: boolean;
}

/** The plan in which threads do what they can, and what is to be said of that. */
async function withWorkers(plan: Plan, workers: number): Promise<Threads> {
  if (workers === 1) return { plan, note: undefined, refused: false };
  const { planThreads } = await import('../runtime/workers-plan.ts');
  const planned = await planThreads(plan, workers);
  switch (planned.kind) {
    case 'workers': {
      const names = plan.slice(0, planned.stages).map(({ name }) => name);
      return { plan: planned.plan, note: pipelineText.workers(workers, names), refused: false };
    }
    case 'none':
      return { plan, note: pipelineText.oneThread(planned.reason), refused: true };
    case 'small':
      return { plan, note: pipelineText.oneThread(pipelineText.small), refused: false };
  }
}

/** The plan as a text that a shell and `tm run` read, below what is not in it: how it is run. */
function planText(plan: Plan, unfused: boolean, threads: string | undefined): string {
  const lines = plan.map(lineText);
  const [first, last] = [plan[0]!.spec, plan.at(-1)!.spec];
  const notes = [
    pipelineText.runsIn(namesOf(plan), unfused),
    ...(threads === undefined ? [] : [threads]),
    ...(first.input === 'stream' && readsStdin(plan[0]!) ? [pipelineText.readsStream] : []),
    ...(last.output === 'stream' ? [pipelineText.writesStream] : []),
  ];
  return `${notes.map((note) => `# ${note}\n`).join('')}${lines.join(' |\n  ')}\n`;
}

/** A stage as the text has it, those that feed it in one line. */
function lineText(stage: PlannedStage): string {
  const feeds = feedsByText(stage);
  const words = stage.words.map((word) => {
    const [text, feed] = feeds.find(([each]) => each === word || word.endsWith(`=${each}`)) ?? [];
    if (feed === undefined) return shellWord(word);
    const before = word.slice(0, -text!.length);
    return `${before === '' ? '' : shellWord(before)}<(${feed.map(lineText).join(' | ')})`;
  });
  return ['tm', stage.name, ...words].join(' ');
}

const sourcesThatKeep = (plan: Plan): number =>
  stagesIn(plan).filter(({ stage }) => stage.role === 'source' && stage.keeping !== undefined).length;

/** The names of all stages, those that feed another before it. */
const namesOf = (plan: Plan): string[] =>
  plan.flatMap((stage) => [...feedsByText(stage).flatMap(([, feed]) => namesOf(feed)), stage.name]);

/** Of a first stage that is no source: one that reads several streams reads those that it names. */
const readsStdin = ({ spec, given }: PlannedStage): boolean =>
  spec.readsSeveral !== true || given.arguments.includes('-');
