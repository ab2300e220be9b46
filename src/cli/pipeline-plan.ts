import { resolve } from 'node:path';
import { notKept } from '../connectors/side-feed.ts';
import { TidemarkError, usageError } from '../errors.ts';
import type { Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import { headerBehind } from '../runtime/header-check.ts';
import { branchesOf, stagesBehind } from '../runtime/inner-pipes.ts';
import type { PlannedStage } from '../runtime/plan.ts';
import { withSideRuns } from '../runtime/side-run.ts';
import type { Header } from '../stream/marker.ts';
import { type CommonOptions, withinPipeline } from './common-options.ts';
import { pipelineText } from './messages.ts';
import { createReporter } from './reporter.ts';
import { readStages, type StageLine } from './stage-lines.ts';
import { withoutName, withStateNames } from './state-names.ts';
import type { Style } from './terminal.ts';
import { WrittenFiles } from './written-files.ts';

/** How the stages tell what they have to say. */
export interface Telling {
  readonly style: Style;
  readonly write: (text: string) => void;
}

/** A stage of a plan, and how an error of it is told with its place in the text. */
export interface PlannedLine extends PlannedStage {
  readonly feeds: ReadonlyMap<number, readonly PlannedLine[]>;
  readonly sideFeeds: ReadonlyMap<string, readonly PlannedLine[]>;
  readonly errorOf: StageLine['errorOf'];
}

/**
 * What is to run for a pipeline's text, all of it checked, nothing opened.
 * @param common what was given for the whole: it holds for every stage, --eof for the first
 * @param prefix of the names under which stages keep their state
 * @throws TidemarkError `usage` with line, column and stage
 */
export async function readPlan(
  text: PipelineText,
  surroundings: Surroundings,
  common: CommonOptions,
  telling: Telling,
  prefix?: string,
): Promise<readonly PlannedLine[]> {
  const lines = await readStages(text, surroundings);
  if (common.eof === 'drain' && lines[0]!.spec.input === 'records')
    throw usageError(pipelineText.eofOfSource, pipelineText.eofOfSourceHint);
  const plan: PlannedLine[] = [];
  for (const line of withStateNames(lines, prefix))
    plan.push(await planned(line, plan.length === 0, common, telling));
  refuseKeptSides(plan);
  refuseOtherKeeping(plan);
  refuseCircles(plan);
  return plan;
}

/** The sources of one process keep state together, or not at all: their epochs are the same. @throws TidemarkError `usage` */
function refuseOtherKeeping(plan: readonly PlannedLine[]): void {
  const sources = withFeeds(plan).flatMap((line) =>
    line.stage.role === 'source' ? [{ line, keeping: line.stage.keeping }] : [],
  );
  const kept = sources.find(({ keeping }) => keeping !== undefined)?.keeping;
  if (kept === undefined) return;
  for (const { line, keeping } of sources) {
    if (keeping === undefined)
      throw line.errorOf(
        usageError(pipelineText.unkept(kept.directory), pipelineText.unkeptHint(kept.directory)),
      );
    if (resolve(keeping.directory) !== resolve(kept.directory))
      throw line.errorOf(
        usageError(
          pipelineText.keptElsewhere(keeping.directory, kept.directory),
          pipelineText.unkeptHint(kept.directory),
        ),
      );
    if (keeping.ifRunning !== kept.ifRunning && ![keeping.ifRunning, kept.ifRunning].includes('fail'))
      throw line.errorOf(usageError(pipelineText.otherIfRunning, pipelineText.otherIfRunningHint));
  }
}

/** What is read again by each run keeps no state, and is no part of what is kept. @throws TidemarkError `usage` */
function refuseKeptSides(plan: readonly PlannedLine[]): void {
  const all = withFeeds(plan);
  const sides = all.flatMap((line) => [...line.sideFeeds].map(([name, feed]) => ({ line, name, feed })));
  const isKept = ({ stage }: PlannedLine): boolean => stage.role === 'source' && stage.keeping !== undefined;
  const kept = sides.flatMap(({ feed }) => withFeeds(feed)).find(isKept);
  if (kept !== undefined) throw kept.errorOf(usageError(pipelineText.keptSide, pipelineText.keptSideHint));
  const [first] = sides;
  if (first !== undefined && all.some(isKept)) throw first.line.errorOf(notKept(first.name));
}

/** A stage that reads what a stage behind it writes would wait for itself. @throws TidemarkError `usage` */
function refuseCircles(plan: readonly PlannedLine[]): void {
  for (const line of withFeeds(plan)) {
    if (line.stage.role === 'source') continue;
    for (const stage of stagesBehind(line, plan))
      for (const [, place] of branchesOf(stage))
        if (line.stage.inputs?.places.includes(place) === true)
          throw line.errorOf(usageError(pipelineText.circle(place), pipelineText.circleHint));
  }
}

/** All stages, those that bring others their inputs before these. */
const withFeeds = (plan: readonly PlannedLine[]): PlannedLine[] =>
  plan.flatMap((line) => [...feedsOf(line).flatMap(withFeeds), line]);

const feedsOf = ({ feeds, sideFeeds }: PlannedLine): (readonly PlannedLine[])[] => [
  ...feeds.values(),
  ...sideFeeds.values(),
];

/** @throws TidemarkError `usage` for what the command refuses */
export async function planned(
  line: StageLine,
  first: boolean,
  common: CommonOptions,
  telling: Telling,
): Promise<PlannedLine> {
  const { style, write } = telling;
  const options = withinPipeline(line.common, common, first);
  await loaded(line);
  const plansOf = async <K>(fed: ReadonlyMap<K, readonly StageLine[]>): Promise<Map<K, PlannedLine[]>> => {
    const plans = new Map<K, PlannedLine[]>();
    for (const [key, feed] of fed) {
      const plan: PlannedLine[] = [];
      for (const each of feed) plan.push(await planned(each, false, common, telling));
      plans.set(key, plan);
    }
    return plans;
  };
  const sideFeeds = await plansOf(line.sideFeeds);
  const given = withSideRuns(line.given, sideFeeds);
  return {
    feeds: await plansOf(line.feeds),
    sideFeeds,
    name: line.spec.name,
    spec: line.spec,
    given,
    words: wordsOf(line, options),
    stage: built({ ...line, given }),
    errorOf: line.errorOf,
    options: {
      stats: options.stats !== false,
      eof: options.eof,
      maxLine: options.maxLine,
      name: options.name,
      report: createReporter(options, style, write),
    },
  };
}

/**
 * Refuses what the first events would be refused for, as far as the stages know that before there are any.
 * @throws TidemarkError `usage` with line, column and stage
 */
export async function checkPlan(plan: readonly PlannedLine[]): Promise<void> {
  const written = new WrittenFiles();
  for (const line of withFeeds(plan)) written.add(line);
  for (const { sideFeeds } of withFeeds(plan))
    for (const feed of sideFeeds.values()) await headerOfFeed(feed);
  // Of a stream from outside nothing is known.
  if (plan[0]!.stage.role !== 'source' && plan[0]!.feeds.size === 0) return;
  let header: Header | undefined;
  for (const line of plan) header = await checkedHeader(line, header);
}

/**
 * The header behind a stage.
 * @throws TidemarkError `usage` with line, column and stage
 */
async function checkedHeader(line: PlannedLine, header: Header | undefined): Promise<Header> {
  const inputs = new Map<number, Header>();
  for (const [number, feed] of line.feeds) {
    const behind = await headerOfFeed(feed);
    if (behind !== undefined) inputs.set(number, behind);
  }
  try {
    return await headerBehind(line, header, { thorough: false, inputs });
  } catch (error) {
    throw error instanceof TidemarkError ? line.errorOf(error) : error;
  }
}

/** The header of what stages bring to an input; undefined: only the stream itself tells it. @throws TidemarkError */
async function headerOfFeed(feed: readonly PlannedLine[]): Promise<Header | undefined> {
  const [first] = feed;
  if (first!.stage.role === 'source' && (await first!.stage.header?.()) === undefined) return undefined;
  let header: Header | undefined;
  for (const line of feed) header = await checkedHeader(line, header);
  return header;
}

async function loaded({ spec, given, errorOf }: StageLine): Promise<void> {
  try {
    await spec.load?.(given);
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

function built({ spec, given, errorOf }: StageLine): PlannedStage['stage'] {
  try {
    return spec.build(given);
  } catch (error) {
    throw error instanceof TidemarkError ? errorOf(error) : error;
  }
}

/** A stage's words for a process of its own, with what it has from the lines that run the texts. */
function wordsOf({ own, words }: StageLine, all: CommonOptions): string[] {
  return [
    ...(all.quiet && !own.quiet ? ['--quiet'] : []),
    ...(all.debug && !own.debug ? ['--debug'] : []),
    ...(all.stats !== own.stats ? [`--stats=${all.stats}`] : []),
    ...(all.maxLine !== own.maxLine ? [`--max-line=${all.maxLine}`] : []),
    ...(all.eof !== own.eof ? [`--eof=${all.eof}`] : []),
    ...(all.name === own.name ? words : [`--name=${all.name}`, ...withoutName(words)]),
  ];
}
