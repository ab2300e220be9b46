import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder, pause } from './shell.ts';

const COUNTS = 'tm window fixed 10ms | tm combine --by host n=count';
/** Keeps barriers from the sink: it writes what it is given, and nothing of it is ever committed. */
const UNCOMMITTED = 'grep --line-buffered -v -e @barrier -e @end';

const lines = (host: string, from: number, to: number): string => {
  let text = '';
  for (let ms = from; ms < to; ms++) text += `{"t":${ms},"host":"${host}${ms % 3}"}\n`;
  return text;
};

/** What of a stream must be the same in two runs. */
const eventsOf = (stream: string): string =>
  stream.replaceAll(/^\{"@(?:stream"|barrier"|end":"suspended").*\n/gm, '');

/** Where two outputs of the same epoch both have something, it is the same. */
function agree(one: string, other: string): void {
  const shared = Math.min(one.length, other.length);
  expect(one.slice(0, shared)).toBe(other.slice(0, shared));
}

/** Runs a line that writes to `to`, and kills it as a whole when there are so many bytes, or it writes no more. */
async function killedAt(folder: Folder, line: string, to: string, bytes: number): Promise<string> {
  folder.write(to, '');
  const size = (): number => fs.statSync(join(folder.path, to)).size;
  const running = folder.start(line);
  let quiet = Date.now() + 5000;
  for (let last = 0; size() < bytes && Date.now() < quiet; last = size()) {
    await pause(3);
    if (size() > last) quiet = Date.now() + 500;
  }
  running.killAll('SIGKILL');
  await running.done.catch(() => {});
  return folder.read(to);
}

const journals = (folder: Folder): string[] =>
  fs.readdirSync(join(folder.path, 'st/stages/source')).filter((name) => name.endsWith('.journal'));

describe('a pipe that was killed behind results that nobody takes back', () => {
  it('gives events the time at which they arrived first, however often it is killed', async () => {
    const folder = new Folder();
    await folder.run('tm source generate:count=60000 | tm sink log.ndjson');
    const source = 'tm source log.ndjson --time arrival --delay 0s --watermark-every 1ms --state st';
    const outputs: string[] = [];
    for (const [number, bytes] of [1, 1, 2000, 1, 20_000].entries()) {
      const line = `${source} --checkpoint 1h | ${COUNTS} | ${UNCOMMITTED} | tm sink > ${number}.out`;
      outputs.push(await killedAt(folder, line, `${number}.out`, bytes));
    }
    expect(journals(folder).length).toBeGreaterThan(0);
    const last = await folder.run(`${source} --drain | ${COUNTS} | tm sink`);
    expect(last.codes).toEqual([0, 0, 0, 0]);
    for (const output of outputs) agree(output, last.stdout);
    expect(outputs.filter((output) => output !== '').length).toBeGreaterThan(2);
    expect(journals(folder)).toEqual([]);
  });

  it('says the same of what --complete-to now had fired, though the clock and the log have gone on', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines('h', 0, 1000));
    folder.write(
      'clock.mjs',
      `import fs from 'node:fs';
      Date.now = () => Number(fs.readFileSync('clock', 'utf8'));`,
    );
    const source =
      'NODE_OPTIONS="--import ./clock.mjs" tm source log.ndjson --time t --time-format epoch-ms --delay 0s --state st';
    const outputs: string[] = [];
    for (const [number, clock] of [1050, 1250, 1120, 2700].entries()) {
      folder.write('clock', `${clock}`);
      const line = `${source} --complete-to now | ${COUNTS} | ${UNCOMMITTED} | tm sink > ${number}.out`;
      outputs.push(await killedAt(folder, line, `${number}.out`, 1_000_000));
      // Some of these come behind what the clock has said: they are late, and stay so.
      folder.append('log.ndjson', lines('h', 1000 + number * 100, 1300 + number * 100));
    }
    folder.write('clock', '3000');
    const last = await folder.run(`${source} --drain | ${COUNTS} | tm sink`);
    expect(last.codes).toEqual([0, 0, 0, 0]);
    for (const output of outputs) agree(output, last.stdout);
    expect(outputs[0]).toContain('00:00:00.990Z');
    expect(outputs[3]!.length).toBeGreaterThan(outputs[0]!.length);
  });

  it('is refused where what it has noted is damaged, and tm state --verify tells so', async () => {
    const folder = new Folder();
    folder.write('log.ndjson', lines('h', 0, 10));
    const source = 'tm source log.ndjson --time arrival --delay 0s --state st';
    expect((await folder.run(`${source} | tm sink 0.out`)).codes).toEqual([0, 0]);
    folder.append('log.ndjson', lines('h', 10, 20));
    await killedAt(folder, `${source} | ${UNCOMMITTED} | tm sink > 1.out`, '1.out', 100);
    folder.append('log.ndjson', lines('h', 20, 30));
    await killedAt(folder, `${source} | ${UNCOMMITTED} | tm sink > 2.out`, '2.out', 900);
    expect((await folder.run('tm state st --verify')).codes).toEqual([0]);
    const [first = '', second = ''] = journals(folder);
    expect(second).not.toBe('');
    fs.rmSync(join(folder.path, 'st/stages/source', first));
    const verified = await folder.run('tm state st --verify');
    expect(verified.codes).toEqual([1]);
    expect(verified.stdout + verified.stderr).toContain(`${second} is damaged`);
    const refused = await folder.run(`${source} | tm sink 3.out`);
    expect(refused.codes[0]).toBe(1);
    expect(refused.stderr).toContain(`${second} is damaged: it is not what was written`);
    expect(refused.stderr).toContain('--reset-state begins anew');
  });

  it('reads files that have grown in the pieces in which it had read them before', async () => {
    const folder = new Folder();
    const source =
      'tm source a.ndjson b.ndjson c.ndjson --time t --time-format epoch-ms --delay 10ms --state st --checkpoint 5ms';
    let seen = '';
    for (let number = 0; number < 4; number++) {
      for (const name of ['a', 'b', 'c'])
        folder.append(`${name}.ndjson`, lines(name, number * 9000, (number + 1) * 9000));
      const line = `${source} | tm sink --format stream > ${number}.out`;
      const output = await killedAt(folder, line, `${number}.out`, 1 + number * 500_000);
      seen = overlaid(seen, eventsOf(output.slice(0, output.lastIndexOf('\n') + 1)));
    }
    const last = await folder.run(`${source} | tm sink --format stream`);
    expect(last.codes).toEqual([0, 0]);
    seen = overlaid(seen, eventsOf(last.stdout));
    const events = seen.split('\n').filter((text) => text.startsWith('{"@t"'));
    expect(new Set(events).size).toBe(events.length);
    expect(events.length).toBe(3 * 4 * 9000);
  });
});

/** Lays an output over what was seen before: it goes on from a commit somewhere in it, and says the same from there on. */
function overlaid(seen: string, output: string): string {
  const first = output.slice(0, output.indexOf('\n') + 1);
  const at = seen.startsWith(first) ? 0 : seen.indexOf(`\n${first}`) + 1;
  if (output === '' || (at === 0 && !seen.startsWith(first))) return seen + output;
  const behind = seen.slice(at);
  agree(behind, output);
  return output.length > behind.length ? seen.slice(0, at) + output : seen;
}
