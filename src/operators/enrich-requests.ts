import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { escapedName } from '../formats/escape-metadata.ts';
import type { OperatorState, SnapshotReader, SnapshotWriter, StateShape } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT, SKIPPED, WATERMARK } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { ABSENT, type Projected } from '../stream/projection.ts';
import { ANY_VALUE, withMembers } from '../stream/schema.ts';
import { appendMembers, memberTaken } from './append-members.ts';
import { HeldRowsWriter, type Progress, RestoredRows } from './held-rows.ts';
import { NULL } from './http-answer.ts';
import { HttpTally, type OnFailure } from './http-tally.ts';
import { failureText, OperandColumns } from './operand-columns.ts';
import { DEAD_LETTER, MAIN, type Operator, type OperatorContext } from './operator.ts';
import { OrderedRows } from './ordered-rows.ts';
import { type Attempt, type Outcome, SharedRequests } from './shared-requests.ts';
import { SideBatch } from './side-batch.ts';
import { settle } from './work.ts';
import type { World } from './world.ts';

export interface EnrichRequestsOptions {
  /** The member that the answer becomes. */
  readonly as: string;
  readonly concurrency: number;
  readonly retry: number;
  /** ms; undefined: however old an event is. */
  readonly until: number | undefined;
  readonly onFailure: OnFailure;
}

/** What is asked for an event, as a text: equal ones are asked together. */
export interface QuestionWriter {
  /** Undefined: nothing can be asked; `refusal` says why. */
  write(batch: Batch, row: number): string | undefined;
  readonly refusal: string;
}

/** Who is asked, and how. */
export interface Inquiry {
  /** What is read of each event. */
  readonly operands: readonly Operand[];
  /** Where they were given: `--by`. */
  readonly where: string;
  /** @param columns of the operands, in their order */
  writer(columns: readonly Projected[]): QuestionWriter;
  /** Asks once. */
  ask(question: string, tally: HttpTally): Promise<Attempt<Buffer>>;
  /** A question as it stands in messages. */
  named(question: string): string;
  /** What a saved state was made with. */
  readonly shape: StateShape;
  /** Nothing is asked any more, unless `ask` is called again. */
  close(): Promise<void>;
  /** Ends what is under way. Never throws. */
  destroy(): Promise<void>;
}

/**
 * The header behind answers, which may be anything.
 * @param where the operands were given: `--by`
 * @throws TidemarkError `usage` for a field that no event has
 */
export function answeredHeader(
  header: Header,
  where: string,
  operands: readonly Operand[],
  as: string,
): Header {
  checkOption(where, header, operands);
  const added = { ...ANY_VALUE, required: false };
  return withSchema(throughCommand(header, 'enrich'), withMembers(header.schema, [[as, added]]));
}

/** Rows that are held while they wait for answers: many more than are asked for, but bounded. */
const HELD_ROWS = 512;
/**
 * How long a barrier waits for answers, ms: a server that answers has done so by then, and what it answered belongs to
 * the epoch, also to the last one of a run; one that does not answer holds no checkpoint up.
 */
const GRACE = 1000;

/**
 * Adds an answer from outside to each event. Requests run side by side; events leave in the order in which they
 * came, and watermarks, ticks and markers keep their places between them. Only a barrier whose epoch is saved overtakes
 * the events that still wait: they are in the snapshot, and a run that begins with it asks for them again.
 */
export class EnrichRequests implements Operator {
  readonly #options: EnrichRequestsOptions;
  readonly #inquiry: Inquiry;
  readonly #world: World;
  readonly #context: OperatorContext;
  readonly #operands: OperandColumns;
  readonly #taken: Projected;
  readonly #questions: QuestionWriter;
  /** `,"name":`. */
  readonly #prefix: Buffer;
  readonly #rows: OrderedRows<Outcome<Buffer>>;
  readonly #requests: SharedRequests<Buffer>;
  readonly #letters: SideBatch;
  readonly #tally: HttpTally;
  /** The stream is complete in event time: what waits belongs to its last epoch. */
  #complete = false;
  /** Rows of the snapshot that this run began with, until they have been asked for. */
  #restored: RestoredRows | undefined;
  /** Settles when they have been; never rejects. */
  #asking: Promise<void> | undefined;
  /** What is held is in a snapshot whose barrier is to come, or has gone on as the last thing that came. */
  #saved: 'no' | 'barrier to come' | 'passed' = 'no';
  /** The stream was suspended with events that wait: they are not asked for any more. */
  #left = false;

  constructor(options: EnrichRequestsOptions, inquiry: Inquiry, world: World, context: OperatorContext) {
    this.#options = options;
    this.#inquiry = inquiry;
    this.#world = world;
    this.#context = context;
    const member = escapedName(options.as);
    const name: string = JSON.parse(member);
    const taken: Operand = { text: name, steps: [name] };
    this.#operands = new OperandColumns(
      [...inquiry.operands, taken].map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    const { columns } = this.#operands;
    this.#taken = columns.at(-1)!;
    this.#questions = inquiry.writer(columns.slice(0, -1));
    this.#prefix = Buffer.from(`,${member}:`);
    this.#tally = new HttpTally(options.onFailure, context);
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
      attempt: (question) => this.#ask(question),
      named: (question) => inquiry.named(question),
      settle: (ticket, outcome) => this.#rows.settle(ticket, outcome, outcome.ok ? outcome.value.length : 0),
      waiting: (question, milliseconds) => this.#tally.wait(inquiry.named(question), milliseconds),
      broken: (error) => this.#rows.fail(error),
    });
  }

  /** Settles as soon as all rows of the batch are held and asked for: then more input may come. */
  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#saved = 'no';
    if (this.#restored !== undefined) yield this.#asking;
    yield* this.#hold(batch, { row: 0 });
  }

  async onMarker(_input: number, marker: Marker): Promise<void> {
    if (this.#left)
      throw new TidemarkError('failed', 'a stream follows one that was suspended with events unanswered', {
        hint: 'give each stream with --state a pipe of its own',
      });
    if (marker.kind === 'barrier' && this.#saved === 'barrier to come') {
      await this.#rows.pause();
      await this.#context.emitMarker(MAIN, marker);
      this.#rows.resume();
      this.#saved = 'passed';
      return;
    }
    if (marker.kind === 'end' && marker.reason === 'suspended' && this.#saved === 'passed')
      await this.#leaveRest();
    else await this.#drained();
    if (marker.kind === 'stream') {
      const { where, operands } = this.#inquiry;
      const header = answeredHeader(marker.header, where, operands, this.#options.as);
      await this.#context.emitMarker(MAIN, { kind: 'stream', header });
      return;
    }
    if (marker.kind === 'end') {
      this.#tally.end();
      await this.#inquiry.close();
    }
    await this.#context.emitMarker(MAIN, marker);
  }

  /** The rows that wait, and what was counted for the last message. */
  get state(): OperatorState {
    const { as, onFailure } = this.#options;
    return {
      shape: { ...this.#inquiry.shape, '--as': as, '--on-failure': onFailure },
      // Events that wait are asked for as this run asks: another question may be why it was stopped.
      compare: () => ({ refused: [], added: [], lost: [] }),
      summary: () => ({ held: this.#waitingEvents() }),
      // What is held is little, and another at each barrier.
      track: () => {},
      pause: () => this.#pause(),
      save: (out) => this.#save(out),
      restore: (from) => this.#restore(from),
    };
  }

  /**
   * Holds the rows of a batch and asks for them.
   * @param progress told the first row that is not held
   */
  *#hold(batch: Batch, progress: Progress): Generator<undefined | Promise<void>, void, void> {
    this.#rows.check();
    this.#operands.read(batch);
    for (; progress.row < batch.rows; progress.row++) {
      const { row } = progress;
      if (batch.kind[row] === SKIPPED) continue;
      const room = this.#rows.room();
      if (room !== undefined) yield room;
      if (batch.kind[row] !== EVENT) {
        if (batch.kind[row] === WATERMARK && batch.time[row] === Number.POSITIVE_INFINITY)
          this.#complete = true;
        this.#rows.pass(batch, row);
        continue;
      }
      if (this.#taken.type[row] !== ABSENT) {
        const left = this.#rows.drained();
        if (left !== undefined) yield left;
        throw memberTaken(batch.line[row]!, this.#options.as, 'give --as another name');
      }
      const failure = this.#operands.failing ? this.#operands.failure(row) : undefined;
      const question = failure === undefined ? this.#questions.write(batch, row) : undefined;
      if (question === undefined) {
        const reason = failure === undefined ? this.#questions.refusal : failureText(failure);
        const ticket = this.#rows.hold(batch, row);
        this.#rows.settle(ticket, { ok: false, reason }, 0);
        continue;
      }
      const slot = this.#requests.slot(question);
      if (slot !== undefined) {
        yield slot;
        this.#rows.check();
      }
      this.#requests.join(question, batch.time[row]!, this.#rows.hold(batch, row));
    }
  }

  /** All that came has left, and what was restored before it. */
  async #drained(): Promise<void> {
    await this.#asking;
    await this.#rows.drained();
  }

  /** What is answered in time leaves before the barrier; behind the last watermark, all of it. */
  async #pause(): Promise<void> {
    if (this.#complete) await this.#drained();
    else if (this.#rows.size > 0) {
      const early = new AbortController();
      await Promise.race([this.#drained(), this.#world.sleep(GRACE, early.signal)]);
      early.abort();
    }
    await this.#rows.pause();
  }

  #save(out: SnapshotWriter): void {
    const rows = new HeldRowsWriter();
    this.#visitWaiting((held, row) => rows.add(held, row));
    out.bytes('waiting', rows.finish());
    this.#tally.save(out);
    this.#saved = 'barrier to come';
  }

  #waitingEvents(): number {
    let events = 0;
    this.#visitWaiting((held, row) => {
      if (held.kind[row] === EVENT) events++;
    });
    return events;
  }

  /** Shows the rows that have not left, in their order. */
  #visitWaiting(see: (held: Batch, row: number) => void): void {
    this.#rows.visit(see);
    this.#restored?.visit(see);
  }

  /** @throws TidemarkError `failed` for what is no stream */
  #restore(from: SnapshotReader): void {
    this.#tally.restore(from);
    const bytes = from.bytes('waiting');
    if (bytes === undefined) return;
    const restored = new RestoredRows(bytes, (batch, progress) => settle(this.#hold(batch, progress)));
    this.#restored = restored;
    this.#asking = restored.done.then(
      () => {
        this.#restored = undefined;
      },
      (error) => this.#rows.fail(error),
    );
  }

  /** The run ends with events that wait: the snapshot behind which nothing came holds them. */
  async #leaveRest(): Promise<void> {
    await this.#rows.pause();
    const events = this.#waitingEvents();
    this.#tally.left(events);
    if (events === 0) return;
    this.#left = true;
    this.#requests.abort();
    await this.#inquiry.destroy();
  }

  async abort(): Promise<void> {
    this.#requests.abort();
    await this.#inquiry.destroy();
  }

  #ask(question: string): Promise<Attempt<Buffer>> {
    this.#context.count('requests', 1);
    return this.#inquiry.ask(question, this.#tally);
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
        ...(held.line[row] === 0 ? {} : { line: held.line[row]! }),
        hint: '--dead-letter-to FILE keeps such events and goes on; --on-failure drop leaves them out',
      });
    }
    this.#tally.failure(held.line[row]!, reason);
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
}
