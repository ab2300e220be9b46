import fs from 'node:fs';
import { InnerPipe } from '../connectors/inner-pipe.ts';
import type { RunnableStage } from './plan.ts';

/** Pipes between stages of one run, by stage and by the number of the branch, or of the input. */
export interface InnerPipes {
  readonly written: ReadonlyMap<RunnableStage, ReadonlyMap<number, InnerPipe>>;
  readonly read: ReadonlyMap<RunnableStage, ReadonlyMap<number, InnerPipe>>;
  /** What the stage before gives, where a stage of several inputs takes it by a pipe too. */
  readonly before: ReadonlyMap<RunnableStage, InnerPipe>;
}

/**
 * Finds the branches that another stage of the run names as an input: they go there, and nothing is written to the place. A
 * place where a file is stands for that file, as it does for the processes of a pipe.
 */
export function innerPipes(line: readonly RunnableStage[]): InnerPipes {
  const written = new Map<RunnableStage, Map<number, InnerPipe>>();
  const read = new Map<RunnableStage, Map<number, InnerPipe>>();
  for (const reader of stagesIn(line)) {
    const behind = stagesBehind(reader, line);
    for (const [number, place] of placesOf(reader)) {
      const branch = stagesIn(line)
        .filter((stage) => !behind.includes(stage))
        .flatMap((stage) => branchesOf(stage).map(([output, path]) => ({ stage, output, path })))
        .find(({ stage, output, path }) => path === place && written.get(stage)?.has(output) !== true);
      if (branch === undefined || isFile(place)) continue;
      const pipe = new InnerPipe();
      put(written, branch.stage, branch.output, pipe);
      put(read, reader, number, pipe);
    }
  }
  const before = new Map<RunnableStage, InnerPipe>();
  for (const stage of besideBranches(line)) {
    const pipe = new InnerPipe();
    before.set(stage, pipe);
    put(read, stage, inputBefore(stage), pipe);
  }
  return { written, read, before };
}

/**
 * The stages of several inputs whose stage before has gone through one that branches. What is not its turn waits in a pipe, and
 * not with who brings it: that has to go on with the branches, which the inputs may be, by whatever way.
 */
function besideBranches(line: readonly RunnableStage[]): RunnableStage[] {
  return line.flatMap((stage, index) => {
    const nested = [...(stage.feeds?.values() ?? [])].flatMap(besideBranches);
    const branches = stagesIn(line.slice(0, index)).some((each) => branchesOf(each).length > 0);
    return branches && inputBefore(stage) >= 0 ? [...nested, stage] : nested;
  });
}

/** The number of the input that the stage before is; -1: it is none. */
export const inputBefore = ({ stage }: RunnableStage): number =>
  stage.role === 'source' ? -1 : (stage.inputs?.places.indexOf('-') ?? -1);

/** The stages that what a stage gives goes through, in order; undefined where it is in none of these lines. */
export function stagesBehind<S extends RunnableStage>(
  stage: RunnableStage,
  line: readonly S[],
): readonly RunnableStage[] {
  for (const [index, each] of line.entries()) {
    const rest = line.slice(index + 1);
    if (each === stage) return rest;
    for (const feed of each.feeds?.values() ?? [])
      if (stagesIn(feed).includes(stage)) return [...stagesBehind(stage, feed), each, ...rest];
  }
  return [];
}

/** All stages, those that feed another before it. */
export const stagesIn = (line: readonly RunnableStage[]): RunnableStage[] =>
  line.flatMap((stage) => [...[...(stage.feeds?.values() ?? [])].flatMap(stagesIn), stage]);

/** The inputs that a stage names by a place. */
function placesOf({ stage, feeds }: RunnableStage): (readonly [number, string])[] {
  if (stage.role === 'source') return [];
  const places = [...(stage.inputs?.places ?? []).entries()];
  return places.filter(([number, place]) => place !== '-' && feeds?.has(number) !== true);
}

/** The places of the branches of a stage. */
export const branchesOf = ({ stage }: RunnableStage): (readonly [number, string])[] =>
  stage.role === 'source' ? [] : [...(stage.branches?.places ?? [])];

/** Whether there is something that is no FIFO. */
function isFile(place: string): boolean {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFIFO();
}

function put<K, V>(maps: Map<K, Map<number, V>>, key: K, number: number, value: V): void {
  const map = maps.get(key) ?? new Map<number, V>();
  maps.set(key, map.set(number, value));
}
