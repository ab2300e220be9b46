import { combineOptions } from '../commands/combine.ts';
import { buildSource } from '../commands/source.ts';
import { fileOfBlocks, readInBlocks } from '../commands/source-blocks.ts';
import type { Given } from '../commands/spec.ts';
import type { Stage } from '../commands/stage.ts';
import { firingOf } from '../commands/window-firing.ts';
import type { Split } from '../connectors/connector.ts';
import { isGenerate } from '../connectors/generate-options.ts';
import { resolveLocations } from '../connectors/locations.ts';
import { TidemarkError } from '../errors.ts';
import { formatOfName } from '../formats/readers.ts';
import { CombineBlocks } from '../operators/combine-blocks.ts';
import { MAIN, type Operator, type OperatorContext } from '../operators/operator.ts';
import { PartBatch } from '../operators/part-batch.ts';
import type { OpenBlockPort } from './block-messages.ts';
import { BlockPool, type BlockPoolOptions, DEFAULT_BLOCKS } from './block-pool.ts';
import { openBlockThread } from './block-thread.ts';
import type { Plan, PlannedStage } from './plan.ts';

export type WorkersPlan =
  /** The first `stages` stages of the plan are done by workers, as far as they can. */
  | { readonly kind: 'workers'; readonly plan: Plan; readonly stages: number }
  /** All is done by one thread. */
  | { readonly kind: 'none'; readonly reason: string }
  /** It could be done by workers, and would take longer. */
  | { readonly kind: 'small' };

/** The stages at the start of a plan that workers can do. */
interface Prefix {
  readonly source: PlannedStage;
  readonly window: PlannedStage | undefined;
  readonly combine: PlannedStage;
}

/** Options that want one thread, by command; the others are read by the workers too. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  source: [
    'follow',
    'limit',
    'from',
    'to',
    'rejected-to',
    'state',
    'shard',
    'schema',
    'watermark',
    'max-ahead',
    'idle',
    'tick-every',
  ],
  combine: ['partial', 'final', 'late-to', 'rejected-to'],
};

/** Aggregates whose results depend on where the parts are cut. */
const DEPENDING = ['approx_topk'];
/** Those whose functions are of one thread: the module may know what it was asked before. */
const OF_MODULES = ['js'];

/** Lets threads do what they can of a plan. */
export const planThreads = (plan: Plan, workers: number): Promise<WorkersPlan> =>
  planWorkers(plan, { ...DEFAULT_BLOCKS, workers }, openBlockThread);

/** Lets workers do what they can of a plan. Looks at the files that are named, and reads nothing. */
export async function planWorkers(
  plan: Plan,
  options: BlockPoolOptions,
  open: OpenBlockPort,
): Promise<WorkersPlan> {
  const prefix = prefixOf(plan);
  if (typeof prefix === 'string') return { kind: 'none', reason: prefix };
  const { source, window, combine } = prefix;
  const reason = refusal(prefix);
  if (reason !== undefined) return { kind: 'none', reason };
  const splits = await splitsOf(source.given);
  // What is wrong with the locations is told by who reads them.
  if (splits === undefined) return { kind: 'small' };
  const formatOf = (split: Split): string =>
    (source.given.options.get('format') as string | undefined) ?? formatOfName(split.name);
  const inBlocks = splits.filter(
    (split) => split.openBytes !== undefined && split.endless !== true && readInBlocks(formatOf(split)),
  );
  if (inBlocks.length === 0)
    return { kind: 'none', reason: 'no location is a regular file of lines, not compressed' };
  if (!inBlocks.some((split) => isLarge(split, formatOf(split), options))) return { kind: 'small' };
  const orders = { source: source.given, window: window?.given, combine: combine.given };
  const blocks = new BlockPool(orders, options, open);
  const stages: PlannedStage[] = [
    { ...source, stage: buildSource(source.given, undefined, blocks) },
    ...(window === undefined ? [] : [{ ...window, stage: passingParts(window.stage) }]),
    { ...combine, stage: mergingParts(combine, () => blocks.merges) },
  ];
  return { kind: 'workers', plan: [...stages, ...plan.slice(stages.length)], stages: stages.length };
}

/** The prefix, or why there is none. */
function prefixOf(plan: Plan): Prefix | string {
  const [source, second, third] = plan;
  if (source?.name !== 'source') return 'the pipeline has no source';
  const window = second?.name === 'window' ? second : undefined;
  const combine = window === undefined ? second : third;
  if (combine?.name !== 'combine') {
    return combine === undefined
      ? 'nothing is combined'
      : `${combine.name} stands where workers want combine`;
  }
  return { source, window, combine };
}

function refusal({ source, window, combine }: Prefix): string | undefined {
  for (const { name, given } of [source, combine]) {
    const excluded = EXCLUDED[name]?.find((option) => given.options.has(option));
    if (excluded !== undefined) return `${name} has --${excluded}`;
  }
  if (source.given.options.get('time') === 'arrival') return 'source has --time arrival';
  const kind = window?.given.kind;
  if (kind === 'sliding' || kind === 'cumulate' || kind === 'session') return `its windows are ${kind}`;
  if (window !== undefined && firingOf(window.given) !== undefined) return 'its windows fire by a trigger';
  const { aggregates } = combineOptions(combine.given);
  if (aggregates.some(({ definition }) => OF_MODULES.includes(definition.name)))
    return 'an aggregate is a module of your own';
  const depending = aggregates.find(({ definition }) => DEPENDING.includes(definition.name));
  return depending === undefined ? undefined : `${depending.definition.name} depends on the order of events`;
}

/** Undefined: they cannot be read. */
async function splitsOf({ arguments: locations }: Given): Promise<readonly Split[] | undefined> {
  try {
    const splits = await resolveLocations(locations, { follow: false, notice: () => {} });
    return splits.filter(({ name }) => !isGenerate(name));
  } catch (error) {
    if (error instanceof TidemarkError) return undefined;
    throw error;
  }
}

function isLarge(split: Split, format: string, options: BlockPoolOptions): boolean {
  try {
    const file = fileOfBlocks(options, split, format);
    file?.close();
    return file !== undefined;
  } catch (error) {
    if (error instanceof TidemarkError) return false;
    throw error;
  }
}

/** The stage, which passes on what is combined already. */
function passingParts(stage: Stage): Stage {
  if (stage.role === 'source') return stage;
  return {
    ...stage,
    create: async (context) => passing(await stage.create(context), context),
  };
}

const passing = (operator: Operator, context: OperatorContext): Operator => ({
  ...(operator.reads === undefined ? {} : { reads: operator.reads }),
  onBatch: (input, batch) =>
    batch instanceof PartBatch ? context.emit(MAIN, batch) : operator.onBatch(input, batch),
  onMarker: (input, marker) => operator.onMarker(input, marker),
});

const mergingParts = ({ stage, given }: PlannedStage, merges: () => boolean): Stage => ({
  role: 'operator',
  sides: stage.sides,
  create: (context) => new CombineBlocks(combineOptions(given), context, merges),
});
