import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../src/expressions/expression.ts';
import { computed } from './computed.ts';

const EVENT =
  '{"status":503,"path":"/api/x","ok":true,"bytes":1234567890123456789012,"half":0.5,"tags":["a","b",3],' +
  '"user":{"id":7,"user-id":"u"},"n":null,"one":1.0,"größe":2,"namespace":"k8s","esc":"a\\"b","far":1e999,"tab":"a\\tb"}';

const values = (table: readonly (readonly [string, string])[]): void => {
  it.each(table)('%s is %s', (text, value) => {
    expect(computed(text, EVENT)).toBe(value);
  });
};

describe('names', () => {
  values([
    ['status', '503'],
    ['user.id', '7'],
    ['user["user-id"]', '"u"'],
    ['tags[0]', '"a"'],
    ['tags[0] + "x"', '"ax"'],
    ['tags[9] == null', 'true'],
    ['größe > 1', 'true'],
    ['namespace == "k8s"', 'true'],
    ['member("größe")', '2'],
    ['user.id.deeper == null', 'true'],
    ['has(user.id)', 'true'],
    ['has(user.x)', 'false'],
    ['has(n)', 'true'],
    ['has(tags[2]) && !has(tags[3])', 'true'],
    ['has({"a": 1}.a)', 'true'],
    ['event_time()', '"2015-05-17T10:05:03.000Z"'],
    ['window_start()', 'null'],
    ['window_end() == null', 'true'],
    ['pane_index()', 'null'],
    ['pane_timing() == "late"', 'null'],
    ['pane_is_first() == null && pane_is_last() == null', 'true'],
  ]);

  it('a text that is a path is a field, and nothing but that', () => {
    expect(parseExpression('["user-id"]').field?.steps).toEqual(['user-id']);
    expect(parseExpression('user.id').field?.text).toBe('user.id');
    expect(parseExpression('user.id + 1').field).toBeUndefined();
    expect(parseExpression('user.id + a[0]').fields.map(({ text }) => text)).toEqual(['user.id', 'a[0]']);
    expect(parseExpression('member("a b").c').fields.map(({ text }) => text)).toEqual(['["a b"].c']);
  });

  it('what is bound is no member, unless it is written so', () => {
    const bindings = new Map([['n', { kind: 'number' }]] as const);
    expect(parseExpression('n', bindings).fields).toEqual([]);
    expect(parseExpression('n / member("n")', bindings).fields.map(({ text }) => text)).toEqual(['n']);
    expect(parseExpression('["n"]', bindings).field?.steps).toEqual(['n']);
  });
});

describe('numbers', () => {
  values([
    ['status / 100', '5.03'],
    ['bytes + 1', '1234567890123456789013'],
    ['bytes - 1234567890123456789011', '1'],
    ['bytes * bytes', '1524157875323883675048681628113153483936144'],
    ['bytes * half', '6.172839450617284e+20'],
    ['9007199254740993 + 0', '9007199254740993'],
    ['9007199254740993 == 9007199254740992.0', 'false'],
    ['9007199254740991 + 2', '9007199254740993'],
    ['3037000500 * 3037000500', '9223372037000250000'],
    ['10000000000000000000001 / 7', '1.4285714285714287e+21'],
    ['9007199254740993 / 9007199254740993', '1'],
    ['1 / 3', '0.3333333333333333'],
    ['7 % 3', '1'],
    ['-7 % 3', '-1'],
    ['7.5 % -2', '1.5'],
    ['bytes % 10', '2'],
    ['-status', '-503'],
    ['one', '1.0'],
    ['one + 0', '1'],
    ['one == 1', 'true'],
    ['0x1F', '31'],
    ['1e3 + 0.5', '1000.5'],
    ['0.1 + 0.2', '0.30000000000000004'],
    ['1 / 0', 'rejected: division by zero'],
    ['1 % 0', 'rejected: division by zero'],
    ['1e308 * 10', 'rejected: a number past the range of doubles'],
    ['far > 1', 'rejected: 1e999 is past the range of numbers'],
    ['far == "x"', 'rejected: 1e999 is past the range of numbers'],
    [`${'9'.repeat(600)} * ${'9'.repeat(600)}`, 'rejected: an integer of more than 1000 digits'],
  ]);
});

describe('comparisons and logic', () => {
  values([
    ['status >= 500 && path.startsWith("/api")', 'true'],
    ['status != 503', 'false'],
    ['500 < status', 'true'],
    ['bytes > 5 && bytes < 1234567890123456789013', 'true'],
    ['status == "503"', 'false'],
    ['path < 5', 'rejected: "/api/x" and 5 have no order'],
    ['path < "/b"', 'true'],
    ['"Z" < "a" && "z" < "é" && "\uffff" < "😀"', 'true'],
    ['esc == "a\\"b" && tab == "a\\tb" && tab.contains("\\t") && tab.endsWith("\\tb")', 'true'],
    ['tab.startsWith("a\\t") && !tab.startsWith("a\\\\")', 'true'],
    ['ok == true && ok != false', 'true'],
    ['tags == ["a", "b", 3.0]', 'true'],
    ['user == {"user-id": "u", "id": 7}', 'true'],
    ['user == {"user-id": "u"}', 'false'],
    ['n == null && missing == null && status != null', 'true'],
    ['missing > 3', 'null'],
    ['n + 1', 'null'],
    ['n == n', 'null'],
    ['!n', 'null'],
    ['n && false', 'false'],
    ['n || true', 'true'],
    ['n && true', 'null'],
    ['path && false', 'false'],
    ['path || true', 'true'],
    ['path && true', 'rejected: "/api/x" is neither true nor false'],
    ['n && path', 'rejected: "/api/x" is neither true nor false'],
    ['(path && n) || true', 'true'],
    ['ok ? 1 : 2', '1'],
    ['n ? 1 : 2', 'null'],
    ['status > 500 ? one : 2', '1.0'],
    ['path ? 1 : 2', 'rejected: "/api/x" is neither true nor false'],
    ['"a" in tags && !("c" in tags) && 3 in tags', 'true'],
    ['path in ["/", "/api/x"] && status in [500, 503]', 'true'],
    ['"id" in user', 'true'],
    ['"a" in path', 'rejected: "/api/x" is no list and no object to look in'],
  ]);
});

describe('lists, objects and texts', () => {
  values([
    ['[1, "a", null, [true]]', '[1,"a",null,[true]]'],
    ['{"a": status, "b": [1, path]}', '{"a":503,"b":[1,"/api/x"]}'],
    ['tags + [4]', '["a","b",3,4]'],
    ['"x" + \'y\' + r"\\d"', '"xy\\\\d"'],
    ['tags.map(x, x == "a")', '[true,false,false]'],
    ['tags.map(x, x != 3, x + "!")', '["a!","b!"]'],
    ['tags.filter(x, x != 3)', '["a","b"]'],
    ['tags.exists(x, x == "b")', 'true'],
    ['tags.exists(x, x > 2)', 'true'],
    ['tags.all(x, x > 2)', 'rejected: "a" and 2 have no order'],
    ['tags.exists_one(x, x == 3)', 'true'],
    ['[[1], [2, 3]].map(x, x.map(y, y * x.size()))', '[[1],[4,6]]'],
    ['user.map(name, name)', '["id","user-id"]'],
    ['n.map(x, x)', 'null'],
    ['status.map(x, x)', 'rejected: map wants a list or an object, not 503'],
    ['tags[status - 503]', '"a"'],
    ['user["i" + "d"]', '7'],
  ]);
});
