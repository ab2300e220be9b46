import { describe, expect, it } from 'vitest';
import { LateReport } from '../../src/operators/late-report.ts';
import type { OperatorContext } from '../../src/operators/operator.ts';
import { PLAIN_HEADER } from '../../src/stream/header.ts';
import type { Header } from '../../src/stream/marker.ts';

function reporting(header: Partial<Header>): { report: LateReport; notices: string[]; late: () => number } {
  const notices: string[] = [];
  let late = 0;
  const context: OperatorContext = {
    emit: () => undefined,
    emitMarker: () => undefined,
    connected: () => true,
    notice: (message, hint) => notices.push(hint === undefined ? message : `${message} | ${hint}`),
    count: (_name, by) => {
      late += by;
    },
  };
  const report = new LateReport(context);
  report.begin({ ...PLAIN_HEADER, ...header });
  return { report, notices, late: () => late };
}

describe('the report of late events', () => {
  it('says nothing when none was late', () => {
    const { report, notices } = reporting({});
    report.tell();
    expect(notices).toEqual([]);
  });

  it('says how many there were and how late the latest was', () => {
    const { report, notices, late } = reporting({});
    report.add(20_000, 10_000);
    report.add(90_000, 5000);
    report.add(30_000, 10_000);
    expect(notices).toEqual([]);
    report.tell();
    report.tell();
    expect(notices).toEqual(['3 events were late, the latest by 1m25s']);
    expect(late()).toBe(3);
  });

  it.each([
    [
      { delay: 60_000 },
      0,
      '1 event was late: its window had just closed | --delay 1m1s at the source would have kept it',
    ],
    [
      { delay: 60_000, every: 1000 },
      0,
      '1 event was late: its window had just closed | --delay 1m1s at the source would have kept it',
    ],
    [{ delay: 0, every: 1000 }, 1, '1 event was late, by 1ms | --delay 2s at the source would have kept it'],
    [
      { delay: 500, every: 100 },
      2400,
      '1 event was late, by 2s400ms | --delay 3s at the source would have kept it',
    ],
    [{ every: 1000 }, 5000, '1 event was late, by 5s'],
    [{ every: 1000 }, 250, '1 event was late, by 250ms'],
    [
      { delay: 0 },
      40 * 86_400_000,
      '1 event was late, by 40d | if single events are far ahead of the others, --max-ahead 1h at the source keeps them from moving the watermark',
    ],
    [
      { delay: 0, strategy: 'wall' },
      40 * 86_400_000,
      '1 event was late, by 40d | --watermark wall is for live input: without it the watermark goes by the times of the events',
    ],
  ])('names the delay that would have kept them, in whole seconds: %j', (watermark, by, told) => {
    const { report, notices } = reporting({ watermark });
    report.add(10_000 + by, 10_000);
    report.tell();
    expect(notices).toEqual([told]);
  });

  it('tells no length of those that a watermark has just missed', () => {
    const { report, notices } = reporting({});
    report.add(10_000, 10_000);
    report.add(20_000, 20_000);
    report.tell();
    expect(notices).toEqual(['2 events were late: their windows had just closed']);
  });

  it('tells at the first and then once a minute in a stream without end', () => {
    const { report, notices } = reporting({ bounded: false });
    for (let second = 0; second <= 130; second++) report.add(second * 1000, second * 1000 - 1000);
    expect(notices).toEqual([
      '1 event was late, by 1s',
      '61 events were late, the latest by 1s',
      '121 events were late, the latest by 1s',
    ]);
    report.tell();
    expect(notices.at(-1)).toBe('131 events were late, the latest by 1s');
  });

  it('knows no delay for what comes behind the end', () => {
    const { report, notices } = reporting({ watermark: { delay: 1000 } });
    report.add(Number.POSITIVE_INFINITY, 10_000);
    report.tell();
    expect(notices).toEqual(['1 event was late: the watermark before said that no event follows']);
    report.add(Number.POSITIVE_INFINITY, 10_000);
    report.tell();
    expect(notices.at(-1)).toBe('2 events were late: the watermark before said that no event follows');
  });
});
