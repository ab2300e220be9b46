import type { CommandSpec } from '../commands/spec.ts';
import { TidemarkError } from '../errors.ts';
import type { Surroundings } from '../pipelines/expansion.ts';
import type { PipelineText } from '../pipelines/text-place.ts';
import { PLAIN_HEADER, withSchema } from '../stream/header.ts';
import type { Header } from '../stream/marker.ts';
import type { CommonOptions } from './common-options.ts';
import { checkedHeader, planned, type Telling, withFeeds } from './pipeline-plan.ts';
import { readEachStage } from './stage-lines.ts';
import { WrittenFiles } from './written-files.ts';

/** A stage as it would be, were the pipeline run. */
export interface CheckedStage {
  /** As the text has it, where it is no command. */
  readonly name: string;
  /** Of its stream before it; undefined: it is the first. */
  readonly before: Header | undefined;
  /** Of its stream behind it; undefined: the stage is wrong, or writes none. */
  readonly header: Header | undefined;
  /** Why the run would refuse it, with line and column of the text. */
  readonly error: TidemarkError | undefined;
}

/**
 * Looks at all stages of a text, also behind one that is wrong: nothing is known of the events behind that.
 * @throws TidemarkError `usage` for a text that cannot be cut into stages
 */
export async function checkStages(
  text: PipelineText,
  surroundings: Surroundings,
  common: CommonOptions,
  telling: Telling,
): Promise<CheckedStage[]> {
  const stages: CheckedStage[] = [];
  const written = new WrittenFiles();
  let before: Header | undefined;
  for (const read of await readEachStage(text, surroundings)) {
    let behind: Header | undefined;
    let error = read.error;
    const first = stages.length === 0;
    if (read.line !== undefined)
      try {
        const line = await planned(read.line, first, common, telling);
        for (const each of withFeeds([line])) written.add(each);
        behind = await checkedHeader(
          line,
          first && line.spec.input === 'stream' && line.spec.readsSeveral !== true ? PLAIN_HEADER : before,
          true,
        );
      } catch (thrown) {
        if (!(thrown instanceof TidemarkError)) throw thrown;
        error = thrown;
      }
    const spec = read.line?.spec;
    const name = read.line === undefined ? read.name : read.line.spec.name;
    stages.push({ name, before, header: spec?.output === 'none' ? undefined : behind, error });
    before = behind ?? unknownBehind(before, name, spec);
  }
  return stages;
}

/** What is left to say behind a stage that is wrong. */
function unknownBehind(before: Header | undefined, name: string, spec: CommandSpec | undefined): Header {
  const { commands, ...header } = withSchema(before ?? PLAIN_HEADER, undefined);
  return { ...header, commands: [...commands, spec?.name ?? name] };
}
