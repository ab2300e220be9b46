import { describe, expect, it } from 'vitest';
import { isMetadataName } from '../../src/json/metadata-name.ts';
import { framed } from './json-text.ts';

const isName = (name: string, behind = '"'): boolean => {
  const { b, start, end } = framed(name, '@', behind);
  return isMetadataName(b, start, end);
};

describe('isMetadataName', () => {
  const words = ['t', 'w', 'pane', 'stream', 'watermark', 'tick', 'idle', 'barrier', 'end'];

  it.each(words)('knows %s behind one or more @', (word) => {
    expect(isName(`@${word}`)).toBe(true);
    expect(isName(`@@${word}`)).toBe(true);
    expect(isName(`@@@@${word}`)).toBe(true);
    expect(isName(word)).toBe(false);
  });

  it.each([
    '@timestamp',
    '@T',
    '@',
    '@@',
    '',
    '@x',
    '@ends',
    '@en',
    '@t ',
    ' @t',
    '@t@',
    '@t@t',
    '@watermarks',
  ])('leaves %j to the user', (name) => {
    expect(isName(name)).toBe(false);
  });

  it('does not look behind the end', () => {
    expect(isName('@', 't')).toBe(false);
    expect(isName('@en', 'd')).toBe(false);
    expect(isName('', '@t')).toBe(false);
    expect(isName('@t', 'x')).toBe(true);
  });
});
