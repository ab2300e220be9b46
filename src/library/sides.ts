import { SIDE } from '../commands/side-option.ts';
import type { ProgramStream } from '../commands/spec.ts';
import { errorIn, TidemarkError, usageError } from '../errors.ts';
import type { SideOptions } from '../operators/side-input.ts';
import type { SideMap } from '../operators/side-views.ts';
import { fed, fedStreams } from './fed-pipelines.ts';
import type { Pipeline } from './pipeline.ts';
import type { Run } from './run.ts';

/**
 * Pipelines of the program that a stage looks into, by name: `average`, its event of the same window; `all[]`, a list of
 * its events; `rates[currency]`, its events by the value of a field. With `state` at the source of the stage they must
 * give the same again in the next run.
 */
export type SidePipelines = Readonly<Record<string, Pipeline<unknown>>>;

/** What functions see of them at `context.side`. */
export type SidesOf<S extends SidePipelines> = {
  readonly [Name in keyof S & string as NameOf<Name>]: S[Name] extends Pipeline<infer T>
    ? Name extends `${string}[]`
      ? readonly T[]
      : Name extends `${string}[${string}]`
        ? SideMap<T>
        : T | null
    : never;
};

type NameOf<Written extends string> = Written extends `${infer Name}[${string}]` ? Name : Written;

/** @throws TidemarkError `usage` for a name that is none, and for what is no pipeline */
export function streamsOf(sides: SidePipelines): ProgramStream[] {
  return Object.entries(sides).map(([written, pipeline]) => {
    const { name, kind, key } = SIDE.value!.parse(`${written}=STREAM`) as SideOptions;
    const inside = fed.get(pipeline);
    if (inside === undefined) throw usageError(`${name} is no pipeline`, 'pipeline([source(…), …])');
    if (inside.isKept)
      throw usageError(
        `the source of ${name} keeps state, and a side input is read again by each run`,
        'leave out its state',
      );
    const stream: ProgramStream = {
      options: { name, kind, key },
      feed: (input, world) => {
        const run = begun(() =>
          inside.into({ name, stage: { role: 'sink', sides: new Map(), create: () => input } }, world),
        );
        let ending = false;
        run?.wait().then(
          (ended) => {
            if (ended === 'stopped' && !ending) input.fail(stopped(name));
          },
          (error: unknown) => input.fail(errorIn(`side input ${name}`, error)),
        );
        return async () => {
          ending = true;
          input.stop();
          await run?.stop();
        };

        function begun(begin: () => Run): Run | undefined {
          try {
            return begin();
          } catch (error) {
            input.fail(errorIn(`side input ${name}`, error));
            return undefined;
          }
        }
      },
    };
    fedStreams.set(stream, inside);
    return stream;
  });
}

const stopped = (name: string): TidemarkError =>
  new TidemarkError('cut', 'it was stopped before its end', { where: `side input ${name}` });
