import { expect, test } from 'vitest';
import { guessFormat } from '../../src/formats/format-guess.ts';

test.each([
  ['1.2.3.4 - - [17/May/2015:10:05:03 +0200] "GET /a HTTP/1.1" 200 17', 'common'],
  ['1.2.3.4 - - [17/May/2015:10:05:03 +0200] "GET /a HTTP/1.1" 200 17 "-" "curl"', 'combined'],
  ['<34>1 - h a - - -', 'syslog'],
  ['Oct  1 22:14:15 host a[1]: b=1 c=2', 'syslog'],
  ['2024-01-02T10:11:12.5+01:00 host a[1]: b', 'syslog'],
  ['2024-01-02T10:11:12Z,host,a', 'csv'],
  ['level=info msg="a, b" took=1', 'logfmt'],
  ['a= b=1', 'logfmt'],
  ['a\tb=1', 'tsv'],
  ['a,b=1,c=2', 'csv'],
  ['a="1,2"', 'csv'],
  ['something else', 'see --format'],
  ['{', 'jq -c .'],
  ['[', "jq -c '.[]'"],
  ['[{"a":1},', "jq -c '.[]'"],
])('of %s it says %s', (line, format) => {
  expect(guessFormat(line)).toContain(format);
});

test('of what seems to be JSON it says nothing', () => {
  expect(guessFormat(' {"a":1,"b":2')).toBeUndefined();
});
