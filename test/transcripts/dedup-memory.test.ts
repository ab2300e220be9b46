import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

/** Events out of order, of which some come again: soon, or long after. */
function events(from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const key = i % 5 === 4 ? (i * 7919) % (i + 1) : i;
    text += `{"t":${Math.floor(i / 100) - (i % 3)},"k":"key ${key}"}\n`;
  }
  return text;
}

const SOURCE = 'tm source log.ndjson --time t --time-format epoch-s --delay 5s';

/** What keys are remembered in. */
const kinds: readonly (readonly [what: string, window: string, options: string])[] = [
  ['the global window', '', ''],
  ['windows', 'tm window fixed 2m | ', ''],
  ['windows that overlap', 'tm window sliding 1m --every 20s | ', ''],
  ['sessions', 'tm window session 3m | ', ''],
  ['a distance in time', '', '--within 1m'],
];

/** Files of the stage that keys have gone to. */
function spilled(folder: Folder): string[] {
  const state = join(folder.path, 'st');
  return fs
    .readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spilled'))
    .map((name) => join(state, name))
    .sort();
}

describe('dedup --memory', () => {
  it('gives the same results for less memory, and leaves nothing behind', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 30_000));
    fs.mkdirSync(join(folder.path, 'temporary'));
    for (const [, window, options] of kinds) {
      const line = (more: string): string =>
        `${SOURCE} | ${window}tm dedup --by k ${options} --late-to late${more} | tm sink --overwrite out${more}`;
      await folder.run(line(''));
      const tight = await folder.run(
        `export TMPDIR=$PWD/temporary; ${line('.small').replace('tm dedup', 'tm dedup --memory 100KB')}`,
      );
      expect(tight.stderr).toBe((await folder.run(line('.again'))).stderr);
      expect((await folder.run('cmp out out.small && cmp late late.small')).codes).toEqual([0]);
      expect(folder.read('out').length).toBeGreaterThan(100_000);
    }
    expect(fs.readdirSync(join(folder.path, 'temporary'))).toEqual([]);
  });

  it.each(kinds)(
    'goes on behind kill -9 of the stage and of the whole line, in %s',
    async (_, window, options) => {
      const folder = new Folder();
      folder.write('log.ndjson', events(0, 60_000));
      const stages = (memory: string): string =>
        `${window.replace('tm', 'named window tm')}named dedup tm dedup --by k ${options} ${memory} | named sink tm sink`;
      await folder.run(`${SOURCE} | ${stages('')} whole.ndjson`);
      const line = (more: string): string =>
        `named source ${SOURCE} --state st --checkpoint 20ms ${more} | ${stages('--memory 200KB')} out.ndjson`;
      for (const [i, name] of ['dedup', 'all', 'dedup'].entries()) {
        for (const pid of ['source', 'window', 'dedup', 'sink'])
          fs.rmSync(join(folder.path, `${pid}.pid`), { force: true });
        const running = folder.start(line(''));
        await running.pid('sink');
        await new Promise((resolve) => setTimeout(resolve, 300 + 150 * i));
        if (name === 'all') running.killAll('SIGKILL');
        else await running.kill(name, 'SIGKILL').catch(() => {});
        // The line itself was killed too: it tells no exit codes.
        await running.done.catch(() => {});
      }
      const last = await folder.run(line('--drain'));
      expect(last.codes.every((code) => code === 0)).toBe(true);
      expect((await folder.run('cmp out.ndjson whole.ndjson')).codes).toEqual([0]);
    },
  );

  it('writes what is on disk once, and removes it when it is forgotten', async () => {
    const folder = new Folder();
    const line = (more: string): string =>
      `${SOURCE} --state st ${more} | tm dedup --by k --within 30s --memory 100KB | tm sink out.ndjson`;
    folder.write('log.ndjson', events(0, 9000));
    await folder.run(line(''));
    const before = spilled(folder);
    expect(before.length).toBeGreaterThan(0);
    const written = before.map((path) => fs.statSync(path).mtimeMs);
    folder.append('log.ndjson', events(9000, 9100));
    await folder.run(line(''));
    expect(spilled(folder).filter((path) => before.includes(path))).toEqual(before);
    expect(before.map((path) => fs.statSync(path).mtimeMs)).toEqual(written);
    // Long after: the first barrier names none of them, and the third removes them.
    for (let i = 0; i < 4; i++) {
      folder.append('log.ndjson', events(50_000 + i * 10, 50_010 + i * 10));
      expect((await folder.run(line(''))).codes).toEqual([0, 0, 0]);
    }
    expect(spilled(folder).filter((path) => before.includes(path))).toEqual([]);
  });

  it('goes on from what is on disk with more memory, and with less', async () => {
    const folder = new Folder();
    const cuts = [0, 9000, 12_000, 20_000];
    for (const [i, memory] of ['50KB', '1GB', '30KB'].entries()) {
      folder.append('log.ndjson', events(cuts[i]!, cuts[i + 1]!));
      const { codes } = await folder.run(
        `${SOURCE} --state st | tm dedup --by k --memory ${memory} | tm sink out.ndjson`,
      );
      expect(codes).toEqual([0, 0, 0]);
    }
    await folder.run(`${SOURCE} | tm dedup --by k | tm sink whole.ndjson`);
    expect((await folder.run('cmp out.ndjson whole.ndjson')).codes).toEqual([0]);
  });
});

const LINES: readonly (readonly [stage: string, line: string])[] = [
  ['dedup', 'tm dedup --by k --memory 50KB'],
  ['combine', 'tm combine --by k n=count --memory 50KB'],
];

describe('tm state of a stage whose state is on disk', () => {
  it.each(LINES)('counts the bytes of %s, and finds which file is damaged', async (stage, command) => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 12_000));
    const line = (more: string): string => `${SOURCE} --state st ${more} | ${command} | tm sink out.ndjson`;
    await folder.run(line(''));
    const paths = spilled(folder);
    expect(paths.length).toBeGreaterThan(0);
    const { stages } = JSON.parse((await folder.run('tm state st --json')).stdout) as {
      stages: { id: string; bytes: number; keys: number | null }[];
    };
    const bytes = paths.reduce((sum, path) => sum + fs.statSync(path).size, 0);
    expect(stages.find(({ id }) => id === stage)!.bytes).toBeGreaterThan(bytes);
    expect((await folder.run('tm state st --verify')).codes).toEqual([0]);

    const [whole, harmed] = [fs.readFileSync(paths[0]!), fs.readFileSync(paths[0]!)];
    harmed[harmed.length >> 1]! ^= 4;
    const harms: [said: string, harm: () => void][] = [
      ['it is not what was written', () => fs.writeFileSync(paths[0]!, harmed)],
      ['it is shorter than it was', () => fs.truncateSync(paths[0]!, whole.length - 1)],
      ['it is not there', () => fs.rmSync(paths[0]!)],
    ];
    for (const [said, harm] of harms) {
      harm();
      const { stdout, stderr, codes } = await folder.run('tm state st --verify');
      expect({ stdout, codes }).toEqual({
        stdout: `${stage}: ${paths[0]} is damaged: ${said}\n`,
        codes: [1],
      });
      expect(stderr).toMatch(/^ {2}hint: bring it back from a backup of the whole directory; --reset-state/);
      const { damaged } = JSON.parse((await folder.run('tm state st --verify --json')).stdout);
      expect(damaged).toHaveLength(1);
      expect(damaged[0].hint).toMatch(/^bring it back/);
      fs.writeFileSync(paths[0]!, whole);
      expect((await folder.run('tm state st --verify')).codes).toEqual([0]);
    }
  });

  it('is refused by the next run when a file is damaged, and goes on when it is back', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', events(0, 12_000));
    const line = (more: string): string =>
      `${SOURCE} --state st ${more} | tm dedup --by k --memory 50KB | tm sink out.ndjson`;
    await folder.run(line(''));
    const [path] = spilled(folder);
    const before = fs.readFileSync(path!);
    // Events with the keys of all blocks come again.
    folder.append('log.ndjson', events(0, 12_000));
    for (const place of [before.length >> 1, before.length - 20]) {
      const damaged = Buffer.from(before);
      damaged[place]! ^= 4;
      fs.writeFileSync(path!, damaged);
      const refused = await folder.run(line('--drain'));
      expect(refused.codes[1]).toBe(1);
      expect(refused.stderr).toContain(`${path!.split('/').at(-1)} is damaged: it is not what was written`);
    }
    fs.rmSync(path!);
    expect((await folder.run(line('--drain'))).stderr).toContain('is damaged: it is not there');
    fs.writeFileSync(path!, before);
    expect((await folder.run(line('--drain'))).codes).toEqual([0, 0, 0]);
    await folder.run(`${SOURCE} | tm dedup --by k | tm sink whole.ndjson`);
    expect((await folder.run('cmp out.ndjson whole.ndjson')).codes).toEqual([0]);
  });
});
