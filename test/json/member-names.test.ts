import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { memberNames } from '../../src/json/member-names.ts';

const namesOf = (text: string): string[] => {
  const bytes = Buffer.from(text);
  return memberNames(bytes, 0, bytes.length);
};

it('gives the names of all members, in their order', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (object) => {
      const members = Object.entries(object).map(
        ([name, value]) => ` ${JSON.stringify(name)} : ${JSON.stringify(value)} `,
      );
      expect(namesOf(members.join(','))).toEqual(Object.keys(object));
    }),
  );
});

it('stops where what stands there is none', () => {
  expect(namesOf('"a":1,b:2')).toEqual(['a']);
  expect(namesOf('"a":1,"b')).toEqual(['a']);
  expect(namesOf('"a":')).toEqual(['a']);
});
