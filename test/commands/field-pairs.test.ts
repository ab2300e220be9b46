import { describe, expect, it } from 'vitest';
import { fieldPairs } from '../../src/commands/field-pairs.ts';
import { nameOfPath, parsePath } from '../../src/json/path.ts';

const { parse } = fieldPairs('A=B');

describe('a list of field pairs', () => {
  it.each([
    ['user', [['user', ['user']]]],
    ['user=id', [['user', ['id']]]],
    [
      ' user.id = id , day',
      [
        ['user.id', ['id']],
        ['day', ['day']],
      ],
    ],
    ['["a,b=c"]=["d,e"]', [['["a,b=c"]', ['d,e']]]],
    ["['a=b']", [["['a=b']", ['a=b']]]],
    ['a=p[0].x', [['a', ['p', 0, 'x']]]],
  ])('is read: %s', (text, expected) => {
    expect(parse(text).map(({ left, right }) => [left, right.steps])).toEqual(expected);
  });

  it.each(['', 'a,', '=b', 'a=', 'a b'])('is refused: %j', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('names a member by its one step, else by the path as it was written', () => {
    expect(nameOfPath(parsePath('["user id"]'))).toBe('user id');
    expect(nameOfPath(parsePath('user.id'))).toBe('user.id');
  });
});
