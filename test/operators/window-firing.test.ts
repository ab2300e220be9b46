import { describe, expect, it } from 'vitest';
import { Window } from '../../src/operators/window.ts';
import type { Firing } from '../../src/stream/firing.ts';
import { parseHeader } from '../../src/stream/header.ts';
import { parseTrigger } from '../../src/stream/trigger-parser.ts';
import { fixedWindows } from '../../src/windows/fixed.ts';
import { COMPLETE, DRAINED, HEADER, text } from '../stream/lines.ts';
import { type MakeOperator, output, run } from './harness.ts';

const firing = (trigger: string): Firing => ({
  trigger: parseTrigger(trigger),
  lateness: 0,
  mode: 'discard',
  onTime: 'always',
  closing: 'if-any',
});

const windowed =
  (given?: Firing): MakeOperator =>
  (context) =>
    new Window(fixedWindows(1000, 0), context, given);

const EVENT = '{"@t":"1970-01-01T00:00:01.000Z"}';
const TICK = '{"@tick":"2026-01-01T00:00:00.000Z"}';

describe('window with a trigger', () => {
  it('writes it into the header, in place of the one before', async () => {
    const lines = text(HEADER, EVENT, COMPLETE, DRAINED);
    const first = output(await run(windowed(firing('each')), lines));
    expect(first.split('\n')[0]).toContain('"trigger":"each","mode":"discard"');
    const second = output(await run(windowed(), first));
    const header = parseHeader(JSON.stringify(JSON.parse(second.split('\n')[0]!)['@stream']));
    expect(header.firing).toBeUndefined();
  });

  it('says once that no tick was there for one that waits for them', async () => {
    const lines = text(HEADER, EVENT, COMPLETE, DRAINED);
    const { notices } = await run(windowed(firing('repeat(any(each, delay(5s)))')), lines);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(
      'no tick was in the stream: nothing has fired by processing time (repeat(any(each, delay(5s))))',
    );
    const ticking = await run(windowed(firing('every(5s)')), text(HEADER, EVENT, TICK, COMPLETE, DRAINED));
    expect(ticking.notices).toEqual([]);
    expect((await run(windowed(firing('each')), lines)).notices).toEqual([]);
  });
});
