import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cut } from './messages.ts';
import { Folder, pause, type Running } from './shell.ts';

const event = (second: number): string => `{"t":${second},"k":"a"}\n`;
const SOURCE = 'tm source - --time t --time-format epoch-s --delay 0s';
const PIPE = `named first ${SOURCE} | named second tm window fixed 10s | named third tm sink`;

/** Waits until the sink has the first event in its temporary file: then the whole pipe is at work. */
async function atWork(folder: Folder, running: Running): Promise<void> {
  running.send(event(1));
  const temporary = (): string | undefined => folder.files().find((name) => name.includes('.tidemark-'));
  await running.until(
    () => temporary() !== undefined && folder.read(temporary()!) !== '',
    'the sink has an event',
  );
}

/** Seconds of processor time that a process has used (proc(5): utime and stime, in hundredths). */
function processorTime(pid: number): number {
  const fields = fs
    .readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Sends a signal again and again, as one who waits for the prompt does, until it has worked. */
async function insist(
  running: Running,
  name: string,
  signal: NodeJS.Signals,
  worked: () => boolean,
): Promise<void> {
  for (let tries = 0; !worked() && tries < 100; tries++) {
    await running.kill(name, signal);
    await pause(100);
  }
  if (!worked()) throw new Error(`${name} does not end by ${signal}`);
}

describe('a first command that is killed', () => {
  it('leaves no target, nothing temporary, and a line of message of each command behind it', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.csv`);
    await atWork(folder, running);
    await running.kill('first', 'SIGKILL');
    const { stderr, codes } = await running.done;
    expect(codes).toEqual([137, 3, 3]);
    expect(stderr).toBe(cut('window') + cut('sink'));
    expect(folder.files()).toEqual([]);
  });

  it('leaves the old target as it was', async () => {
    for (const mode of ['--overwrite', '--append']) {
      const folder = new Folder();
      folder.write('out.ndjson', '{"old":true}\n');
      const running = folder.start(`${PIPE} out.ndjson ${mode}`);
      await atWork(folder, running);
      await running.kill('first', 'SIGKILL');
      expect((await running.done).codes).toEqual([137, 3, 3]);
      expect(folder.files()).toEqual(['out.ndjson']);
      expect(folder.read('out.ndjson')).toBe('{"old":true}\n');
    }
  });

  it('fires no window that was open', async () => {
    const folder = new Folder();
    const running = folder.start(
      `named first ${SOURCE} | tm window fixed 10s | tm combine n=count --late-to late | tm sink`,
    );
    running.send(event(1) + event(2) + event(11));
    await running.said('"n":2');
    await running.kill('first', 'SIGKILL');
    const { stdout, codes } = await running.done;
    expect(stdout).toBe(
      '{"window_start":"1970-01-01T00:00:00.000Z","window_end":"1970-01-01T00:00:10.000Z","n":2}\n',
    );
    expect(codes).toEqual([137, 3, 3, 3]);
    expect(folder.files()).toEqual([]);
  });

  it('by SIGTERM alone ends with 143, and what it has given is no whole', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.csv`);
    await atWork(folder, running);
    await running.kill('first', 'SIGTERM');
    const { stderr, codes } = await running.done;
    expect(codes).toEqual([143, 3, 3]);
    expect(stderr).toBe(cut('window') + cut('sink'));
    expect(folder.files()).toEqual([]);
  });

  it('that fails at a record leaves no target either', async () => {
    const folder = new Folder();
    const { stderr, codes } = await folder.run(`${PIPE} out.csv`, `${event(1)}{"t":oops}\n${event(3)}`);
    expect(codes).toEqual([1, 3, 3]);
    expect(stderr).toMatch(
      /^tm source: standard input: line 2, column 6: .*\n {2}hint: --on-reject skip .*\n/,
    );
    expect(stderr).toContain(cut('window') + cut('sink'));
    expect(folder.files()).toEqual([]);
  });
});

describe('a second command that is killed', () => {
  it('leaves no target, and the first one ends quietly at its next line', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.csv`);
    await atWork(folder, running);
    await running.kill('second', 'SIGKILL');
    await running.told('tm sink: ');
    running.send(event(2));
    const { stderr, codes } = await running.done;
    expect(codes).toEqual([0, 137, 3]);
    expect(stderr).toBe(cut('sink'));
    expect(folder.files()).toEqual([]);
  });

  it('by one SIGTERM finishes what reaches it', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.ndjson --meta drop`);
    await atWork(folder, running);
    await running.kill('second', 'SIGTERM');
    running.send(event(2));
    const { stderr, codes } = await running.end().done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
    expect(folder.read('out.ndjson')).toBe(event(1) + event(2));
  });

  it('by two SIGTERMs ends with 143', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.csv`);
    await atWork(folder, running);
    await insist(running, 'second', 'SIGTERM', () => running.stderr !== '');
    const { stderr, codes } = await running.end().done;
    expect(codes).toEqual([0, 143, 3]);
    expect(stderr).toBe(cut('sink'));
    expect(folder.files()).toEqual([]);
  });
});

describe('a sink that is killed', () => {
  it('leaves the target as it was, and one that runs again makes it whole', async () => {
    const folder = new Folder();
    folder.write('out.ndjson', '{"old":true}\n');
    const running = folder.start(`${PIPE} out.ndjson --overwrite --meta drop`);
    await atWork(folder, running);
    await running.kill('third', 'SIGKILL');
    const { stderr, codes } = await running.end().done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 137] });
    expect(folder.read('out.ndjson')).toBe('{"old":true}\n');
    const again = await folder.run(`${PIPE} out.ndjson --overwrite --meta drop`, event(1));
    expect(again.codes).toEqual([0, 0, 0]);
    expect(folder.read('out.ndjson')).toBe(event(1));
  });

  it('by two SIGINTs removes what it has begun', async () => {
    const folder = new Folder();
    const running = folder.start(`${PIPE} out.csv`);
    await atWork(folder, running);
    await insist(running, 'third', 'SIGINT', () => folder.files().length === 0);
    running.send(event(2));
    const { stderr, codes } = await running.end().done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 130] });
  });
});

describe.runIf(process.platform === 'linux')('a command whose reader takes nothing', () => {
  it('waits without spinning, and ends at the second signal', async () => {
    const folder = new Folder();
    const running = folder.start(
      'mkfifo go; named first tm source generate:count=1e7 | named second tm window fixed 10s | (read -r _ < go; exec cat > /dev/null)',
    );
    for (const name of ['first', 'second']) {
      const pid = await running.pid(name);
      let idle = false;
      for (let tries = 0; !idle && tries < 10; tries++) {
        const before = processorTime(pid);
        await pause(1000);
        idle = processorTime(pid) - before < 0.1;
      }
      expect(idle, `${name} waits`).toBe(true);
    }
    await insist(running, 'second', 'SIGTERM', () => !isAlive(Number(folder.read('second.pid'))));
    await insist(running, 'first', 'SIGTERM', () => !isAlive(Number(folder.read('first.pid'))));
    folder.append('go', '\n');
    const { stderr, codes } = await running.done;
    expect(stderr).toBe('');
    expect(codes.slice(1)).toEqual([143, 0]);
    expect([0, 143]).toContain(codes[0]);
  });
});

describe('a reader that closes early', () => {
  it('ends the commands before it, quietly and without failure', async () => {
    const line = 'tm source generate:count=200000 | tm window fixed 10s | tm dedup --by host | head -1';
    const { stdout, stderr, codes } = await new Folder().run(line);
    expect(stdout).toMatch(/^\{"@stream":.*\}\n$/);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0, 0] });
  });

  it('behind a sink does so too', async () => {
    const line = 'tm source generate:count=200000 | tm sink --format csv | head -1';
    const { stdout, stderr, codes } = await new Folder().run(line);
    expect(stdout).toBe('host,ident,user,time,method,path,protocol,status,bytes,referer,agent\n');
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
  });
});

describe('an interrupt of the whole pipe', () => {
  it('ends it without results and without a word', async () => {
    const folder = new Folder();
    folder.write('old.csv', 'old\n');
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const running = folder.start(`${PIPE} old.csv --overwrite`);
      await atWork(folder, running);
      running.killAll(signal);
      const { stderr, codes } = await running.done;
      expect({ stderr, codes }).toEqual({ stderr: '', codes: [code, 3, 3] });
      expect(folder.files()).toEqual(['old.csv']);
      expect(folder.read('old.csv')).toBe('old\n');
    }
  });

  it('that ends the input of the source too is seen before the end of the input', async () => {
    for (let i = 0; i < 3; i++) {
      const folder = new Folder();
      const running = folder.start(`cat | ${PIPE} out.csv`);
      await atWork(folder, running);
      running.killAll('SIGINT');
      const { stderr, codes } = await running.done;
      expect({ stderr, codes }).toEqual({ stderr: '', codes: [130, 130, 3, 3] });
      expect(folder.files()).toEqual([]);
    }
  });

  it('leaves no file of rejected records', async () => {
    const folder = new Folder();
    const running = folder.start(`${SOURCE} --rejected-to rejected | tm sink`);
    running.send(`oops\n${event(1)}`);
    await running.said('"t":1');
    running.killAll('SIGTERM');
    const { stderr, codes } = await running.done;
    expect(stderr).toMatch(/^tm source: standard input: line 1, column 1 is left out: .*\n$/);
    expect(codes).toEqual([143, 3]);
    expect(folder.files()).toEqual([]);
  });

  it('fires the windows that are open with --on-interrupt drain', async () => {
    const folder = new Folder();
    const running = folder.start(
      `named first ${SOURCE} --on-interrupt drain | tm window fixed 10s | tm combine n=count | tm sink out.ndjson --meta drop`,
    );
    running.send(event(1) + event(2) + event(11));
    await running.until(() => folder.files().some((name) => folder.read(name) !== ''), 'a window has fired');
    running.killAll('SIGINT');
    const { stderr, codes } = await running.done;
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [130, 0, 0, 0] });
    expect(folder.files()).toEqual(['out.ndjson']);
    expect(folder.read('out.ndjson')).toBe('{"n":2}\n{"n":1}\n');
  });
});
