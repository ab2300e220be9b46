import { describe, expect, it } from 'vitest';
import { aggregates } from '../../src/aggregates/registry.ts';
import { functionGroups, functions } from '../../src/expressions/functions/registry.ts';
import { valueText } from '../../src/expressions/json-value.ts';
import { isOfType } from '../../src/expressions/value-type.ts';
import { evaluate } from '../reference/expression.ts';

describe.each(functionGroups.map(({ title, functions: all }) => [title, all] as const))(
  'a function of the group %s',
  (_, all) => {
    it.each(all.map((definition) => [definition.example[0], definition] as const))(
      'does what its example says: %s',
      async (text, { example, name, result, resultOf, parameters }) => {
        const value = await evaluate(text);
        expect(text).toContain(`${name}(`);
        expect(valueText(value)).toBe(example[1]);
        // An example that goes on behind the call has another type.
        if (text.endsWith(')') && value !== null) expect(isOfType(value, result)).toBe(true);
        if (resultOf !== undefined) expect(resultOf(parameters).kind).toBeTypeOf('string');
      },
    );
  },
);

describe('the functions', () => {
  it('are described in one line', () => {
    for (const { name, usage, summary, form } of functions) {
      expect(summary, name).toMatch(/^[a-z0-9-].*[^.]$/);
      expect(summary.length, name).toBeLessThanOrEqual(110);
      expect(usage.includes(`.${name}(`), usage).toBe(
        form === 'method' || (form === 'both' && usage.includes('.')),
      );
      expect(usage).toContain(`${name}(`);
    }
  });

  it('of one name differ in what they take', () => {
    const kinds = functions.map(({ name, parameters }) =>
      JSON.stringify([name, ...parameters.map(({ kind }) => kind)]),
    );
    expect(new Set(kinds).size).toBe(functions.length);
  });

  it('that are called as an aggregate is are methods: sum(x) adds up events, x.sum() a list', () => {
    const names = new Set(aggregates.map(({ name }) => name));
    for (const { name, form } of functions)
      if (names.has(name)) expect(`${name} ${form}`).toBe(`${name} method`);
  });
});
