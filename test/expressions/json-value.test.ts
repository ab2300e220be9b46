import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionFailure } from '../../src/expressions/function.ts';
import {
  elementsOf,
  isList,
  isObject,
  membersOf,
  quoted,
  readValue,
  sizeOf,
  valueText,
} from '../../src/expressions/json-value.ts';
import { doubleValue, integerValue } from '../../src/expressions/number-value.ts';
import { Duration, JsonSpan, Timestamp, type Value } from '../../src/expressions/value.ts';
import { compareValues, equalValues } from '../../src/expressions/value-order.ts';
import { isOfType, typeOf } from '../../src/expressions/value-type.ts';
import { compareValues as compareJson } from '../../src/json/compare.ts';

const read = (text: string): Value => readValue(Buffer.from(text), 0, Buffer.byteLength(text));
/** All spans of a value read. */
const deep = (value: Value): Value =>
  isList(value)
    ? elementsOf(value).map(deep)
    : isObject(value)
      ? new Map([...membersOf(value)].map(([name, member]) => [name, deep(member)]))
      : value;
const equal = (a: string, b: string): boolean => equalValues(read(a), read(b));
const reason = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof FunctionFailure) return error.reason;
    throw error;
  }
  return 'no failure';
};

describe('a value of an event', () => {
  it.each<[string, Value]>([
    ['null', null],
    ['true', true],
    ['false', false],
    ['-0', 0],
    ['-0.0', 0],
    ['1e3', 1000],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740993.0', 9007199254740992],
    ['0.1', 0.1],
    ['"a\\u0041\\ud83d\\ude00"', 'aA😀'],
  ])('%s is read', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it('is refused past the range of doubles', () => {
    expect(reason(() => read('1e999'))).toBe('1e999 is past the range of numbers');
    expect(reason(() => read('9'.repeat(1001)))).toMatch(/^9{60}… is past the range of numbers$/);
  });

  it('is a span when it is a list or an object, whose parts are read when they are wanted', () => {
    const list = read(' [ 1 , {"a": [2]} ,"x"] '.trim());
    expect(list).toBeInstanceOf(JsonSpan);
    expect(sizeOf(list as JsonSpan)).toBe(3);
    const [first, second, third] = elementsOf(list as JsonSpan);
    expect([first, third]).toEqual([1, 'x']);
    expect(valueText(second!)).toBe('{"a": [2]}');
  });

  it('takes the first of duplicate names', () => {
    const object = read('{"a":1,"b":2,"\\u0061":3}') as JsonSpan;
    expect([...membersOf(object)]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(sizeOf(object)).toBe(2);
  });

  it('is written as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const text = JSON.stringify(json);
        expect(JSON.parse(valueText(deep(read(text))))).toEqual(JSON.parse(text));
        expect(valueText(read(text))).toBe(text);
      }),
    );
  });

  it.each<[Value, string]>([
    [[], '[]'],
    [new Map(), '{}'],
    [[new Map([['a"', [1n]]]), null], '[{"a\\"":[1]},null]'],
    [new Timestamp(0), '"1970-01-01T00:00:00.000Z"'],
    [new Duration(90_500), '"PT1M30.5S"'],
    [10n ** 20n, '100000000000000000000'],
  ])('that was computed is written as JSON', (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});

describe('the order of values', () => {
  it('is that of members of events for what is neither a list nor an object', () => {
    const scalar = fc.oneof(
      fc.constantFrom(
        'null',
        'true',
        'false',
        '1',
        '1.0',
        '9007199254740993',
        '9007199254740992.0',
        '-1e400',
      ),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
      fc.bigInt().map(String),
      fc.string({ unit: 'binary', maxLength: 5 }).map((x) => JSON.stringify(x)),
      fc.constantFrom('"\\ud800"', '"\\ud83d\\ude00"', '"\\ue000"', '"\\uffff"'),
    );
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        fc.pre(!a.includes('e400') && !b.includes('e400'));
        const [x, y] = [Buffer.from(a), Buffer.from(b)];
        const order = Math.sign(compareJson(x, 0, x.length, y, 0, y.length));
        expect(Math.sign(compareValues(read(a), read(b)))).toBe(order);
        expect(equal(a, b)).toBe(order === 0);
      }),
    );
  });

  it('is total, and agrees with equality', () => {
    const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const [x, y, z] = [read(a), deep(read(b)), read(c)];
        expect(compareValues(x, y) === 0).toBe(equalValues(x, y));
        expect(Math.sign(compareValues(x, y))).toBe(-Math.sign(compareValues(y, x)) + 0);
        if (compareValues(x, y) <= 0 && compareValues(y, z) <= 0)
          expect(compareValues(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('looks at what a list or an object holds, not at how it is spelled', () => {
    expect(equal('[1, 2]', '[1.0,2e0]')).toBe(true);
    expect(equal('{"a":1,"b":[]}', '{ "b":[ ], "\\u0061":1 }')).toBe(true);
    expect(equal('{"a":1}', '{"a":1,"b":null}')).toBe(false);
    expect(equal('[null]', '[]')).toBe(false);
    expect(equalValues(read('[1]'), [1])).toBe(true);
    expect(equalValues(new Timestamp(1), new Timestamp(1))).toBe(true);
    expect(equalValues(new Timestamp(1), new Duration(1))).toBe(false);
    expect(equalValues(new Duration(1), new Duration(1))).toBe(true);
    expect(compareValues(read('[1,2]'), [1, 3])).toBeLessThan(0);
    expect(compareValues(new Timestamp(2), new Timestamp(1))).toBeGreaterThan(0);
    expect(compareValues(new Duration(-2), new Duration(1))).toBeLessThan(0);
  });

  it('refuses what is nested too deep, and does not run out of stack', () => {
    const nested = (last: string): string => '['.repeat(5000) + last + ']'.repeat(5000);
    expect(reason(() => equal(nested('1'), nested('2')))).toMatch(/nested deeper/);
    expect(reason(() => compareValues(read(nested('1')), read(nested('2'))))).toMatch(/nested deeper/);
    expect(equal(nested('1'), nested('1'))).toBe(true);
  });
});

describe('numbers', () => {
  it('that are safe integers are numbers, larger ones are bigints of up to 1,000 digits', () => {
    expect(integerValue(2n ** 53n - 1n)).toBe(2 ** 53 - 1);
    expect(integerValue(2n ** 53n)).toBe(2n ** 53n);
    expect(integerValue(-(10n ** 1000n) + 1n)).toBe(-(10n ** 1000n) + 1n);
    expect(reason(() => integerValue(10n ** 1000n))).toBe('an integer of more than 1000 digits');
  });

  it('are finite, and never -0', () => {
    expect(doubleValue(-0)).toBe(0);
    expect(reason(() => doubleValue(Infinity))).toBe('the result is past the range of numbers');
    expect(reason(() => doubleValue(Number.NaN))).toBe('the result is no number');
  });
});

describe('the type of a value', () => {
  it.each<[Value, string]>([
    [null, 'null'],
    [true, 'boolean'],
    [1, 'integer'],
    [2n ** 60n, 'integer'],
    [0.5, 'number'],
    [1e300, 'number'],
    ['', 'string'],
    [new Timestamp(0), 'timestamp'],
    [new Duration(0), 'duration'],
    [[], 'list'],
    [read('[]'), 'list'],
    [new Map(), 'object'],
    [read('{}'), 'object'],
  ])('%s is named', (value, name) => {
    expect(typeOf(value)).toBe(name);
    const kind = name === 'integer' ? 'number' : name;
    expect(isOfType(value, kind === 'list' ? { kind, element: { kind: 'any' } } : ({ kind } as never))).toBe(
      true,
    );
    expect(isOfType(value, { kind: 'any' })).toBe(true);
    expect(isOfType(value, { kind: kind === 'string' ? 'number' : 'string' })).toBe(false);
  });

  it('tells integers by their value', () => {
    expect(isOfType(1e300, { kind: 'number', integer: true })).toBe(true);
    expect(isOfType(1.5, { kind: 'number', integer: true })).toBe(false);
    expect(isOfType('1', { kind: 'number', integer: true })).toBe(false);
  });
});

describe('a text in a message', () => {
  it('is quoted, shortened and without control characters', () => {
    expect(quoted('a\n')).toBe("'a\\n'");
    expect(quoted('x'.repeat(100))).toBe(`'${'x'.repeat(60)}…'`);
  });
});
