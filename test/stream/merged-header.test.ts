import { describe, expect, it, test } from 'vitest';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import type { Header } from '../../src/stream/marker.ts';
import { mergedHeader } from '../../src/stream/merged-header.ts';
import { parseSchema, schemaJson } from '../../src/stream/schema-json.ts';

const merged = (...headers: Partial<Header>[]): Header =>
  mergedHeader(
    headers.map((header, index) => ({
      name: `input ${index + 1}`,
      header: { ...PLAIN_HEADER, ...header },
    })),
  );

const refused = (...headers: Partial<Header>[]): { code: string; message: string; hint: string } => {
  try {
    merged(...headers);
  } catch (error) {
    return error as { code: string; message: string; hint: string };
  }
  throw new Error('nothing is refused');
};

const fixed = (size: number): Partial<Header> => ({ windowing: { kind: 'fixed', size, offset: 0 } });
const state = (directory: string, changes: object = {}): Partial<Header> => ({
  state: { directory, id: directory, attempt: 3, epoch: 7, stages: [], ...changes },
});
const firing: NonNullable<Header['firing']> = {
  trigger: { kind: 'after-watermark' },
  lateness: 1000,
  mode: 'discard',
  onTime: 'always',
  closing: 'if-any',
};

describe('the header of several streams', () => {
  test.each<[name: string, lists: string[][], together: string[]]>([
    ['of one kind', [['source'], ['source']], ['source']],
    [
      'that begin alike',
      [
        ['source', 'map'],
        ['source', 'filter', 'map'],
      ],
      ['source', 'map', 'filter', 'map'],
    ],
    ['of which one has been through nothing', [['source'], []], ['source']],
  ])('has the commands of streams %s', (_name, lists, together) => {
    expect(merged(...lists.map((commands) => ({ commands }))).commands).toEqual(together);
  });

  it('is bounded where all are, and has the longest delay', () => {
    expect(merged({ bounded: true }, { bounded: false }).bounded).toBe(false);
    expect(merged({ watermark: { delay: 5, every: 9 } }, { watermark: { delay: 7 } }).watermark).toEqual({
      delay: 7,
      every: 9,
    });
  });

  it('has ticks as far apart as they are where they are rarest', () => {
    expect(merged({ ticks: 1000 }, {}, { ticks: 5000 }).ticks).toBe(5000);
    expect(merged({}, {}).ticks).toBeUndefined();
  });

  it('is of the branch that all are of', () => {
    const branch = (...branches: string[]): string =>
      merged(...branches.map((of) => ({ branch: of }))).branch;
    expect(branch('tee.0', 'tee.1')).toBe('');
    expect(branch('', 'tee.1')).toBe('');
    expect(branch('tee.0.route.0', 'tee.0.route.1')).toBe('tee.0');
    expect(branch('tee.0', 'tee.0.route.1')).toBe('tee.0');
  });

  it('refuses windows that differ, and says how', () => {
    expect(refused(fixed(60_000), fixed(300_000))).toMatchObject({
      code: 'usage',
      message: 'the windows differ: input 1 has fixed size 1m offset 0s, input 2 has fixed size 5m offset 0s',
    });
    expect(refused(fixed(60_000), {}).message).toContain('input 2 has global');
    const { message } = refused({ ...fixed(5), firing }, { ...fixed(5), firing: { ...firing, lateness: 2 } });
    expect(message).toBe('the windows fire otherwise: input 1 and input 2 differ in lateness');
    expect(refused(fixed(5), { ...fixed(5), firing }).message).toContain('differ in trigger, lateness, mode');
  });

  it('takes windows for the same in whatever order their members were written', () => {
    const { trigger, ...others } = firing;
    expect(merged({ ...fixed(5), firing }, { ...fixed(5), firing: { ...others, trigger } })).toMatchObject({
      ...fixed(5),
      firing,
    });
  });

  it('has panes that replace each other where one of them has', () => {
    expect(merged({ panes: 'each-once' }, { panes: 'replacing' }).panes).toBe('replacing');
    expect(merged({ panes: 'each-once' }, {}).panes).toBe('each-once');
    expect(merged({}, {}).panes).toBeUndefined();
  });

  it('has the state of the one source, with the stages of all', () => {
    expect(
      merged(state('/a', { stages: ['x', 'y'] }), state('/a', { stages: ['x', 'z'] })).state,
    ).toMatchObject({
      directory: '/a',
      stages: ['x', 'y', 'z'],
    });
    expect(refused(state('/a'), state('/b'))).toMatchObject({
      code: 'usage',
      message: 'input 1 keeps state in /a, and input 2 in /b: their epochs are not the same',
      hint: expect.stringContaining('tm run'),
    });
    expect(refused({}, state('/b')).message).toContain('input 2 keeps state in /b, and input 1 keeps none');
    expect(refused(state('/a'), state('/a', { attempt: 4 })).code).toBe('cut');
  });

  it('says that a run has nothing to do where all say so', () => {
    const skipped = { other: { skipped: true } };
    expect(merged(skipped, skipped).other).toEqual({ skipped: true });
    expect(merged(skipped, { other: { unit: 'mm' } }).other).toEqual({ unit: 'mm' });
  });
});

describe('the schema of several streams', () => {
  const union = (...schemas: object[]): unknown => {
    const { schema } = merged(
      ...schemas.map((each) => ({ schema: parseSchema({ type: 'object', ...each }) })),
    );
    return schema === undefined ? undefined : schemaJson(schema);
  };
  const closed = (properties: object, required: string[] = Object.keys(properties)): object => ({
    properties,
    required,
    additionalProperties: false,
  });

  it('has the members of all, required where all have them', () => {
    expect(
      union(closed({ a: { type: 'string' } }), closed({ a: { type: 'string' }, b: { type: 'null' } })),
    ).toEqual({
      type: 'object',
      ...closed({ a: { type: 'string' }, b: { type: 'null' } }, ['a']),
    });
  });

  it('lets a member be what any of them lets it be', () => {
    expect(
      union(
        closed({ a: { type: 'integer' }, s: { type: 'string', format: 'date-time' } }),
        closed({ a: { type: 'string' }, s: { type: 'string' } }),
      ),
    ).toEqual({
      type: 'object',
      ...closed({ a: { type: ['integer', 'string'] }, s: { type: 'string' } }),
    });
    expect(
      union(
        closed({
          o: { type: 'object', ...closed({ x: { type: 'integer' } }) },
          l: { type: 'array', items: { type: 'integer' } },
        }),
        closed({ o: { type: 'object', ...closed({ x: { type: 'number' } }) }, l: { type: 'array' } }),
      ),
    ).toEqual({
      type: 'object',
      ...closed({ o: { type: 'object', ...closed({ x: { type: 'number' } }) }, l: { type: 'array' } }),
    });
  });

  it('claims nothing of a member that one of them does not know, nor of anything where one knows nothing', () => {
    expect(union(closed({ a: { type: 'string' } }), { properties: { b: { type: 'null' } } })).toEqual({
      type: 'object',
      properties: { a: {}, b: { type: 'null' } },
    });
    expect(merged({ schema: parseSchema({ type: 'object' }) }, {}).schema).toBeUndefined();
  });
});
