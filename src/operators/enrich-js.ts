import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import type { Operand } from '../expressions/operand.ts';
import { nameOfPath } from '../json/path.ts';
import { parsePlain, plainText } from '../json/plain-value.ts';
import type { Batch } from '../stream/batch.ts';
import { ABSENT, type Projected } from '../stream/projection.ts';
import {
  EnrichRequests,
  type EnrichRequestsOptions,
  type Inquiry,
  type QuestionWriter,
} from './enrich-requests.ts';
import { isThenable, type ModuleHost, TooLong } from './map-module.ts';
import type { OperatorContext } from './operator.ts';
import type { Attempt } from './shared-requests.ts';
import type { UserEvent } from './user-event.ts';
import type { World } from './world.ts';

/**
 * What a module for `tm enrich js` exports as default: this, a class that makes it, or the function `lookup` alone.
 * @template Event what is told of an event: its members, or with `--by` these fields
 */
export interface LookupModule<Event = UserEvent> {
  setup?(context: { readonly parameters: Readonly<Record<string, string>> }): unknown;
  /** What is known, JSON: of the event, or with `--by` of these fields of it. Nothing: null. */
  lookup(event: Event, context: LookupContext): unknown;
  teardown?(): unknown;
}

/** `lookup` alone, as a module may export it. */
export type LookupFunction<Event = UserEvent> = (event: Event, context: LookupContext) => unknown;

/** What a function that enriches is told besides the event. */
export interface LookupContext {
  readonly parameters: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more: it takes too long, or the run is over. */
  readonly signal: AbortSignal;
}

export interface EnrichJsOptions extends EnrichRequestsOptions {
  /** What the function is told of an event; empty: all of it. */
  readonly by: readonly Operand[];
}

/** Adds what a function of the user's gives to each event. */
export class EnrichJs extends EnrichRequests {
  constructor(
    options: EnrichJsOptions,
    module: LookupModule,
    host: ModuleHost,
    world: World,
    context: OperatorContext,
  ) {
    super(options, new Lookups(options.by, module, host), world, context);
  }
}

/** Characters of a question that are told in messages. */
const LONG_QUESTION = 60;

class Lookups implements Inquiry {
  readonly operands: readonly Operand[];
  readonly where = '--by';
  readonly #module: LookupModule;
  readonly #host: ModuleHost;
  /** Calls under way. */
  readonly #calls = new Set<AbortController>();
  /** Settles when `setup` has; undefined: it was not called. */
  #ready: Promise<unknown> | undefined;

  constructor(by: readonly Operand[], module: LookupModule, host: ModuleHost) {
    this.operands = by;
    this.#module = module;
    this.#host = host;
  }

  get shape(): Readonly<Record<string, string>> {
    return { js: this.#host.name, '--by': this.operands.map(({ text }) => text).join(',') };
  }

  writer(columns: readonly Projected[]): QuestionWriter {
    return new EventQuestions(this.operands, columns);
  }

  named(question: string): string {
    return question.length > LONG_QUESTION ? `${question.slice(0, LONG_QUESTION)}…` : question;
  }

  async ask(question: string): Promise<Attempt<Buffer>> {
    this.#ready ??= this.#setUp();
    await this.#ready;
    const call = new AbortController();
    this.#calls.add(call);
    try {
      const { parameters } = this.#host;
      const event = parsePlain(question) as UserEvent;
      const given = this.#module.lookup(event, { parameters, signal: call.signal });
      const value = isThenable(given) ? await this.#host.within(given, 'lookup') : given;
      return { kind: 'done', value: Buffer.from(plainText(value ?? null)) };
    } catch (error) {
      return failedAttempt(error, this.#host);
    } finally {
      call.abort();
      this.#calls.delete(call);
    }
  }

  async close(): Promise<void> {
    if (this.#ready === undefined) return;
    this.#ready = undefined;
    try {
      const left = this.#module.teardown?.();
      if (isThenable(left)) await this.#host.within(left, 'teardown');
    } catch (error) {
      throw new TidemarkError('failed', `${this.#host.reason(error)} (in teardown)`, { cause: error });
    }
  }

  async destroy(): Promise<void> {
    for (const call of this.#calls) call.abort();
    // What is wrong is told already.
    await this.close().catch(() => undefined);
  }

  async #setUp(): Promise<void> {
    try {
      const { parameters } = this.#host;
      const ready = this.#module.setup?.({ parameters });
      if (isThenable(ready)) await this.#host.within(ready, 'setup');
    } catch (error) {
      throw new TidemarkError('failed', `${this.#host.reason(error)} (in setup)`, { cause: error });
    }
  }
}

/** What a call that threw came to: it may work later, unless it says otherwise, or is a mistake in the program. */
function failedAttempt(error: unknown, host: ModuleHost): Attempt<Buffer> {
  if (error instanceof TooLong)
    return { kind: 'failed', reason: error.message.replace(/^.* has not settled/, 'no answer') };
  const reason = host.reason(error);
  const { retry, retryAfter, cause } = Object(error) as {
    retry?: unknown;
    retryAfter?: unknown;
    cause?: unknown;
  };
  const mistake =
    error instanceof TidemarkError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError ||
    error instanceof RangeError ||
    // fetch throws a TypeError where there is no connection, with a cause.
    (error instanceof TypeError && cause === undefined);
  if (retry === false || (mistake && retry !== true)) return { kind: 'refused', reason };
  return { kind: 'failed', reason, ...(typeof retryAfter === 'number' ? { wait: retryAfter } : {}) };
}

/** What is asked, as JSON: the fields that were named, or the whole event. */
class EventQuestions implements QuestionWriter {
  readonly refusal = '';
  readonly #columns: readonly Projected[];
  /** The names of the fields with their colons. */
  readonly #names: readonly string[];

  constructor(operands: readonly Operand[], columns: readonly Projected[]) {
    this.#columns = columns;
    this.#names = operands.map((operand) => `${JSON.stringify(nameOfPath(operand))}:`);
  }

  write(batch: Batch, row: number): string {
    const { bytes } = batch;
    if (this.#columns.length === 0) return `{${bytes.toString('utf8', batch.start[row], batch.end[row])}}`;
    const members = this.#columns.map(({ type, start, end }, i) => {
      const value = type[row] === ABSENT ? 'null' : bytes.toString('utf8', start[row], end[row]);
      return `${this.#names[i]}${value}`;
    });
    return `{${members.join(',')}}`;
  }
}
