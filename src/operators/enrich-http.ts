import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { escapedName } from '../formats/escape-metadata.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import { Projection } from '../stream/project.ts';
import { ABSENT, type Projected } from '../stream/projection.ts';
import { formatDuration } from '../time/duration.ts';
import { appendMembers, memberTaken } from './append-members.ts';
import { type HttpClient, NoAnswer, NULL, readAnswer } from './http-answer.ts';
import { DEAD_LETTER, MAIN, type Operator, type OperatorContext } from './operator.ts';
import { OrderedRows } from './ordered-rows.ts';
import { type Attempt, type Outcome, SharedRequests, type World } from './shared-requests.ts';
import { SideBatch } from './side-batch.ts';
import { type UrlTemplate, UrlWriter } from './url-template.ts';

export interface EnrichHttpOptions {
  readonly url: UrlTemplate;
  /** The member that the answer becomes. */
  readonly as: string;
  readonly concurrency: number;
  readonly retry: number;
  /** ms; undefined: however old an event is. */
  readonly until: number | undefined;
  /** What becomes of an event without an answer; `letter`: it goes to the dead letters. */
  readonly onFailure: 'fail' | 'drop' | 'pass' | 'letter';
}

/** Rows that are held while they wait for answers: many more than are asked for, but bounded. */
const HELD_ROWS = 512;
/** A wait that is told: with a server that asks for an hour the stream stands still. */
const LONG_WAIT = 60_000;

/**
 * Adds what a server answers to each event. Requests run side by side; events leave in the order in which they
 * came, and watermarks, ticks and markers keep their places between them.
 */
export class EnrichHttp implements Operator {
  readonly #options: EnrichHttpOptions;
  readonly #client: HttpClient;
  readonly #world: World;
  readonly #context: OperatorContext;
  readonly #projection: Projection;
  readonly #taken: Projected;
  readonly #urls: UrlWriter;
  /** `,"name":`. */
  readonly #prefix: Buffer;
  readonly #rows: OrderedRows<Outcome<Buffer>>;
  readonly #requests: SharedRequests<Buffer>;
  readonly #letters: SideBatch;
  #answers = 0;
  /** Answers that nothing is known. */
  #unknown = 0;
  #failures = 0;
  #longWaitTold = false;

  constructor(options: EnrichHttpOptions, client: HttpClient, world: World, context: OperatorContext) {
    this.#options = options;
    this.#client = client;
    this.#world = world;
    this.#context = context;
    const member = escapedName(options.as);
    const name: string = JSON.parse(member);
    this.#projection = new Projection([...options.url.paths, { text: name, steps: [name] }], BATCH_ROWS);
    const { columns } = this.#projection;
    this.#taken = columns.at(-1)!;
    this.#urls = new UrlWriter(options.url, columns);
    this.#prefix = Buffer.from(`,${member}:`);
    this.#letters = new SideBatch(DEAD_LETTER, context);
    this.#rows = new OrderedRows({
      capacity: Math.max(HELD_ROWS, options.concurrency),
      write: (held, row, outcome, out) => this.#write(held, row, outcome, out),
      emit: (out) => this.#emit(out),
      failed: (error) => this.#fail(error),
    });
    this.#requests = new SharedRequests({
      concurrency: options.concurrency,
      retry: options.retry,
      until: options.until,
      world,
      attempt: (url) => this.#ask(url),
      settle: (ticket, outcome) => this.#rows.settle(ticket, outcome, outcome.ok ? outcome.value.length : 0),
      waiting: (url, milliseconds) => this.#tellWait(url, milliseconds),
      broken: (error) => this.#rows.fail(error),
    });
  }

  /** Settles as soon as all rows of the batch are held and asked for: then more input may come. */
  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#rows.check();
    this.#projection.read(batch);
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === SKIPPED) continue;
      const room = this.#rows.room();
      if (room !== undefined) yield room;
      if (batch.kind[row] !== EVENT) {
        this.#rows.pass(batch, row);
        continue;
      }
      if (this.#taken.type[row] !== ABSENT) {
        const left = this.#rows.drained();
        if (left !== undefined) yield left;
        throw memberTaken(batch.line[row]!, this.#options.as, 'give --as another name');
      }
      const url = this.#urls.write(batch, row);
      if (url === undefined) {
        const ticket = this.#rows.hold(batch, row);
        this.#rows.settle(ticket, { ok: false, reason: this.#urls.refusal }, 0);
        continue;
      }
      const slot = this.#requests.slot(url);
      if (slot !== undefined) {
        yield slot;
        this.#rows.check();
      }
      this.#requests.join(url, batch.time[row]!, this.#rows.hold(batch, row));
    }
  }

  async onMarker(_input: number, marker: Marker): Promise<void> {
    await this.#rows.drained();
    if (marker.kind === 'stream') {
      const header = throughCommand(marker.header, 'enrich');
      await this.#context.emitMarker(MAIN, { kind: 'stream', header });
      return;
    }
    if (marker.kind === 'end') {
      this.#tell();
      await this.#client.close();
    }
    await this.#context.emitMarker(MAIN, marker);
  }

  async abort(): Promise<void> {
    this.#requests.abort();
    await this.#client.destroy();
  }

  async #ask(url: string): Promise<Attempt<Buffer>> {
    this.#context.count('requests', 1);
    try {
      const answer = await this.#client.get(url);
      this.#answers++;
      if (answer.status === 404) this.#unknown++;
      return readAnswer(answer, this.#world.clock());
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { kind: 'failed', reason: error.message };
    }
  }

  #write(held: Batch, row: number, outcome: Outcome<Buffer> | undefined, out: Batch): void {
    if (outcome === undefined) out.copyRow(held, row);
    else if (outcome.ok) appendMembers(out, out.copyRow(held, row), this.#prefix, outcome.value);
    else this.#writeFailed(held, row, outcome.reason, out);
  }

  #writeFailed(held: Batch, row: number, reason: string, out: Batch): void {
    const { onFailure } = this.#options;
    if (onFailure === 'fail') {
      throw new TidemarkError('failed', reason, {
        line: held.line[row]!,
        hint: '--dead-letter-to FILE keeps such events and goes on; --on-failure drop leaves them out',
      });
    }
    this.#context.count('failed', 1);
    if (++this.#failures === 1)
      this.#context.notice(`line ${held.line[row]}: ${reason}: the event is ${FATES[onFailure]}`);
    if (onFailure === 'letter') this.#letters.add(held, row);
    if (onFailure === 'pass') appendMembers(out, out.copyRow(held, row), this.#prefix, NULL);
  }

  async #emit(out: Batch): Promise<void> {
    await this.#letters.flush();
    if (out.rows > 0) await this.#context.emit(MAIN, out);
  }

  /** No call may be there to throw it: the input may be silent for long. */
  #fail(error: unknown): void {
    this.#requests.abort();
    this.#context.fail?.(error);
  }

  #tellWait(url: string, milliseconds: number): void {
    this.#context.count('retries', 1);
    if (milliseconds < LONG_WAIT || this.#longWaitTold) return;
    this.#longWaitTold = true;
    this.#context.notice(
      `the server asks to wait ${formatDuration(Math.round(milliseconds / 1000) * 1000)} (${url})`,
      '--until AGE gives up on events that grow too old',
    );
  }

  #tell(): void {
    if (this.#failures > 1) {
      const fate = this.#options.onFailure === 'pass' ? 'had no answer' : 'were left out';
      this.#context.notice(`${this.#failures.toLocaleString('en')} events ${fate} in all`);
    }
    if (this.#answers > 1 && this.#unknown === this.#answers)
      this.#context.notice('every answer was 404, not found: is the URL right?');
  }
}

/** What happens to an event that failed, in words. */
const FATES = { drop: 'left out', pass: 'passed on with null', letter: 'a dead letter' } as const;
