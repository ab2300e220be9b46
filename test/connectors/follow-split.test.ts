import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOUNDARY } from '../../src/connectors/connector.ts';
import { FollowSplit } from '../../src/connectors/follow-split.ts';
import { resolveLocations } from '../../src/connectors/locations.ts';
import { temporaryFolder, until } from './children.ts';

let folder = '';
let log = '';
let stop: () => Promise<void>;
let notices: string[];

beforeEach(() => {
  folder = temporaryFolder();
  log = join(folder, 'access.log');
  notices = [];
});
afterEach(async () => {
  await stop();
  fs.rmSync(folder, { recursive: true });
});

/** Follows the log; what was read so far, with | for a boundary and $ for the end. */
function follow(poll = 20, room = 1 << 16): () => string {
  let seen = '';
  const controller = new AbortController();
  const split = new FollowSplit(log, 'access.log', { poll, notice: (message) => notices.push(message) });
  const loop = (async () => {
    const reader = await split.open(controller.signal);
    const target = Buffer.alloc(room);
    for (;;) {
      const count = await reader.read(target, 0);
      if (count === 0) break;
      seen += count === BOUNDARY ? '|' : target.toString('utf8', 0, count);
    }
    await reader.close();
    seen += '$';
  })();
  stop = async () => {
    controller.abort();
    await loop;
    expect(seen.endsWith('$')).toBe(true);
  };
  return () => seen;
}

const sees = async (seen: () => string, text: string): Promise<void> => {
  await until(() => seen().length >= text.length);
  expect(seen()).toBe(text);
};

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

describe('a followed file', () => {
  it('is read to its end and then as it grows, half lines too', async () => {
    fs.writeFileSync(log, 'one\ntw');
    const seen = follow();
    await sees(seen, 'one\ntw');
    fs.appendFileSync(log, 'o\n');
    await sees(seen, 'one\ntwo\n');
    fs.appendFileSync(log, 'three\n');
    await sees(seen, 'one\ntwo\nthree\n');
    await quiet();
    expect(seen()).toBe('one\ntwo\nthree\n');
    expect(notices).toEqual([]);
  });

  it('tells at once that it grew, long before the next poll', async () => {
    fs.writeFileSync(log, 'one\n');
    const seen = follow(60_000);
    await sees(seen, 'one\n');
    fs.appendFileSync(log, 'two\n');
    await sees(seen, 'one\ntwo\n');
    fs.renameSync(log, `${log}.1`);
    fs.writeFileSync(log, 'three\n');
    await sees(seen, 'one\ntwo\n|three\n');
  });

  it('is read on from the new file after a rotation by rename, the old one to its end', async () => {
    fs.writeFileSync(log, 'one\n');
    const seen = follow();
    await sees(seen, 'one\n');
    const old = fs.openSync(log, 'a');
    fs.renameSync(log, `${log}.1`);
    fs.writeSync(old, 'two\n');
    await sees(seen, 'one\ntwo\n');
    // Until the new file has bytes the old one may still grow: its writer has it open.
    fs.writeFileSync(log, '');
    await quiet();
    fs.writeSync(old, 'last of old\n');
    await sees(seen, 'one\ntwo\nlast of old\n');
    fs.writeSync(old, 'very last');
    fs.appendFileSync(log, 'new\n');
    await sees(seen, 'one\ntwo\nlast of old\nvery last|new\n');
    fs.writeSync(old, 'too late\n');
    fs.closeSync(old);
    fs.appendFileSync(log, 'newer\n');
    await sees(seen, 'one\ntwo\nlast of old\nvery last|new\nnewer\n');
    expect(notices).toEqual([]);
  });

  it('loses nothing over many rotations', async () => {
    fs.writeFileSync(log, '');
    const seen = follow(5, 64);
    let expected = '';
    for (let i = 0; i < 300; i++) {
      fs.appendFileSync(log, `line ${i}\n`);
      expected += `line ${i}\n`;
      if (i % 20 === 19) {
        await until(() => seen().replaceAll('|', '') === expected);
        fs.renameSync(log, `${log}.1`);
      }
    }
    expect(seen().split('|')).toHaveLength(15);
  });

  it('is read from its start after it was truncated, which is told', async () => {
    fs.writeFileSync(log, 'one\ntwo\n');
    const seen = follow();
    await sees(seen, 'one\ntwo\n');
    fs.writeFileSync(log, 'new\n');
    await sees(seen, 'one\ntwo\n|new\n');
    expect(notices).toEqual(['access.log was truncated: reading it from its start']);
  });

  it('is waited for when it does not exist yet', async () => {
    const seen = follow();
    await quiet();
    expect(notices).toEqual(['access.log does not exist yet: waiting for it']);
    fs.writeFileSync(log, 'one\n');
    await sees(seen, 'one\n');
  });

  it('is waited for when not even its directory exists', async () => {
    log = join(folder, 'later/access.log');
    const seen = follow();
    await quiet();
    fs.mkdirSync(join(folder, 'later'));
    fs.writeFileSync(log, 'one\n');
    await sees(seen, 'one\n');
  });

  it('is waited for when it was deleted, which is told when it lasts', async () => {
    fs.writeFileSync(log, 'one\n');
    const seen = follow();
    await sees(seen, 'one\n');
    fs.rmSync(log);
    await until(() => notices.length > 0);
    expect(notices).toEqual(['access.log is gone (no such file or directory): waiting for it to come back']);
    fs.writeFileSync(log, 'two\n');
    await sees(seen, 'one\n|two\n');
  });

  it('may be a link to a file elsewhere', async () => {
    fs.mkdirSync(join(folder, 'real'));
    fs.writeFileSync(join(folder, 'real/a'), 'one\n');
    fs.symlinkSync('real/a', log);
    const seen = follow(60_000);
    await sees(seen, 'one\n');
    fs.appendFileSync(join(folder, 'real/a'), 'two\n');
    await sees(seen, 'one\ntwo\n');
    fs.writeFileSync(join(folder, 'real/b'), 'three\n');
    fs.symlinkSync('real/b', `${log}.new`);
    fs.renameSync(`${log}.new`, log);
    await sees(seen, 'one\ntwo\n|three\n');
  });

  it('cannot be a directory', async () => {
    stop = async () => {};
    fs.mkdirSync(log);
    const split = new FollowSplit(log, 'access.log', { notice: () => {} });
    const reader = await split.open(new AbortController().signal);
    await expect(reader.read(Buffer.alloc(10), 0)).rejects.toMatchObject({ code: 'failed' });
    await reader.close();
  });

  it('may be a FIFO, whose writers come and go', async () => {
    stop = async () => {};
    execFileSync('mkfifo', [log]);
    const controller = new AbortController();
    const [split] = await resolveLocations([log], { follow: true, notice: () => {} });
    const reader = await split!.open(controller.signal);
    const target = Buffer.alloc(100);
    for (const text of ['one\n', 'two\n']) {
      fs.writeFileSync(log, text);
      expect(await reader.read(target, 0)).toBe(4);
      expect(target.toString('utf8', 0, 4)).toBe(text);
    }
    const waiting = reader.read(target, 0);
    controller.abort();
    expect(await waiting).toBe(0);
    await reader.close();
  });
});
