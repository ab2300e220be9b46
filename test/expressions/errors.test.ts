import { expect, it } from 'vitest';
import { TidemarkError } from '../../src/errors.ts';
import { checkCondition, parseExpression } from '../../src/expressions/expression.ts';
import {
  type MemberSchema,
  type Schema,
  TYPE_FRACTION,
  TYPE_INTEGER,
  TYPE_LIST,
  TYPE_NULL,
  TYPE_OBJECT,
  TYPE_STRING,
} from '../../src/stream/schema.ts';
import { expectGolden } from '../golden.ts';

const member = (types: number, more: Partial<MemberSchema> = {}): MemberSchema => ({
  types,
  required: true,
  ...more,
});

/** Of an access log, with a list and an object. */
const SCHEMA: Schema = {
  closed: true,
  members: new Map([
    ['status', member(TYPE_INTEGER)],
    ['bytes', member(TYPE_INTEGER | TYPE_NULL)],
    ['seconds', member(TYPE_FRACTION | TYPE_INTEGER)],
    ['path', member(TYPE_STRING)],
    ['user-agent', member(TYPE_STRING | TYPE_NULL)],
    ['tags', member(TYPE_LIST, { items: { types: TYPE_STRING } })],
    [
      'user',
      member(TYPE_OBJECT, { members: { closed: true, members: new Map([['id', member(TYPE_INTEGER)]]) } }),
    ],
    ['data', member(TYPE_OBJECT)],
  ]),
};

/** What is refused, as users of SQL, jq, Python, JavaScript and CEL itself write it. */
const WRONG = [
  // Names
  'stauts >= 500',
  'Status >= 500',
  'user.name == "x"',
  'user-agent == "x"',
  'user.id.x == 1',
  'tags.first == "a"',
  'has(usr.id)',
  'nothing > 1',
  '@t > 5',
  '.status == 200',
  '$.status == 200',
  '`user-agent` == "x"',
  // Operators of other languages
  'status = 500',
  'status === 500',
  'status <> 500',
  'status == 500 and path == "/"',
  'status == 500 or path == "/"',
  'status == 500 & path == "/"',
  'not status == 500',
  'path is null',
  'bytes is not null',
  'path like "%x%"',
  'path =~ "x"',
  'path ~ "x"',
  'path !~ "x"',
  'path == GET',
  'status in (200, 404)',
  'status not in [200]',
  'status between 200 and 299',
  'bytes ** 2 > 1',
  'bytes // 1024 > 1',
  'bytes ?? 0',
  'path contains "x"',
  'case when status == 1 then 2 end',
  'if(status > 1, 2, 3)',
  // Types
  'status == "200"',
  'path == 200',
  'status > "500"',
  'path + 1 == "x"',
  'path - "x"',
  'status && true',
  'path ? 1 : 2',
  '!status',
  '-path',
  'path in "abc"',
  'status in ["200", "404"]',
  '"x" in status',
  'status.startsWith("5")',
  'path.startsWith(5)',
  'tags > 3',
  'tags.exists(x, x > 5)',
  'status.map(x, x)',
  'user == "x"',
  'timestamp(path) > "2026-01-01"',
  // Functions
  'lenght(path) > 3',
  'len(path) > 3',
  'lower(path, 2)',
  'path.lowr() == "x"',
  'sum(bytes) > 5',
  'count() > 5',
  'path.div(2)',
  'tags.map(1, 2)',
  'tags.exists(x)',
  'exists(tags, x, x > 1)',
  'has(1 + 2)',
  'member(path)',
  'event_time(1)',
  'pane_index(1)',
  'pane_idx()',
  'pane_index() == "0"',
  'pane_timing() == "ontime"',
  '"before" != pane_timing()',
  'pane_timing() in ["early", "lat"]',
  '@pane.index == 0',
  '@w == ""',
  // Syntax
  '',
  '   ',
  'status >=',
  'status >= 500)',
  '(status >= 500',
  'path == "x',
  'path == "x\\d"',
  'path == b"x"',
  'status == 200u',
  'status == .5',
  '{status: 1}',
  '{"a": 1, "a": 2} == {}',
  'status ? 1',
  'a b',
  'status == 200;',
  'path == "a\nb"',
];

it('what is wrong with an expression is told with its place, and what was meant', () => {
  const told = WRONG.map((text) => {
    try {
      checkCondition(parseExpression(text), { schema: SCHEMA });
    } catch (error) {
      if (!(error instanceof TidemarkError)) throw error;
      return `${JSON.stringify(text)}\n  ${error.message}\n  hint: ${error.hint ?? '-'}\n`;
    }
    return `${JSON.stringify(text)}\n  is right\n`;
  });
  expectGolden('expressions/errors.txt', told.join('\n'));
  expect(told.filter((each) => each.includes('is right'))).toEqual([]);
});
