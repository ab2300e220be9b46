import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expressions/expression.ts';
import { BRANCH, REJECTED } from '../../src/operators/operator.ts';
import { Route } from '../../src/operators/route.ts';
import { Window } from '../../src/operators/window.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { branchItems } from '../reference/branches.ts';
import { routed } from '../reference/per-event.ts';
import { printItems } from '../reference/stream.ts';
import { computable, conditions } from './expression-streams.ts';
import { feedings, type MakeOperator, output, run } from './harness.ts';

const route =
  (...texts: string[]): MakeOperator =>
  (context) =>
    new Route(
      texts.map((text) => parseExpression(text)),
      context,
    );

const several = fc.array(fc.oneof(conditions, fc.constant('true')), { minLength: 1, maxLength: 4 });

describe('route', () => {
  it('equals the plain reference: each event goes to the first place whose condition is true, or on', async () => {
    await fc.assert(
      fc.asyncProperty(computable, several, feedings, async (items, texts, feeding) => {
        const outcome = await run(route(...texts), printItems(items), feeding);
        const { items: passed, rejected, branchOf } = routed(items, texts);
        expect(output(outcome)).toBe(printItems(passed).replaceAll(/("commands":\[[^\]]*)/g, '$1,"route"'));
        expect(output(outcome, REJECTED)).toBe(printItems(rejected));
        for (const branch of texts.keys())
          expect(output(outcome, BRANCH + branch)).toBe(
            printItems(branchItems(items, (event) => branchOf.get(event) === branch)),
          );
      }),
      { numRuns: 300 },
    );
  });

  it('gives places the events as they were, whatever is done to the others behind it', async () => {
    const window: MakeOperator = (context) => new Window(fixedWindows(1000, 0), context);
    await fc.assert(
      fc.asyncProperty(computable, conditions, feedings, async (items, condition, feeding) => {
        const outcome = await run([route(condition), window], printItems(items), feeding);
        const { branchOf } = routed(items, [condition]);
        expect(output(outcome, BRANCH)).toBe(
          printItems(branchItems(items, (event) => branchOf.get(event) === 0)),
        );
      }),
      { numRuns: 60 },
    );
  });
});
