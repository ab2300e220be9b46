import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { Evaluator, FAILED, IS_FALSE, IS_NULL, IS_TRUE } from '../../src/expressions/evaluator.ts';
import { parseExpression } from '../../src/expressions/expression.ts';
import { EvaluationError } from '../../src/expressions/value.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';
import { evaluate, type Plain, Rejected } from '../reference/expressions.ts';
import { batchOf } from './computed.ts';
import { events, expressions } from './random-expressions.ts';

type Outcome = { readonly value: Plain } | 'rejected';

function expected(text: string, event: string): Outcome {
  try {
    return { value: byValue(evaluate(text, event)) };
  } catch (error) {
    if (error instanceof Rejected) return 'rejected';
    throw error;
  }
}

/** JSON read back as the reference reads it. */
const plainValue = (json: string): Plain => byValue(evaluate('v', `{"v":${json}}`));

/** Numbers in one form: a double past 2^53 that is written as digits is read as the integer that it is. */
function byValue(value: Plain): Plain {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [name, byValue(each)]));
  return Array.isArray(value) ? value.map(byValue) : value;
}

/** Types that never go together are told before the first event; the reference finds them in each. */
function parsed(text: string): ReturnType<typeof parseExpression> | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof TidemarkError && error.code === 'usage') return undefined;
    throw error;
  }
}

describe('an evaluator', () => {
  it('computes what a plain walk over the tree does, for each event, however they are cut into batches', () => {
    let computed = 0;
    fc.assert(
      fc.property(
        fc.array(expressions, { minLength: 1, maxLength: 3 }),
        fc.array(events, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (texts, lines, size) => {
          const known = texts.filter((text) => parsed(text) !== undefined);
          const evaluator = new Evaluator(
            known.map((text) => parseExpression(text)),
            size,
          );
          for (let from = 0; from < lines.length; from += size) {
            const part = lines.slice(from, from + size);
            const batch = batchOf(part);
            evaluator.read(batch);
            known.forEach((text, index) => {
              const column = evaluator.column(index);
              const conditions = evaluator.conditions(index).slice();
              part.forEach((event, row) => {
                const wanted = expected(text, event);
                const out = new ByteWriter();
                let got: Outcome = 'rejected';
                try {
                  evaluator.write(index, row, out);
                  got = { value: plainValue(out.toString()) };
                } catch (error) {
                  if (!(error instanceof EvaluationError)) throw error;
                  expect(evaluator.failure(index, row).reason).toBe(error.reason);
                }
                computed++;
                expect(got, `${text} over ${event}`).toEqual(wanted);
                const value = wanted === 'rejected' ? undefined : wanted.value;
                const condition =
                  value === true ? IS_TRUE : value === false ? IS_FALSE : value === null ? IS_NULL : FAILED;
                expect(conditions[row], `${text} over ${event}`).toBe(condition);
                expect(evaluator.failed(index)[row]).toBe(got === 'rejected' ? 1 : 0);
                if (got !== 'rejected' && column.type[row] !== 0)
                  expect(
                    plainValue(batch.bytes.toString('utf8', column.start[row], column.end[row])),
                  ).toEqual(got.value);
              });
            });
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(computed).toBeGreaterThan(1000);
  });
});
