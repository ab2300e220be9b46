import fc from 'fast-check';

/** Texts of the kind that break parsers: escapes, what is no ASCII, nothing at all. */
const text = fc.constantFrom('', 'a', 'b', 'ab', 'é', '😀', 'a"b', 'a\\b', 'a\tb', '\u2028');

const number = fc.constantFrom(
  '0',
  '1',
  '2',
  '3',
  '-1',
  '1.0',
  '0.5',
  '-2.5',
  '1e3',
  '1e300',
  '100',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '123456789012345678901234567890',
  '0.1',
  '3e-5',
);

const scalar = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 3, arbitrary: text.map((each) => JSON.stringify(each)) },
  { weight: 2, arbitrary: fc.constantFrom('true', 'false') },
  fc.constant('null'),
);

const NAMES = ['a', 'b', 'c', 'd'];

const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: scalar },
    fc.array(tie('json'), { maxLength: 3 }).map((each) => `[${each.join(', ')}]`),
    fc
      .uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 })
      .chain((names) => fc.tuple(...names.map((name) => tie('json').map((value) => `"${name}": ${value}`))))
      .map((each) => `{${each.join(', ')}}`),
  ),
}));

/** JSON of events: members a to d, each there or not; some names are escaped. */
export const events = fc
  .tuple(
    ...NAMES.map((name) =>
      fc.option(
        json.map((value) => `"${name}":${value}`),
        { freq: 5 },
      ),
    ),
  )
  .map((members) => `{${members.filter((each) => each !== null).join(',')}}`);

const literal = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 2, arbitrary: text.map((each) => JSON.stringify(each).replace('\u2028', '\\u2028')) },
  fc.constantFrom('true', 'false', 'null'),
);

const field = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES)).map(([a, b]) => `${a}.${b}`),
  fc.tuple(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 2 })).map(([a, i]) => `${a}[${i}]`),
);

/** Expressions over the members of `events`, with what the reference knows. */
export const { expression: expressions } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression').map((each) => `(${each})`);
  const binary = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in');
  // In parentheses: `["a"]` alone is a field.
  const list = fc.array(tie('expression'), { maxLength: 3 }).map((each) => `([${each.join(', ')}])`);
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: field },
      { weight: 3, arbitrary: literal },
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.oneof(field, literal, inner), binary, fc.oneof(field, literal, inner))
          .map((each) => each.join(' ')),
      },
      {
        weight: 4,
        arbitrary: fc.tuple(inner, fc.constantFrom('&&', '||'), inner).map((each) => each.join(' ')),
      },
      inner.map((each) => `!${each}`),
      inner.map((each) => `-${each}`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
      field.map((each) => `has(${each})`),
      { weight: 2, arbitrary: list },
      fc.tuple(field, list).map(([a, b]) => `${a} in ${b}`),
      fc
        .tuple(text, tie('expression'))
        .map(([a, b]) => `{${JSON.stringify(a).replace('\u2028', '\\u2028')}: ${b}}`),
      fc.tuple(inner, fc.constantFrom('a', 'b')).map(([a, b]) => `${a}.${b}`),
      fc.tuple(inner, inner).map(([a, b]) => `${a}[${b}]`),
      fc
        .tuple(
          fc.oneof(field, inner, list),
          fc.constantFrom('exists', 'all', 'exists_one', 'filter', 'map'),
          tie('expression'),
        )
        .map(([on, name, body]) => `${on}.${name}(a, ${body})`),
      fc
        .tuple(fc.oneof(field, inner), tie('expression'), tie('expression'))
        .map(([on, condition, body]) => `${on}.map(b, ${condition}, ${body})`),
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.oneof(field, inner),
            fc.constantFrom('contains', 'startsWith', 'endsWith'),
            fc.oneof(literal, field),
          )
          .map(([on, name, part]) => `${on}.${name}(${part})`),
      },
      fc.oneof(field, inner).map((each) => `size(${each})`),
    ),
  };
});
