import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Apply } from '../../src/operators/apply.ts';
import { type Answer, applyFreely, applyLines, withoutIdle } from '../reference/apply.ts';
import { type EventItem, printItems } from '../reference/stream.ts';
import { type Behaviour, fakeProgram } from './fake-program.ts';
import { feedings, type MakeOperator, output, run, WHOLE } from './harness.ts';
import { cut, END, eventLine, HEADER, Piped, pipe, streamOf, watermarkLine } from './piping.ts';
import { type HeldSnapshot, keeping } from './resuming.ts';
import { shown, stamped } from './streams.ts';
import { VirtualWorld } from './virtual-world.ts';

const NEVER = {
  sleep: (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
};

const apply =
  (lines: boolean, behaviour: Behaviour, pieces?: readonly number[]): MakeOperator =>
  (context) =>
    new Apply({ command: ['prog'], lines, timeout: 1000 }, fakeProgram(behaviour, pieces), NEVER, context);

const ECHO: Behaviour = { answer: (line) => `${line}\n` };
/** None, one or two lines for each, by how long it is. */
const SOME: Behaviour = { answer: (line) => `${line}\n`.repeat(line.length % 3) };
const some: Answer = (event) => Array<EventItem>(printItems([event]).trimEnd().length % 3).fill(event);
const ascii = (text: string): boolean => /^[\n -~]*$/.test(text);
const pieces = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });

describe('apply --lines', () => {
  it('equals the plain reference: answers stand where events stood, markers where they were', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, pieces, async (items, feeding, cuts) => {
        const text = printItems(items);
        const outcome = await run(apply(true, ECHO, cuts), text, feeding);
        expect(output(outcome)).toBe(printItems(applyLines(items, (event) => [event])));
      }),
      { numRuns: 200 },
    );
  });

  it('fails when nothing is written for the timeout while lines are owed, and says what to do', async () => {
    const world = new VirtualWorld();
    const piped = new Piped();
    const options = { command: ['/usr/bin/jq', '.'], lines: true, timeout: 10_000 };
    const operator = new Apply(options, fakeProgram({ ...ECHO, buffers: true }), world, piped.context);
    const open = (async function* () {
      yield* cut([HEADER, eventLine(1, ''), eventLine(2, '')]);
      await new Promise(() => {});
    })();
    await expect(pipe(open, operator, piped)).rejects.toMatchObject({
      message: 'jq has written nothing for 10s, and owes 2 lines: most likely it keeps them in a buffer',
      hint: 'have it write line by line: jq --unbuffered; --timeout gives a slow command more time',
    });
  });

  it('does not blame a program for a reader that is slow', async () => {
    const world = new VirtualWorld();
    const piped = new Piped();
    piped.slowness = () => world.pass(60_000);
    const operator = new Apply(
      { command: ['prog'], lines: true, timeout: 10_000 },
      fakeProgram(ECHO),
      world,
      piped.context,
    );
    const lines = streamOf(eventLine(1, ''), watermarkLine(1), eventLine(2, ''));
    await pipe(cut(lines, [200, 60]), operator, piped);
    expect(piped.lines).toEqual(lines.slice(1));
  });

  it('refuses more answers than events, and fewer', async () => {
    const text = `${streamOf(eventLine(1, ''), eventLine(2, '')).join('\n')}\n`;
    const twice: Behaviour = { answer: (line) => `${line}\n${line}\n` };
    await expect(run(apply(true, twice), text)).rejects.toThrow(
      'line 3 that prog wrote is one more than it was given until then',
    );
    await expect(run(apply(true, { ...ECHO, enough: 1 }), text)).rejects.toThrow(
      'prog reads no more, and wrote 1 line fewer than it was given',
    );
  });

  it('refuses an answer that is earlier than its event and than the watermark', async () => {
    const text = `${streamOf(watermarkLine(5), eventLine(6, ''), eventLine(3, '')).join('\n')}\n`;
    const earlier = (from: string): Behaviour => ({
      answer: (line) => `${line.replace(from, '00:00:04')}\n`,
    });
    await expect(run(apply(true, earlier('00:00:06')), text)).rejects.toThrow(
      'line 1 that prog wrote is at 1970-01-01T00:00:04.000Z, before 1970-01-01T00:00:05.000Z, from where on events may come',
    );
    // What was late before it may be so behind it.
    expect(output(await run(apply(true, earlier('00:00:03')), text))).toContain('00:00:04');
  });

  it('has answered all before a barrier goes on, and the program goes on behind it', async () => {
    const lines = streamOf(eventLine(1, ''), '{"@barrier":1}', eventLine(2, ''));
    let started = 0;
    const snapshots: HeldSnapshot[] = [];
    const piped = new Piped();
    const start = fakeProgram(ECHO, [3]);
    const operator = new Apply(
      { command: ['prog'], lines: true, timeout: 1000 },
      (take) => {
        started++;
        return start(take);
      },
      NEVER,
      piped.context,
    );
    await pipe(
      cut(lines),
      keeping(operator, undefined, (_epoch, saved) => void snapshots.push(saved)),
      piped,
    );
    expect(piped.lines).toEqual(lines.slice(1));
    expect(started).toBe(1);
    expect(snapshots).toHaveLength(1);
  });
});

describe('apply', () => {
  it('equals the plain reference: any number of lines, watermarks at the end of a stretch', async () => {
    await fc.assert(
      fc.asyncProperty(shown(stamped), feedings, pieces, async (items, feeding, cuts) => {
        const text = printItems(items);
        fc.pre(ascii(text));
        const outcome = await run(apply(false, SOME, cuts), text, feeding);
        expect(withoutIdle(output(outcome))).toBe(printItems(applyFreely(items, some)));
      }),
      { numRuns: 200 },
    );
  });

  it('tells how many events a program did not read that had enough', async () => {
    const lines = streamOf(eventLine(1, ''), eventLine(2, ''), eventLine(3, ''));
    const text = `${lines.join('\n')}\n`;
    const { notices, counters } = await run(apply(false, { ...ECHO, enough: 1 }), text, {
      ...WHOLE,
      blocks: [lines.slice(0, 2).join('\n').length + 1],
    });
    expect(notices).toEqual(['prog had read enough: 2 events were not given to it']);
    expect(counters.get('unread')).toBe(2);
  });

  it('tells of a program that ended badly, with its last words', async () => {
    const text = `${streamOf(eventLine(1, '')).join('\n')}\n`;
    const end = { code: 5, signal: undefined, lastWords: 'no such field' };
    await expect(run(apply(false, { ...ECHO, end }), text)).rejects.toThrow(
      'prog has ended with the status 5: no such field',
    );
  });

  it('refuses markers of the program', async () => {
    const text = `${streamOf(eventLine(1, '')).join('\n')}\n`;
    const marked: Behaviour = {
      answer: (line) => `${HEADER}\n${watermarkLine(1)}\n${line}\n${END.join('\n')}\n`,
    };
    await expect(run(apply(false, marked), text)).rejects.toThrow(
      'prog has written markers of a stream of its own',
    );
  });

  it('refuses a stream without an end, whose watermarks would never go on', async () => {
    const endless = HEADER.replace('"bounded":true', '"bounded":false');
    await expect(run(apply(false, ECHO), `${endless}\n${END.join('\n')}\n`)).rejects.toThrow(
      'the stream has no end, and without --lines its watermarks wait for the end of the command',
    );
  });

  it('remembers which watermark has gone out, from one run to the next', async () => {
    const piped = new Piped();
    const first = new Apply(
      { command: ['prog'], lines: false, timeout: 1000 },
      fakeProgram(ECHO),
      NEVER,
      piped.context,
    );
    let snapshot: HeldSnapshot | undefined;
    const lines = [HEADER, eventLine(9, ''), watermarkLine(7), '{"@barrier":1}', '{"@end":"suspended"}'];
    await pipe(
      cut(lines),
      keeping(first, undefined, (_epoch, saved) => {
        snapshot = saved;
      }),
      piped,
    );
    const early: Behaviour = { answer: () => `${eventLine(6, '')}\n` };
    const again = new Apply(
      { command: ['prog'], lines: false, timeout: 1000 },
      fakeProgram(early),
      NEVER,
      piped.context,
    );
    await expect(
      pipe(
        cut(streamOf(eventLine(8, ''))),
        keeping(again, snapshot, () => {}),
        piped,
      ),
    ).rejects.toThrow(
      'line 1 that prog wrote is at 1970-01-01T00:00:06.000Z, before 1970-01-01T00:00:07.000Z',
    );
  });
});
