import { digest, xxh64 } from '../aggregates/xxh64.ts';
import { checkOption } from '../expressions/field-check.ts';
import type { Operand } from '../expressions/operand.ts';
import { SavedValue } from '../state/saved-value.ts';
import type { OperatorState, StateShape } from '../state/snapshot.ts';
import { BATCH_ROWS, type Batch, EVENT } from '../stream/batch.ts';
import { throughCommand } from '../stream/header.ts';
import type { Marker } from '../stream/marker.ts';
import type { Projection } from '../stream/project.ts';
import { BranchRows, NO_BRANCH } from './branch-rows.ts';
import { GroupKey } from './group-key.ts';
import { OperandColumns } from './operand-columns.ts';
import { type Leaf, MAIN, type Operator, type OperatorContext, type Work } from './operator.ts';
import { RejectedEvents } from './rejected-events.ts';
import { compareShapes } from './state-shape.ts';
import { tellUnseen } from './unseen-fields.ts';

export interface PartitionOptions {
  /** How many parts there are. */
  readonly parts: number;
  readonly by: readonly Operand[];
}

/** What is written goes to branches alone: they are prepared with the stage, and nothing else is. */
const NO_TARGET: Leaf = { recover: async () => {}, prepare: async () => null, publish: async () => {} };

/**
 * Divides events among parts by their key. The part of a key is XXH64 (seed 0) of the canonical JSON texts of its
 * fields, joined by NUL bytes, modulo the number of parts: the same in every run and on every machine.
 */
export class Partition implements Operator {
  readonly reads: readonly string[];
  readonly leaf = NO_TARGET;
  readonly #parts: number;
  readonly #by: readonly Operand[];
  readonly #operands: OperandColumns;
  /** The members that are read. */
  readonly #projection: Projection;
  readonly #key: GroupKey;
  readonly #rows: BranchRows;
  readonly #rejected: RejectedEvents;
  readonly #context: OperatorContext;
  #events = 0;
  /** Nothing is held; a key must not change its part between two runs. */
  readonly state: OperatorState;

  constructor({ parts, by }: PartitionOptions, context: OperatorContext) {
    this.#parts = parts;
    this.#by = by;
    this.#context = context;
    this.#operands = new OperandColumns(
      by.map((operand) => ({ operand })),
      [],
      BATCH_ROWS,
    );
    this.#projection = this.#operands.projection;
    this.#key = new GroupKey(this.#operands.columns);
    this.#rows = new BranchRows(parts, context);
    this.#rejected = new RejectedEvents(context);
    this.reads = this.#projection.names;
    const shape: StateShape = { N: String(parts), '--by': by.map(({ text }) => text).join(',') };
    this.state = {
      shape,
      compare: (saved) => compareShapes(saved, shape, ['N', '--by']),
      track: () => {},
      save: (out) =>
        out.value('partition', { seen: this.#projection.seenTexts, rejected: this.#rejected.count }),
      restore: (from) => {
        const saved = new SavedValue(from.value('partition'));
        this.#projection.markSeenTexts(saved.texts('seen'));
        // Where it is missing, an earlier version has written it, in which nothing was computed.
        this.#rejected.restore(saved.has('rejected') ? saved.integer('rejected', 0) : 0);
      },
    };
  }

  *onBatch(_input: number, batch: Batch): Generator<undefined | Promise<void>, void, void> {
    this.#operands.read(batch);
    const { target } = this.#rows;
    const { kind, rows } = batch;
    for (let row = 0; row < rows; row++) {
      if (kind[row] !== EVENT) continue;
      this.#events++;
      if (this.#operands.failing && this.#isRejected(batch, row)) {
        target[row] = NO_BRANCH;
        continue;
      }
      this.#key.read(batch, row);
      xxh64(this.#key.bytes, this.#key.start, this.#key.end);
      target[row] = remainder(digest.high, digest.low, this.#parts);
    }
    yield this.#rows.emit(batch);
    yield this.#rejected.flush();
  }

  onMarker(_input: number, marker: Marker): Work {
    if (marker.kind === 'end') {
      this.#rejected.tell();
      tellUnseen(this.#projection, this.#events, this.#context);
    }
    if (marker.kind !== 'stream') return this.#context.emitMarker(MAIN, marker);
    checkOption('--by', marker.header, this.#by);
    const header = throughCommand(marker.header, 'partition');
    return this.#context.emitMarker(MAIN, { kind: 'stream', header });
  }

  /** An event whose key cannot be computed. */
  #isRejected(batch: Batch, row: number): boolean {
    const failure = this.#operands.failure(row);
    if (failure !== undefined) this.#rejected.addFailure(batch, row, failure);
    return failure !== undefined;
  }
}

/** A number of 64 bits, given by its halves, modulo a divisor of at most 20 bits. */
const remainder = (high: number, low: number, divisor: number): number =>
  (((high >>> 0) % divisor) * (2 ** 32 % divisor) + ((low >>> 0) % divisor)) % divisor;
