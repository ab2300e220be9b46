import { usageError } from '../errors.ts';
import { ByteWriter } from '../json/byte-writer.ts';
import { SavedValue, savedNumber } from '../state/saved-value.ts';
import type { OperatorState } from '../state/snapshot.ts';
import { Batch, EVENT, SKIPPED, TICK, WATERMARK } from '../stream/batch.ts';
import { throughCommand, withSchema } from '../stream/header.ts';
import type { Header, Marker } from '../stream/marker.ts';
import { StreamPrinter } from '../stream/printer.ts';
import { formatDuration } from '../time/duration.ts';
import { instantText } from '../time/instant.ts';
import { MAIN, type Operator, type OperatorContext } from './operator.ts';
import { PendingRows } from './pending-rows.ts';
import type { Program, ProgramEnd, StartProgram, Take } from './program.ts';
import { endedBadly, heldBack, tooEarly, tooFew, tooMany, writesMarkers } from './program-errors.ts';
import type { World } from './world.ts';

export interface ApplyOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** It writes one line for each that it is given. */
  readonly lines: boolean;
  /** With `lines`: how long none may come while some are owed, ms. */
  readonly timeout: number;
}

/** The header behind a program: what it makes of events is not known. */
export const behindProgram = (header: Header): Header =>
  withSchema(throughCommand(header, 'apply'), undefined);

/**
 * Has somebody else's program deal with the events, as lines without markers, and keeps the markers in their places.
 *
 * With `lines` each line that comes back is the answer to the first event that has none, so that watermarks stand between
 * answers as they stood between events. Otherwise it is not known which events a line answers: it goes on at once, and
 * watermarks wait for the end of the stretch, when the program's input has been ended and all of its output is there. A
 * stretch ends at a barrier and at the end of the stream; the next begins with the program started anew.
 *
 * What the program writes is read beside what it is given, so that neither waits for the other.
 */
export class Apply implements Operator {
  readonly state: OperatorState;
  readonly #options: ApplyOptions;
  readonly #start: StartProgram;
  readonly #world: Pick<World, 'sleep'>;
  readonly #context: OperatorContext;
  readonly #printer = new StreamPrinter();
  /** Lines on their way to the program. */
  readonly #lines = new ByteWriter(1 << 16);
  /** From the first event of a stretch to its end. */
  #program: Program | undefined;
  /** With `lines`: events that have no answer, and times that wait for those before them. */
  readonly #pending = new PendingRows();
  /** Otherwise: the watermark and the tick that wait for the end of the stretch, ms; NaN: none. */
  #heldWatermark = Number.NaN;
  #heldTick = Number.NaN;
  /** And the earliest event of the stretch, ms: an answer may be as late as that. */
  #earliest = Number.POSITIVE_INFINITY;
  /** The watermark that has gone out, ms. */
  #watermark = Number.NEGATIVE_INFINITY;
  readonly #out = new Batch();
  /** Settles when what is being emitted has been; never rejects. One thing is emitted at a time. */
  #emitting: Promise<void> = Promise.resolve();
  /** Answers that are being handed on: the program may not be blamed for a slow reader. */
  #handing = 0;
  /** Counts whatever shows that the program is not stuck. */
  #progress = 0;
  #watching = false;
  readonly #stopped = new AbortController();
  /** Those who wait until nothing is owed. */
  #sleepers: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  /** Events that the program did not read, for it had enough. */
  #unread = 0;

  constructor(
    options: ApplyOptions,
    start: StartProgram,
    world: Pick<World, 'sleep'>,
    context: OperatorContext,
  ) {
    this.#options = options;
    this.#start = start;
    this.#world = world;
    this.#context = context;
    this.state = {
      shape: { COMMAND: options.command.join(' '), '--lines': options.lines ? 'given' : '' },
      // At a barrier nothing is held: another command goes on as it is.
      compare: () => ({ refused: [], added: [], lost: [] }),
      summary: () => ({ watermark: this.#watermark }),
      track: () => {},
      pause: () => this.#settled(),
      save: (out) => out.value('apply', { watermark: savedNumber(this.#watermark) }),
      restore: (from) => {
        this.#watermark = new SavedValue(from.value('apply')).number('watermark');
      },
    };
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#check();
    const events = this.#options.lines ? this.#noteRows(batch) : this.#holdTimes(batch);
    if (events > 0) {
      this.#program ??= this.#started();
      const { deaf } = this.#program;
      if (deaf && this.#options.lines) throw tooFew(this.#options.command, this.#pending.events);
      this.#lines.clear();
      this.#printer.printBatch(batch, this.#lines);
      if (deaf) this.#unread += events;
      else yield this.#program.write(this.#lines.view());
      this.#check();
      if (this.#options.lines) this.#watch();
    }
    if (this.#options.lines && this.#pending.events === 0 && !this.#pending.empty)
      yield this.#emitInTurn(() => this.#emitTimes());
  }

  async onMarker(_input: number, marker: Marker): Promise<void> {
    this.#check();
    const { lines } = this.#options;
    if (marker.kind === 'stream') this.#begin(marker.header);
    else if (marker.kind === 'barrier') await this.#settled();
    else if (marker.kind === 'idle' && lines) await this.#answered();
    else if (marker.kind === 'end') {
      await this.#endStretch();
      this.#tellUnread();
    }
    const passed: Marker =
      marker.kind === 'stream' ? { kind: 'stream', header: behindProgram(marker.header) } : marker;
    await this.#emitInTurn(() => this.#context.emitMarker(MAIN, passed));
  }

  async abort(): Promise<void> {
    this.#stopped.abort();
    this.#program?.kill();
  }

  #begin({ bounded, state }: Header): void {
    if (this.#options.lines || bounded || state !== undefined) return;
    throw usageError(
      'the stream has no end, and without --lines its watermarks wait for the end of the command',
      '--lines is for a command that writes one line for each; tm source --state DIR has it end at each checkpoint',
    );
  }

  /** With `lines`: remembers in which order rows came; what is no event is not printed. Returns the number of events. */
  #noteRows(batch: Batch): number {
    const before = this.#pending.events;
    for (let row = 0; row < batch.rows; row++) {
      const kind = batch.kind[row]!;
      if (kind === SKIPPED) continue;
      this.#pending.add(kind, batch.time[row]!);
      if (kind !== EVENT) batch.kind[row] = SKIPPED;
    }
    if (before === 0) this.#progress++;
    return this.#pending.events - before;
  }

  #holdTimes(batch: Batch): number {
    let events = 0;
    for (let row = 0; row < batch.rows; row++) {
      const kind = batch.kind[row]!;
      const time = batch.time[row]!;
      if (kind === EVENT) {
        events++;
        if (time < this.#earliest) this.#earliest = time;
        continue;
      }
      if (kind === WATERMARK) this.#heldWatermark = time;
      if (kind === TICK) this.#heldTick = time;
      batch.kind[row] = SKIPPED;
    }
    return events;
  }

  #started(): Program {
    const take: Take = {
      onBatch: (_input, batch) => {
        this.#handing++;
        return this.#emitInTurn(() => this.#takeAnswers(batch)).finally(() => {
          this.#handing--;
          this.#progress++;
          this.#wake();
        });
      },
      onMarker: (_input, marker) => {
        if (marker.kind === 'idle' || marker.kind === 'barrier') throw writesMarkers(this.#options.command);
        return undefined;
      },
    };
    const program = this.#start(take);
    program.ended.then(
      (end) => this.#onEnd(program, end),
      (error) => this.#fail(error),
    );
    return program;
  }

  /** The program has ended: in its time, too early, or badly. */
  #onEnd(program: Program, end: ProgramEnd): void {
    const { command, lines } = this.#options;
    if (this.#stopped.signal.aborted || program !== this.#program) return;
    if (end.code !== 0) this.#fail(endedBadly(command, end));
    else if (lines && this.#pending.events > 0) this.#fail(tooFew(command, this.#pending.events));
  }

  async #takeAnswers(batch: Batch): Promise<void> {
    const { command, lines } = this.#options;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] === EVENT) continue;
      // The reader gives what has no markers its end.
      if (batch.kind[row] !== WATERMARK || batch.time[row] !== Number.POSITIVE_INFINITY)
        throw writesMarkers(command);
      batch.kind[row] = SKIPPED;
    }
    if (lines) {
      await this.#matchAnswers(batch);
      return;
    }
    const floor = Math.min(this.#watermark, this.#earliest);
    for (let row = 0; row < batch.rows; row++)
      if (batch.kind[row] === EVENT && batch.time[row]! < floor) this.#refuseEarly(batch, row, floor);
    await this.#context.emit(MAIN, batch);
  }

  /** With `lines`: the first answer is that of the first event that has none. */
  async #matchAnswers(batch: Batch): Promise<void> {
    const pending = this.#pending;
    const out = this.#out;
    for (let row = 0; row < batch.rows; row++) {
      if (batch.kind[row] !== EVENT) continue;
      await this.#addTimes();
      if (pending.empty) throw tooMany(this.#options.command, batch.line[row]!);
      const floor = Math.min(this.#watermark, pending.time);
      if (batch.time[row]! < floor) this.#refuseEarly(batch, row, floor);
      pending.shift();
      if (out.full) await this.#flush();
      out.copyRow(batch, row);
    }
    await this.#emitTimes();
  }

  #refuseEarly(batch: Batch, row: number, floor: number): never {
    throw tooEarly(
      this.#options.command,
      batch.line[row]!,
      instantText(batch.time[row]!),
      instantText(floor),
    );
  }

  /** Adds the times that stand before the first event without an answer. */
  async #addTimes(): Promise<void> {
    const pending = this.#pending;
    for (; !pending.empty && pending.kind !== EVENT; pending.shift()) {
      if (this.#out.full) await this.#flush();
      this.#out.addTime(pending.kind as typeof WATERMARK, pending.time);
      if (pending.kind === WATERMARK) this.#watermark = pending.time;
    }
  }

  async #emitTimes(): Promise<void> {
    await this.#addTimes();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#out.rows > 0) await this.#context.emit(MAIN, this.#out);
    this.#out.clear();
  }

  /** All that came has been answered, as far as the program is to answer it before what follows. */
  #settled(): Promise<void> {
    return this.#options.lines ? this.#answered() : this.#endStretch();
  }

  /** With `lines`: waits until nothing is owed. */
  async #answered(): Promise<void> {
    while (this.#pending.events > 0 || this.#handing > 0) {
      this.#check();
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve);
      });
    }
    this.#check();
  }

  /** Ends the program's input, waits for its end, and lets go what waits for that. */
  async #endStretch(): Promise<void> {
    const program = this.#program;
    if (program !== undefined) {
      const { command, lines } = this.#options;
      program.end();
      const end = await program.ended;
      this.#program = undefined;
      this.#check();
      if (end.code !== 0) throw endedBadly(command, end);
      if (lines && this.#pending.events > 0) throw tooFew(command, this.#pending.events);
    }
    await this.#emitInTurn(async () => {
      this.#releaseTimes();
      await this.#emitTimes();
    });
  }

  /** What was held stands behind all that the program wrote. */
  #releaseTimes(): void {
    if (!Number.isNaN(this.#heldTick)) this.#pending.add(TICK, this.#heldTick);
    if (!Number.isNaN(this.#heldWatermark)) this.#pending.add(WATERMARK, this.#heldWatermark);
    this.#heldTick = this.#heldWatermark = Number.NaN;
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  /** Looks now and then whether the program answers, as long as it owes something. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#keepWatch().catch((error) => this.#fail(error));
  }

  async #keepWatch(): Promise<void> {
    const { signal } = this.#stopped;
    while (this.#pending.events > 0 && !signal.aborted) {
      const before = this.#progress;
      await this.#world.sleep(this.#options.timeout, signal);
      if (signal.aborted || this.#handing > 0 || this.#progress !== before || this.#pending.events === 0)
        continue;
      throw heldBack(this.#options.command, this.#pending.events, formatDuration(this.#options.timeout));
    }
    this.#watching = false;
  }

  #emitInTurn(emit: () => undefined | Promise<void>): Promise<void> {
    const emitted = this.#emitting.then(emit);
    this.#emitting = emitted.catch(() => {});
    return emitted;
  }

  #tellUnread(): void {
    if (this.#unread === 0) return;
    const { command } = this.#options;
    this.#context.count('unread', this.#unread);
    this.#context.notice(
      `${command[0]} had read enough: ${this.#unread.toLocaleString('en')} events were not given to it`,
    );
    this.#unread = 0;
  }

  #wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }

  /** No call may be there to throw it: the input may be silent for long. The first failure counts. */
  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#stopped.signal.aborted) return;
    this.#failure = { error };
    this.#program?.kill();
    this.#context.fail?.(error);
    this.#wake();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
