import { describe, expect, it } from 'vitest';
import { keyPairs } from '../../src/commands/key-pairs.ts';

const { parse } = keyPairs('FIELD[=COLUMN],…');

describe('a list of what is looked up', () => {
  it.each([
    ['user', [['user', 'user']]],
    [
      'user.id=id, day',
      [
        ['user.id', 'id'],
        ['day', 'day'],
      ],
    ],
    ['["a,b=c"]=["d,e"]', [['["a,b=c"]', '["d,e"]']]],
    ['lower(host)=host', [['lower(host)', 'host']]],
    ['lower(host) = ["the host"]', [['lower(host)', '["the host"]']]],
    [
      "substring(host, 0, 2)=net, day, v == '=' ? 1 : 2 = kind",
      [
        ['substring(host, 0, 2)', 'net'],
        ['day', 'day'],
        ["v == '=' ? 1 : 2", 'kind'],
      ],
    ],
  ])('is read: %s', (text, expected) => {
    expect(parse(text).map(({ operand, column }) => [operand.text, column.text])).toEqual(expected);
  });

  it.each(['', 'a,', '=b', 'a=', 'a b', '=lower(b)', 'lower(a)=', 'lower(a)=b c', 'a == b'])(
    'is refused: %j',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  it('asks for the column of what is computed', () => {
    expect(() => parse('lower(host)')).toThrow(
      expect.objectContaining({
        message: "'lower(host)' is computed, and names no column of the table",
        hint: "write 'lower(host)=COLUMN'",
      }),
    );
  });
});
