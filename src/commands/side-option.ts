import { StreamFeed } from '../connectors/side-feed.ts';
import { usageError } from '../errors.ts';
import type { BoundValue } from '../expressions/evaluator.ts';
import { ANY, type Type } from '../expressions/type.ts';
import { parsePath } from '../json/path.ts';
import type { Operator } from '../operators/operator.ts';
import { SideInput, type SideOptions } from '../operators/side-input.ts';
import { SideValues, WithSides } from '../operators/with-sides.ts';
import type { Given, OptionSpec } from './spec.ts';
import type { StageContext } from './stage.ts';

/** A side input and where its stream is. */
interface SideSpec extends SideOptions {
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
    "STREAM is a stored stream, a FIFO or <(COMMAND). An event waits until the watermark of STREAM has passed the end of its window; then NAME is the only event of that window there (`average.size`), null if there is none. NAME[]=STREAM makes NAME the list of all its events, NAME[FIELD]=STREAM an object of them by the value of FIELD (`rates[currency].rate`). A STREAM without windows must be complete, and serves all events; one with other fixed windows is looked into where the last millisecond of the event's window is. An event that comes when its window is complete, or that is in several windows, is left out, counted and told. With --state STREAM is a file, which the next run reads again.",
};

/** The side inputs that were given. */
export class GivenSides {
  readonly #specs: readonly SideSpec[];
  /** Names with their types, for the expressions: any, until the streams have begun. */
  readonly bindings: Map<string, Type>;

  /** @throws TidemarkError `usage` for a name that is given twice */
  constructor(given: Given) {
    this.#specs = (given.options.get(SIDE.name) ?? []) as SideSpec[];
    const names = this.#specs.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined)
      throw usageError(`--side: ${twice} is given twice`, 'call one of them otherwise');
    this.bindings = new Map(names.map((name) => [name, ANY]));
  }

  has(name: string): boolean {
    return this.#specs.some((spec) => spec.name === name);
  }

  /** Of a stage that keeps nothing else: with side inputs it keeps the watermark. */
  get statelessness(): { readonly stateless?: true } {
    return this.#specs.length === 0 ? { stateless: true } : {};
  }

  /** For expressions. @param make the operator, whose expressions were parsed with `bindings` */
  around(context: StageContext, make: (bound: BoundValue | undefined) => Operator): Operator {
    if (this.#specs.length === 0) return make(undefined);
    return this.#around(context, false, (values) =>
      make(context.rehearsal === true ? () => null : (name, batch, row) => values.value(name, batch, row)),
    );
  }

  /** For functions, which may be called for each window of an event. @param make the operator */
  aroundCalls(context: StageContext, make: (values: SideValues | undefined) => Operator): Operator {
    if (this.#specs.length === 0) return make(undefined);
    return this.#around(context, true, make);
  }

  #around(context: StageContext, eachWindow: boolean, make: (values: SideValues) => Operator): Operator {
    // Where only the header is shown there is nothing to wait for.
    const specs = context.rehearsal === true ? [] : this.#specs;
    const values = new SideValues(
      specs.map((spec) => new SideInput(spec)),
      this.bindings,
      eachWindow,
    );
    const operator = make(values);
    const feed = new StreamFeed({
      locations: new Map(this.#specs.map(({ name, location }) => [name, location])),
      maxLine: context.maxLine,
      notice: (message, hint) => context.notice(message, hint),
    });
    return new WithSides(operator, values, feed);
  }
}
