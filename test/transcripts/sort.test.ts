import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

/** Events up to 40 seconds out of order, many at the same time, some later than that. */
function events(from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const time = Math.floor(i / 50) - ((i * 7919) % 40) - (i % 997 === 3 ? 100 : 0);
    text += `{"t":${time},"i":${i},"text":"${'x'.repeat(i % 90)}"}\n`;
  }
  return text;
}

const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s';

/** What is on disk of the stage. */
const spilled = (folder: Folder): string[] =>
  fs
    .readdirSync(join(folder.path, 'st'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spilled'));

describe('tm sort', () => {
  it('sorts a file as a whole as sort(1) does, in memory and on disk, and leaves nothing behind', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 30_000));
    fs.mkdirSync(join(folder.path, 'temporary'));
    await folder.run(`${SOURCE} | tm sort | tm sink --meta drop whole`);
    const tight = await folder.run(
      `export TMPDIR=$PWD/temporary; ${SOURCE} | tm sort --memory 300KB | tm sink --meta drop small`,
    );
    expect(tight).toMatchObject({ stderr: '', codes: [0, 0, 0] });
    expect(fs.readdirSync(join(folder.path, 'temporary'))).toEqual([]);
    await folder.run("LC_ALL=C sort -s -t: -k2,2n log.ndjson | sed 's/,$//' > sorted");
    expect((await folder.run('cmp whole small && cmp whole sorted')).codes).toEqual([0]);
  });

  it('gives the same in one process as in a pipe, with events on disk or not, and keeps what is late', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 30_000));
    const line = (sort: string): string =>
      `${SOURCE} --delay 45s | tm window fixed 10s | tm ${sort} | tm sink --format stream`;
    const { stderr } = await folder.run(`${line('sort --late-to late')} out`);
    expect(stderr).toBe(
      'tm sort: 31 events were late, the latest by 1m34s\n  hint: --delay 2m20s at the source would have kept them\n',
    );
    await folder.run(`${line('sort --memory 300KB --late-to late.small')} out.small`);
    await folder.run(`tm run -e '${line('sort --memory 300KB --late-to late.fused')} out.fused'`);
    const same = 'cmp out out.small && cmp out out.fused && cmp late late.small && cmp late late.fused';
    expect((await folder.run(same)).codes).toEqual([0]);
    expect(
      folder
        .read('late')
        .split('\n')
        .filter((text) => text.startsWith('{"@t"')),
    ).toHaveLength(31);
  });

  it('goes on in the next run with the events that it holds, in memory and on disk', async () => {
    const folder = new Folder();
    const cuts = [0, 9000, 9100, 20_000, 30_000];
    for (const [i, memory] of ['1GB', '50KB', '30KB', '1GB'].entries()) {
      folder.append('log.ndjson', events(cuts[i]!, cuts[i + 1]!));
      const { codes } = await folder.run(
        `${SOURCE} --state st --delay 1m ${i === 3 ? '--drain' : ''} | tm sort --memory ${memory} --late-to late | tm sink out`,
      );
      expect(codes).toEqual([0, 0, 0]);
      if (i === 3) break;
      const { stages } = JSON.parse((await folder.run('tm state st --json')).stdout) as {
        stages: { id: string; held: number }[];
      };
      expect(stages.find(({ id }) => id === 'sort')!.held).toBeGreaterThan(1000);
      expect(spilled(folder).length > 0).toBe(i > 0);
    }
    await folder.run(`${SOURCE} --delay 1m | tm sort --late-to late.whole | tm sink whole`);
    expect((await folder.run('cmp out whole && cmp late late.whole')).codes).toEqual([0]);
    expect((await folder.run('tm state st --verify')).codes).toEqual([0]);
  });

  it('removes what is on disk when it was given', async () => {
    const folder = new Folder();
    const run = async (): Promise<void> => {
      const line = `${SOURCE} --state st --delay 1m | tm sort --memory 30KB | tm sink out`;
      expect((await folder.run(line)).codes).toEqual([0, 0, 0]);
    };
    folder.write('log.ndjson', events(0, 9000));
    await run();
    const before = spilled(folder);
    expect(before.length).toBeGreaterThan(0);
    for (let i = 0; i < 4; i++) {
      folder.append('log.ndjson', events(50_000 + i * 4000, 50_100 + i * 4000));
      await run();
    }
    expect(spilled(folder).filter((name) => before.includes(name))).toEqual([]);
  });

  it('writes nothing of what it holds when its input was cut off', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 100));
    const { stdout, stderr, codes } = await folder.run(`${SOURCE} | head -50 | tm sort`);
    expect(stdout.split('\n').filter((line) => line.startsWith('{"@t"'))).toEqual([]);
    expect(stderr).toContain('tm sort: the input stopped without @end');
    expect(codes.at(-1)).toBe(3);
  });
});
