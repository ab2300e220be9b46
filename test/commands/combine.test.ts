import { describe, expect, it } from 'vitest';
import { combineCommand } from '../../src/commands/combine.ts';
import { BY } from '../../src/commands/options.ts';

const given = (by: string, order = '') => ({
  kind: undefined,
  arguments: ['n=count'],
  options: new Map<string, unknown>([
    ['by', BY.value?.parse(by)],
    ...(order === '' ? [] : ([['order', order.split(',')]] as const)),
  ]),
});

describe('combine --by', () => {
  it('knows a key member of one name by that name, however the field was written', () => {
    expect(() => combineCommand.build?.(given('["user-id"]', 'user-id'))).not.toThrow();
    expect(() => combineCommand.build?.(given('status,["status"]'))).toThrow('two results are named status');
  });

  it.each(['@t', '@w', 'k,["@pane"]'])('refuses metadata: %s', (by) => {
    expect(() => BY.value?.parse(by)).toThrow('is no field: it is metadata');
  });

  it('takes members that were called like metadata, with the @ that the source gave them', () => {
    expect(BY.value?.parse('@@t,@timestamp')).toHaveLength(2);
  });
});
