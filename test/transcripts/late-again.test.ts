import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

/** Events of a few keys, of which some come up to a minute and a half late. */
function events(from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const time = Math.floor(i / 4) - (i % 7 === 3 ? (i * 31) % 90 : 0);
    text += `{"t":${time},"k":"key ${i % 5}","v":${(i % 11) - 5}}\n`;
  }
  return text;
}

const READ = '--time t --time-format epoch-s';
const COMBINE = `tm combine --by k n=count 's=sum(v)' 'a=mean(v)'`;
const WINDOWS = ['fixed 10s', 'sliding 30s --every 10s', 'session 4s', 'calendar hour'];

/** The events of a stream's file. */
const eventsOf = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('{"@t"'));

describe('late events again', () => {
  it.each(WINDOWS)('are the missing part of the results of combine, in windows %s', async (windows) => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 4000));
    const source = `tm source log.ndjson ${READ}`;
    await folder.run(`${source} | tm window ${windows} | ${COMBINE} > whole`);
    const { stderr } = await folder.run(
      `${source} --delay 3s | tm window ${windows} | ${COMBINE} --partial --late-to late > part1`,
    );
    expect(stderr).toContain('events were late');
    expect(eventsOf(folder.read('late')).length).toBeGreaterThan(20);
    const again = await folder.run(`tm source late --format stream | ${COMBINE} --partial > part2`);
    expect(again).toMatchObject({ stderr: '', codes: [0, 0] });
    await folder.run(`tm source part1 part2 --format stream | ${COMBINE} --final > merged`);
    expect(eventsOf(folder.read('merged'))).toEqual(eventsOf(folder.read('whole')));
  });

  it('are read while the pipe that keeps state is between two runs, with --drain', async () => {
    const folder = new Folder();
    const source = `tm source log.ndjson ${READ} --delay 3s --state st`;
    const stages = `tm window sliding 30s --every 10s | ${COMBINE} --late-to late | tm sink out.stream --format stream`;
    for (const [i, from] of [0, 1000, 1500].entries()) {
      folder.append('log.ndjson', events(from, [1000, 1500, 4000][i]!));
      const more = i === 2 ? '--drain' : '';
      expect((await folder.run(`${source} ${more} | ${stages}`)).codes).toEqual([0, 0, 0, 0]);
      if (i !== 1) continue;
      const suspended = await folder.run(`tm source late --format stream | ${COMBINE}`);
      expect(eventsOf(suspended.stdout)).toEqual([]);
      const drained = await folder.run(`tm source late --format stream --drain | ${COMBINE}`);
      expect(drained.codes).toEqual([0, 0]);
      expect(drained.stdout).toContain('{"@watermark":"end"}\n{"@end":"drained"}\n');
      expect(eventsOf(drained.stdout).length).toBeGreaterThan(20);
      const both = await folder.run('tm source late late --format stream | tail -1');
      expect(both.stderr).toContain('hint: --drain takes the end of a stream that was suspended for its end');
      const drainedBoth = await folder.run('tm source late late --format stream --drain');
      expect(eventsOf(drainedBoth.stdout)).toHaveLength(2 * eventsOf(folder.read('late')).length);
      expect(drainedBoth.stdout.endsWith('{"@end":"drained"}\n')).toBe(true);
    }
    await folder.run(
      `${source.replace('--state st', '')} | ${stages.replace(' late ', ' late.whole ')} --overwrite`,
    );
    expect((await folder.run('cmp late late.whole')).codes).toEqual([0]);
  });

  it('are with sort and dedup what is missing in what was passed', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 4000));
    const source = `tm source log.ndjson ${READ}`;
    for (const [line, command] of [
      ['tm sort', 'tm sort'],
      ['tm window fixed 1m | tm dedup --by k,v', 'tm dedup --by k,v'],
    ] as const) {
      await folder.run(`${source} | ${line} > whole`);
      await folder.run(`${source} --delay 3s | ${line} --late-to late > passed`);
      expect(eventsOf(folder.read('passed')).length).toBeLessThan(eventsOf(folder.read('whole')).length);
      const again = await folder.run(`tm source passed late --format stream | ${command} > again`);
      expect(again).toMatchObject({ stderr: '', codes: [0, 0] });
      const [got, wanted] = [eventsOf(folder.read('again')), eventsOf(folder.read('whole'))];
      if (command === 'tm sort') expect(got).toEqual(wanted);
      else expect(got.sort()).toEqual(wanted.sort());
    }
  });
});
