import { Buffer } from 'node:buffer';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStdin } from '../../src/connectors/stdin.ts';
import { bash, bundle, start, temporaryFolder } from './children.ts';
import { readAll } from './reading.ts';

let folder = '';
let copy = '';
beforeAll(() => {
  folder = temporaryFolder();
  copy = bundle(folder, 'copy');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A descriptor to read from that `write` feeds. */
function fifo(name: string): { fd: number; write: number } {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  return { fd, write: fs.openSync(path, 'w') };
}

describe('standard input', () => {
  it.each([
    ['a pipe', 'seq 1 300000 | $NODE copy.mjs | cksum'],
    ['a pipe, read in small pieces', 'seq 1 300000 | $NODE copy.mjs 5000 | cksum'],
    ['a file', 'seq 1 300000 > big; $NODE copy.mjs < big | cksum'],
    ['a file, to a file', 'seq 1 300000 > big; $NODE copy.mjs < big > out; cksum < out'],
    ['a pipe, to a slow reader', 'seq 1 300000 | $NODE copy.mjs | (sleep 1; cat) | cksum'],
    ['a slow pipe', '(seq 1 150000; sleep 0.3; seq 150001 300000) | $NODE copy.mjs | cksum'],
  ])('is read whole from %s', (_, line) => {
    const result = bash(line, folder);
    expect(result.stderr).toBe('done\n');
    expect(result.stdout).toBe(bash('seq 1 300000 | cksum', folder).stdout);
  });

  it.each([
    ['/dev/null', '< /dev/null'],
    ['a closed one', '<&-'],
    ['an empty pipe', '< <(:)'],
  ])('is empty from %s', (_, redirection) => {
    const result = bash(`$NODE copy.mjs ${redirection}`, folder);
    expect(result).toMatchObject({ stdout: '', stderr: 'done\n', status: 0 });
  });

  it('starts where the shell left off in a file', () => {
    fs.writeFileSync(join(folder, 'two'), 'a\nb\nc\n');
    expect(bash('(read line; $NODE copy.mjs) < two', folder).stdout).toBe('b\nc\n');
  });

  it('cannot be a directory', () => {
    expect(bash('$NODE copy.mjs < .', folder).stderr).toBe(
      'failed: cannot read standard input: it is a directory\n',
    );
  });

  it('is read from a terminal to its end of file', () => {
    if (process.platform !== 'linux' || bash('command -v script', folder).status !== 0) return;
    const result = bash(
      "printf 'one\\ntwo\\n\\004' | script -qec '$NODE copy.mjs > typed' /dev/null",
      folder,
    );
    expect(result.status).toBe(0);
    expect(fs.readFileSync(join(folder, 'typed'), 'utf8')).toBe('one\ntwo\n');
  });

  it('runs signal handlers while it waits', async () => {
    const child = start(copy);
    child.stdin.write('a\n');
    await once(child.stdout, 'data');
    child.kill('SIGUSR1');
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toBe('signal\n');
    child.stdin.end();
    await once(child, 'exit');
  });

  it('is read from a socket', async () => {
    const path = join(folder, 'socket');
    const server = net
      .createServer((connection) => connection.end(Buffer.alloc(3_000_000, 'x')))
      .listen(path);
    await once(server, 'listening');
    const client = net.connect(path);
    await once(client, 'connect');
    const child = spawn(process.execPath, [copy], { stdio: [client, 'pipe', 'inherit'] });
    let length = 0;
    child.stdout!.on('data', (piece: Buffer) => {
      length += piece.length;
    });
    await once(child, 'close');
    expect(length).toBe(3_000_000);
    client.destroy();
    server.close();
  });
});

describe('the reader of a pipe', () => {
  it('gives what is pending at once, and waits for what is not there', async () => {
    const { fd, write } = fifo('pending');
    const reader = openStdin(fd);
    const target = Buffer.alloc(100);
    const waiting = reader.read(target, 0);
    expect(waiting).toBeInstanceOf(Promise);
    fs.writeSync(write, 'first');
    expect(await waiting).toBe(5);
    fs.writeSync(write, 'second');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reader.read(target, 5)).toBe(6);
    expect(target.toString('utf8', 0, 11)).toBe('firstsecond');
    fs.closeSync(write);
    expect(await reader.read(target, 0)).toBe(0);
    expect(await reader.read(target, 0)).toBe(0);
    await reader.close();
  });

  it('keeps what did not fit', async () => {
    const { fd, write } = fifo('small');
    const reader = openStdin(fd);
    const waiting = reader.read(Buffer.alloc(3), 0);
    fs.writeSync(write, 'abcdefgh');
    expect(await waiting).toBe(3);
    fs.closeSync(write);
    expect(String(await readAll(reader, 2))).toBe('defgh');
    await reader.close();
  });

  it('reads ahead up to a limit, and goes on when it was emptied', async () => {
    const { fd, write } = fifo('ahead');
    spawn('head', ['-c', '20000000', '/dev/zero'], { stdio: ['ignore', write, 'inherit'] });
    fs.closeSync(write);
    const reader = openStdin(fd);
    const target = Buffer.alloc(1 << 22);
    let total = await reader.read(target, 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ahead = await reader.read(target, 0);
    expect(ahead).toBeGreaterThanOrEqual(1 << 20);
    expect(ahead).toBeLessThanOrEqual((1 << 20) + (1 << 16));
    total += ahead;
    for (let count = -1; count !== 0; total += count) count = await reader.read(target, 0);
    expect(total).toBe(20_000_000);
    await reader.close();
  });

  it('ends when its signal is aborted, also while it waits', async () => {
    const { fd, write } = fifo('aborted');
    const controller = new AbortController();
    const reader = openStdin(fd, controller.signal);
    const waiting = reader.read(Buffer.alloc(10), 0);
    controller.abort();
    expect(await waiting).toBe(0);
    fs.writeSync(write, 'more');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(reader.read(Buffer.alloc(10), 0)).toBe(0);
    await reader.close();
    fs.closeSync(write);
  });

  it('lets a waiting read end when it is closed', async () => {
    const { fd, write } = fifo('closed');
    const reader = openStdin(fd);
    const waiting = reader.read(Buffer.alloc(10), 0);
    await reader.close();
    expect(await waiting).toBe(0);
    fs.closeSync(write);
  });
});
