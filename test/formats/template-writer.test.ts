import { describe, expect, it } from 'vitest';
import * as language from '../../src/expressions/language.ts';
import { provideLanguage } from '../../src/expressions/late-language.ts';
import type { MetaMode } from '../../src/formats/record-writer.ts';
import { parseTemplate } from '../../src/formats/template.ts';
import { createTemplateWriter } from '../../src/formats/writers.ts';
import { type Event, TIME, written } from './batches.ts';

provideLanguage(language);

const fill = (template: string, event: Event, meta: MetaMode = 'flatten'): string =>
  written(createTemplateWriter(parseTemplate(template, meta), { meta, bounded: true }), [event]);

const EVENT: Event = {
  members: '"path":"/a b","n":17,"user":{"id":"u\\"1","tags":["x",{"y":null}]},"odd}name":true,"é":"ü\\n"',
  window: { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z' },
  pane: '{"index":2,"timing":"late"}',
};

const CASES: readonly { template: string; output: string; meta?: MetaMode }[] = [
  { template: '', output: '' },
  { template: 'text', output: 'text' },
  { template: '{path} {n}', output: '/a b 17' },
  { template: '{user.id} {user.tags[0]} {user.tags[1].y}', output: 'u"1 x null' },
  { template: '{user.tags}', output: '["x",{"y":null}]' },
  { template: '<{missing}>', output: '<>' },
  { template: '{["odd}name"]}', output: 'true' },
  { template: 'ü {["é"]}', output: 'ü ü\n' },
  { template: '{{{n}}} }}{{', output: '{17} }{' },
  { template: '{n}\\t{n}\\n\\\\', output: '17\t17\n\\' },
  {
    template: '{window_start}/{window_end} {pane_index} {pane_timing}',
    output: '2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z 2 late',
  },
  { template: '{@t} {@w}', output: `${TIME} 2015-05-17T10:05:00.000Z/2015-05-17T10:10:00.000Z` },
  {
    template: '{upper(path)} {n * 2} {n > 1 ? "}" : \'{\'} {[n, "a"]} {has(user.id) ? {"a": n} : {}}',
    output: '/A B 34 } [17,"a"] {"a":17}',
  },
  { template: '<{missing + 1}{path * 2}>', output: '<>' },
  { template: '{window_start().format("%H")}', output: '10' },
  { template: '{@pane}', output: '{"index":2,"timing":"late"}' },
  { template: '{n} {window_start}', output: '17 ', meta: 'drop' },
];

const WRONG: readonly [template: string, place: string][] = [
  ['ab{n', 'character 3 '],
  ['ab}', 'character 3 '],
  ['a\\x', 'character 2 '],
  ['a\\', 'character 2 '],
  ['ab{}', 'character 4 '],
  ['ab{a..b}', 'character 4 '],
  ['ab{upper(path}', 'character 3 '],
  ['ab{uper(path)}', "character 4 of the template: unknown function 'uper', at character 1 of 'uper(path)'"],
  ['ab{n *}', 'character 4 of the template: '],
];

describe('template writer', () => {
  it.each(CASES)('fills $template', ({ template, output, meta }) => {
    expect(fill(template, EVENT, meta)).toBe(`${output}\n`);
  });

  it.each(WRONG)('refuses %s as wrong usage and says where', (template, place) => {
    expect(() => parseTemplate(template, 'flatten')).toThrowError(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(place) }),
    );
  });

  it('writes a line per window with flatten, one with keep', () => {
    const window = { start: '2015-05-17T10:05:00Z', end: '2015-05-17T10:10:00Z', every: 60_000, count: 2 };
    const event: Event = { members: '"n":1', window };
    expect(fill('{window_start} {n}', event)).toBe(
      '2015-05-17T10:05:00.000Z 1\n2015-05-17T10:06:00.000Z 1\n',
    );
    expect(fill('{window_start().format("%M")} {n + 1}', event)).toBe('05 2\n06 2\n');
    expect(fill('<{window_start().format("%M")}>', event, 'keep')).toBe('<>\n');
    expect(fill('{@w} {n}', event, 'keep')).toBe('R2/2015-05-17T10:05:00.000Z/PT5M/PT1M 1\n');
  });

  it('takes window_start for a member where the event has no window', () => {
    expect(fill('{window_start}', { members: '"window_start":"w"' })).toBe('w\n');
    expect(fill('{window_start}', { ...EVENT, members: '"window_start":"w"' }, 'keep')).toBe('w\n');
  });

  it('refuses an ambiguous window_start only where the template names it', () => {
    const event: Event = { ...EVENT, members: '"window_start":1,"n":2', line: 3 };
    expect(() => fill('{window_start}', event)).toThrowError(
      expect.objectContaining({ code: 'failed', line: 3 }),
    );
    expect(fill('{n} {window_end}', event)).toBe('2 2015-05-17T10:10:00.000Z\n');
  });
});
