import { FAILED, IS_TRUE } from '../expressions/condition.ts';
import type { Evaluator } from '../expressions/evaluator.ts';
import type { Expression } from '../expressions/expression.ts';
import { languageAtHand } from '../expressions/late-language.ts';
import type { Operand } from '../expressions/operand.ts';
import type { EvaluationError } from '../expressions/value.ts';
import { type Batch, EVENT } from '../stream/batch.ts';
import { Projection } from '../stream/project.ts';
import type { Projected } from '../stream/projection.ts';

/** An operand whose column is filled by the evaluator, and the condition of those for whom it counts. */
interface Computed {
  readonly index: number;
  readonly where: number | undefined;
}

/** An operand with the index of the condition under which it is wanted; undefined: always. */
export interface WantedOperand {
  readonly operand: Operand;
  readonly where?: number | undefined;
}

/** Why an operand cannot be computed. */
export interface OperandFailure {
  /** The expression that it fails in. */
  readonly text: string;
  readonly error: EvaluationError;
}

export const failureText = ({ text, error }: OperandFailure): string => `${error.reason}, in '${text}'`;

/** What an operator computes with, as columns over a batch: members, and what is computed of them. */
export class OperandColumns {
  /** A column an operand, in the order given; filled by `read`, over the rows of the batch read last. */
  readonly columns: readonly Projected[];
  /** For each condition what it came to by row: IS_FALSE … FAILED (expressions/condition.ts). */
  readonly conditions: readonly Uint8Array[];
  /** The members that are read. */
  readonly projection: Projection;
  /** Whether a row of the batch read last cannot be computed. */
  failing = false;
  /** Undefined: nothing is computed. */
  readonly #evaluator: Evaluator | undefined;
  readonly #expressions: readonly Expression[];
  readonly #computed: readonly Computed[];
  /** How many expressions are operands; conditions follow them. */
  readonly #operands: number;
  /** By row, the number from 1 of the expression that it failed in; 0: none. Meant only where `failing`. */
  readonly #failedIn: Uint16Array;

  constructor(operands: readonly WantedOperand[], conditions: readonly Expression[], capacity: number) {
    this.#operands = operands.length;
    this.#failedIn = new Uint16Array(capacity);
    this.#computed = operands.flatMap(({ operand, where }, index) =>
      operand.expression === undefined ? [] : [{ index, where }],
    );
    if (this.#computed.length === 0 && conditions.length === 0) {
      this.projection = new Projection(
        operands.map(({ operand }) => operand),
        capacity,
      );
      this.columns = this.projection.columns;
      this.conditions = [];
      this.#expressions = [];
      return;
    }
    const language = languageAtHand();
    this.#expressions = [
      ...operands.map(({ operand }) => operand.expression ?? language.fieldExpression(operand)),
      ...conditions,
    ];
    const evaluator = new language.Evaluator(this.#expressions, capacity);
    this.#evaluator = evaluator;
    this.projection = evaluator.projection;
    this.columns = operands.map((_operand, index) => evaluator.columnOf(index));
    this.conditions = conditions.map((_condition, index) => evaluator.conditionsOf(this.#operands + index));
  }

  /** @throws TidemarkError `failed` with line and column where the members are not JSON */
  read(batch: Batch): void {
    const evaluator = this.#evaluator;
    if (evaluator === undefined) {
      this.projection.read(batch);
      return;
    }
    this.failing = false;
    evaluator.read(batch);
    this.conditions.forEach((_condition, index) => {
      const decided = evaluator.conditions(this.#operands + index);
      for (let row = 0; row < batch.rows; row++)
        if (decided[row] === FAILED && batch.kind[row] === EVENT)
          this.#fail(batch, row, this.#operands + index);
    });
    for (const { index, where } of this.#computed) {
      evaluator.column(index);
      const failed = evaluator.failed(index);
      const wanted = where === undefined ? undefined : this.conditions[where]!;
      for (let row = 0; row < batch.rows; row++)
        if (failed[row] === 1 && (wanted === undefined || wanted[row] === IS_TRUE))
          this.#fail(batch, row, index);
    }
  }

  #fail(batch: Batch, row: number, index: number): void {
    if (!this.failing) this.#failedIn.fill(0, 0, batch.rows);
    this.failing = true;
    if (this.#failedIn[row] === 0) this.#failedIn[row] = index + 1;
  }

  /** Why a row cannot be computed, and the expression's text; undefined: it can. Called where `failing` only. */
  failure(row: number): OperandFailure | undefined {
    const index = this.#failedIn[row]! - 1;
    if (index < 0) return undefined;
    return { text: this.#expressions[index]!.text.trim(), error: this.#evaluator!.failure(index, row) };
  }
}
