import { resolveLocations } from '../connectors/locations.ts';
import { StreamFeed } from '../connectors/side-feed.ts';
import { errorIn, usageError } from '../errors.ts';
import type { BoundValue } from '../expressions/evaluator.ts';
import { ANY, type Type } from '../expressions/type.ts';
import { parsePath } from '../json/path.ts';
import type { Operator } from '../operators/operator.ts';
import { SideInput, type SideOptions } from '../operators/side-input.ts';
import { type SideFeed, SideValues, WithSides } from '../operators/with-sides.ts';
import type { World } from '../operators/world.ts';
import type { Given, OptionSpec, ProgramStream } from './spec.ts';
import type { StageContext } from './stage.ts';

/** A side input and where its stream is. */
export interface SideSpec extends SideOptions {
  readonly location: string;
}

/** A name, with `[]` or `[FIELD]` behind it, and the place. */
const WRITTEN = /^([A-Za-z_]\w*)(?:\[(.*?)\])?=(.+)$/s;

export const SIDE: OptionSpec<SideSpec> = {
  name: 'side',
  value: {
    placeholder: 'NAME=STREAM',
    parse(text) {
      const [, name, key, location] = WRITTEN.exec(text) ?? [];
      if (name === undefined || location === undefined)
        throw usageError(
          `'${text}' is no side input`,
          'write NAME=STREAM, NAME[]=STREAM or NAME[FIELD]=STREAM',
        );
      if (location === '-')
        throw usageError('standard input is the stream itself', 'name a file, a FIFO or <(COMMAND)');
      if (key === undefined) return { name, kind: 'singleton', key: undefined, location };
      if (key.trim() === '') return { name, kind: 'list', key: undefined, location };
      return { name, kind: 'map', key: parsePath(key), location };
    },
  },
  repeatable: true,
  help: 'look into another stream: NAME is its event of the same window',
  details:
    "STREAM is a stored stream, a FIFO or <(COMMAND). An event waits until the watermark of STREAM has passed the end of its window; then NAME is the only event of that window there (`average.size`), null if there is none. NAME[]=STREAM makes NAME the list of all its events, NAME[FIELD]=STREAM an object of them by the value of FIELD (`rates[currency].rate`). A STREAM without windows must be complete, and serves all events; one with other fixed windows is looked into where the last millisecond of the event's window is. An event that comes when its window is complete, or that is in several windows, is left out, counted and told. In a text of tm run `<(…)` holds stages, which run in the same process. With --state STREAM is a file, which the next run reads again.",
};

/** What `--side` was given. */
export const sidesOf = (given: Given): readonly SideSpec[] =>
  (given.options.get(SIDE.name) ?? []) as SideSpec[];

/** The side inputs that were given. */
export class GivenSides {
  readonly #specs: readonly SideSpec[];
  readonly #streams: readonly ProgramStream[];
  /** Names with their types, for the expressions: any, until the streams have begun. */
  readonly bindings: Map<string, Type>;

  /** @throws TidemarkError `usage` for a name that is given twice */
  constructor(given: Given) {
    this.#streams = given.streams ?? [];
    // What stands for stages of the same text is their stream.
    const isFed = ({ name, location }: SideSpec): boolean =>
      location.startsWith('<(') && this.#streams.some(({ options }) => options.name === name);
    this.#specs = sidesOf(given).filter((spec) => !isFed(spec));
    const names = this.#options.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined)
      throw usageError(`--side: ${twice} is given twice`, 'call one of them otherwise');
    this.bindings = new Map(names.map((name) => [name, ANY]));
  }

  has(name: string): boolean {
    return this.#options.some((options) => options.name === name);
  }

  get #options(): readonly SideOptions[] {
    return [...this.#specs, ...this.#streams.map(({ options }) => options)];
  }

  /** Of a stage that keeps nothing else: with side inputs it keeps the watermark. */
  get statelessness(): { readonly stateless?: true } {
    return this.#options.length === 0 ? { stateless: true } : {};
  }

  /** Looks whether the streams are there. @throws TidemarkError where one is not */
  readonly look = async (): Promise<readonly string[]> => {
    for (const { name, location } of this.#specs)
      await resolveLocations([location], { follow: false, notice: () => {} }).catch((error: unknown) => {
        throw errorIn(`--${SIDE.name} ${name}`, error);
      });
    return [];
  };

  /** For expressions. @param make the operator, whose expressions were parsed with `bindings` */
  around(context: StageContext, make: (bound: BoundValue | undefined) => Operator): Operator {
    if (this.#options.length === 0) return make(undefined);
    return this.#around(context, false, (values) =>
      make(context.rehearsal === true ? () => null : (name, batch, row) => values.value(name, batch, row)),
    );
  }

  /** For functions, which may be called for each window of an event. @param make the operator */
  aroundCalls(context: StageContext, make: (values: SideValues | undefined) => Operator): Operator {
    if (this.#options.length === 0) return make(undefined);
    return this.#around(context, true, make);
  }

  #around(context: StageContext, eachWindow: boolean, make: (values: SideValues) => Operator): Operator {
    // Where only the header is shown there is nothing to wait for.
    const options = context.rehearsal === true ? [] : this.#options;
    const values = new SideValues(
      options.map((each) => new SideInput(each)),
      this.bindings,
      eachWindow,
    );
    if (context.rehearsal === true) {
      for (const { options: each, header } of this.#streams)
        if (header !== undefined) values.expect(each, header);
    }
    const operator = make(values);
    const stored = new StreamFeed({
      locations: new Map(this.#specs.map(({ name, location }) => [name, location])),
      maxLine: context.maxLine,
      notice: (message, hint) => context.notice(message, hint),
    });
    return new WithSides(operator, values, new GivenFeed(stored, this.#streams, context.world));
  }
}

/** Stored streams, and those of the program. */
class GivenFeed implements SideFeed {
  readonly #stored: SideFeed;
  readonly #streams: readonly ProgramStream[];
  readonly #world: World | undefined;
  /** End what is fed by the program. */
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(stored: SideFeed, streams: readonly ProgramStream[], world: World | undefined) {
    this.#stored = stored;
    this.#streams = streams;
    this.#world = world;
  }

  open(input: SideInput, again: boolean): void {
    const stream = this.#streams.find(({ options }) => options.name === input.options.name);
    if (stream === undefined) this.#stored.open(input, again);
    else this.#ends.push(stream.feed(input, this.#world, again));
  }

  async close(): Promise<void> {
    await this.#stored.close();
    for (const end of this.#ends.splice(0)) await end();
  }
}
