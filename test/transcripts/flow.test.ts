import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const event = (second: number, key: string): string => `{"t":${second},"k":"${key}"}\n`;
const SOURCE = 'tm source --time t --time-format epoch-s --delay 0s';

describe('an event', () => {
  it('is at the end of the pipe while the input stays open', async () => {
    const folder = new Folder();
    const running = folder.start(`${SOURCE} | tm window fixed 10s | tm dedup --by k | tm sink --meta drop`);
    running.send(event(1, 'a'));
    await running.said(event(1, 'a'));
    running.send(event(2, 'a') + event(3, 'b').slice(0, 5));
    running.send(event(3, 'b').slice(5));
    await running.said(event(3, 'b'));
    const { stdout, codes } = await running.end().done;
    expect(stdout).toBe(event(1, 'a') + event(3, 'b'));
    expect(codes).toEqual([0, 0, 0, 0]);
  });

  it('that completes a window fires it at once', async () => {
    const running = new Folder().start(
      `${SOURCE} | tm window fixed 10s | tm combine --by k n=count | tm sink --meta drop`,
    );
    running.send(event(1, 'a') + event(2, 'b') + event(10, 'c'));
    await running.said('{"k":"a","n":1}\n{"k":"b","n":1}\n');
    expect(running.stdout).not.toContain('"c"');
    const { stdout } = await running.end().done;
    expect(stdout).toBe('{"k":"a","n":1}\n{"k":"b","n":1}\n{"k":"c","n":1}\n');
  });

  it('of a plain stream is not held back either', async () => {
    const running = new Folder().start('tm window fixed 10s | tm dedup --by k | tm sink --meta drop');
    running.send('{"@t":"2020-01-01T00:00:00Z","k":"a"}\n');
    await running.said('{"k":"a"}\n');
    expect((await running.end().done).codes).toEqual([0, 0, 0]);
  });
});

describe('how bytes are cut into blocks', () => {
  const MAIN = 'tm window sliding 10s --every 5s';
  const REST = "tm combine --by status,agent n=count 'v = sum(bytes)' 'l = list(path)'";

  it('shows nowhere: byte by byte gives what whole blocks give', async () => {
    const folder = new Folder();
    await folder.run(
      `tm source generate:count=40,seed=5,step=1s,disorder=20s | tm sink --meta drop | sed 's/"agent":"/&é€😀\\\\u0000/' > log.ndjson; printf '{"oops":\\n' >> log.ndjson`,
    );
    const source = 'tm source --time time --delay 5s --rejected-to';
    const whole = await folder.run(
      `${source} whole.rejected < log.ndjson | ${MAIN} | ${REST} --late-to whole.late | tm sink`,
    );
    const dribble = (bytes: number): string => `dd bs=${bytes} 2>/dev/null`;
    const slow = await folder.run(
      `${dribble(1)} < log.ndjson | ${source} slow.rejected | ${dribble(3)} | ${MAIN} | ${dribble(1)}` +
        ` | ${REST} --late-to slow.late | ${dribble(1)} | tm sink`,
    );
    expect(whole.codes).toEqual([0, 0, 0, 0]);
    expect(whole.stdout.split('\n').length).toBeGreaterThan(20);
    expect(slow.stdout).toBe(whole.stdout);
    expect(slow.stderr).toBe(whole.stderr);
    expect(slow.stderr).toContain('events were late');
    expect(folder.read('slow.late')).toBe(folder.read('whole.late'));
    expect(folder.read('slow.rejected')).toBe(folder.read('whole.rejected'));
  });

  it('shows in no format', async () => {
    const folder = new Folder();
    folder.write('in.csv', '\ufeffk,t\r\n"a ""é""\r\nb",1\r\n1.10,2\r\n"open,3\r\n');
    const line = (input: string): string =>
      `${input} | tm source --format csv --time t --time-format epoch-s --on-reject skip | tm sink`;
    const whole = await folder.run(line('cat in.csv'));
    const slow = await folder.run(line('dd bs=1 2>/dev/null < in.csv'));
    expect(whole.stdout).toBe('{"k":"a \\"é\\"\\r\\nb","t":1}\n{"k":1.10,"t":2}\n');
    expect(slow).toEqual(whole);
  });
});

describe('standard output that another program has made non-blocking', () => {
  it('gets everything from whoever comes after it', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=20000,seed=3 > in');
    // Node sets the flag on its pipe, and takes it back unless it is killed.
    const spoil = `node -e 'process.stdout.write("{}\\n"); process.kill(process.pid, "SIGKILL")'`;
    const { stdout, stderr, codes } = await folder.run(
      `(${spoil}; tm sink --meta drop < in; echo end) | (sleep 0.5; cat) | (read -r _; cksum)`,
    );
    const direct = await folder.run('(tm sink --meta drop < in; echo end) | cksum');
    expect(stdout).toBe(direct.stdout);
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
  });
});
