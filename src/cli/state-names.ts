import type { CommandSyntax } from '../commands/spec.ts';
import { STAGE_NAME } from '../commands/values.ts';
import { unusedName } from '../runtime/stage-id.ts';
import type { CommonOptions } from './common-options.ts';

/** What of a stage has to do with the name of its state. */
interface NamedStage {
  readonly spec: Pick<CommandSyntax, 'name' | 'keepsState'>;
  readonly common: CommonOptions;
  /** Stages that feed it stand before it. */
  readonly feeds: ReadonlyMap<number, readonly this[]>;
}

/**
 * The stages with names for their state that begin with a prefix: `hourly.combine`, `hourly.combine-2`. Numbered among
 * themselves, they keep their names whatever stands before them.
 * @param prefix undefined: a line of stages is left as it is, for each knows those before it; of several lines, which come
 *   together, the stages are named without a prefix
 * @throws TidemarkError `usage` for a name that becomes too long
 */
export function withStateNames<T extends NamedStage>(lines: readonly T[], prefix: string | undefined): T[] {
  if (prefix === undefined && lines.every(({ feeds }) => feeds.size === 0)) return [...lines];
  const taken = namesIn(lines);
  const named = (line: T): T => {
    const feeds = new Map([...line.feeds].map(([number, feed]) => [number, feed.map(named)]));
    if (line.spec.keepsState !== true) return { ...line, feeds };
    const name = line.common.name ?? unusedName(line.spec.name, taken);
    taken.push(name);
    const whole = prefix === undefined ? name : STAGE_NAME.parse(`${prefix}.${name}`);
    return { ...line, feeds, common: { ...line.common, name: whole } };
  };
  return lines.map(named);
}

const namesIn = (lines: readonly NamedStage[]): string[] =>
  lines.flatMap(({ common, feeds }) => [
    ...[...feeds.values()].flatMap(namesIn),
    ...(common.name === undefined ? [] : [common.name]),
  ]);

/** A command's words without its `--name`, for another one. */
export function withoutName(words: readonly string[]): string[] {
  const at = words.findIndex((word) => word === '--name' || word.startsWith('--name='));
  return words.toSpliced(at, at < 0 ? 0 : words[at] === '--name' ? 2 : 1);
}
