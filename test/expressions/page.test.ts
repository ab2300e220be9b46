import fs from 'node:fs';
import { parse } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { functions } from '../../src/expressions/functions/registry.ts';
import { METADATA } from '../../src/expressions/metadata.ts';

const page = fs.readFileSync(new URL('../../man/tm-expressions.7', import.meta.url), 'utf8');

/** As a reader sees it. */
const plain = (text: string): string =>
  text
    .replaceAll('\\(dq', '"')
    .replaceAll('\\(aq', "'")
    .replaceAll('\\-', '-')
    .replaceAll(/\\\[u(\w+)\]/g, (_, digits) => String.fromCodePoint(Number.parseInt(digits, 16)))
    .replaceAll('\\(ha', '^')
    .replaceAll('\\(ti', '~')
    .replaceAll('\\e', '\\');

/** What is no line of shell: those of EXAMPLES are run by test/journeys/manual.test.ts. */
const [described = ''] = page.split('.Sh EXAMPLES');
const displays = [...described.matchAll(/^\.Bd -literal.*\n([\s\S]*?)^\.Ed/gm)].flatMap(([, display]) =>
  plain(display!).trimEnd().split('\n'),
);
const examples = [...page.matchAll(/^\.Dl "\\&(.*) {2}is {2}(.*)"$/gm)].map(
  ([, expression, value]) => [plain(expression!), plain(value!)] as const,
);

describe('tm-expressions(7)', () => {
  it('shows the example of each function, all of which are run', () => {
    expect(examples).toEqual(functions.map(({ example }) => [...example]));
  });

  it.each([...displays, ...examples.map(([expression]) => expression)])(
    '%s is in the syntax of CEL',
    (text) => {
      expect(() => parse(text)).not.toThrow();
    },
  );

  it('tells of each function of metadata', () => {
    expect(METADATA.filter((name) => !page.includes(`${name}()`))).toEqual([]);
  });

  it('calls no function that there is not', () => {
    const known = new Set([
      ...functions.map(({ name }) => name),
      ...METADATA,
      ...'has member exists exists_one all filter map'.split(' '),
    ]);
    const called = displays.flatMap((text) => [...text.matchAll(/(\w+)\(/g)].map(([, name]) => name!));
    expect(called.filter((name) => !known.has(name))).toEqual([]);
    expect(called.length).toBeGreaterThan(3);
  });
});
