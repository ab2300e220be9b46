import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, shell } from '../cli/built.ts';

// Threads, as --workers starts them: test/runtime/workers-law.test.ts holds what they do to the law.

let folder: string;
const run = (workers: number, source: string, rest: string, more = ''): Promise<Outcome> =>
  shell(`tm run ${more} --workers ${workers} -e 'source ${source} | ${rest}'`, { folder });

const SOURCE = 'events.ndjson --time time';
const COMBINE = 'combine --by path n=count "first = first(host)" "sum(bytes)"';

beforeAll(async () => {
  // 69 MB: a smaller file is left to one thread.
  folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-'));
  const made = await shell(
    'tm source generate:count=230000,seed=5,keys=50,disorder=20s,late=0.02 | tm sink events.ndjson --meta drop' +
      ` && sed '50000s/"bytes":[0-9]*/"bytes":oops/' events.ndjson > spoiled.ndjson`,
    { folder },
  );
  expect(made.code).toBe(0);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('tm run --workers', () => {
  it('writes what one thread writes, and tells the same, also of late events', async () => {
    const rest = `window fixed 5m | ${COMBINE} | sink --meta keep`;
    const [one, many] = [
      await run(1, `${SOURCE} --delay 5s`, rest),
      await run(2, `${SOURCE} --delay 5s`, rest),
    ];
    expect(one.stderr).toMatch(/^tm combine: [0-9,]+ events were late, the latest by /);
    expect(many).toEqual(one);
    expect(one.stdout.split('\n').length).toBeGreaterThan(1000);
  });

  it('reads again what is rejected, and fails at it as one thread does', async () => {
    for (const options of ['', '--on-reject skip']) {
      const source = `spoiled.ndjson --time time --delay 1m ${options}`;
      const rest = `window fixed 5m | ${COMBINE} | sink`;
      const [one, many] = [await run(1, source, rest), await run(3, source, rest)];
      expect(one.stderr).toContain('spoiled.ndjson: line 50000, column ');
      expect(many).toEqual(one);
    }
  });

  it('counts what one thread counts', async () => {
    const counted = async (workers: number): Promise<string> => {
      const { stderr } = await run(workers, `${SOURCE} --delay 5s`, `${COMBINE} | sink /dev/null`, '--stats');
      return stderr.replaceAll(/, [0-9.]+ m?s$/gm, '');
    };
    const one = await counted(1);
    expect(one).toContain('tm combine: 230,000 events in');
    expect(await counted(2)).toBe(one);
  });

  it('stops at a signal, and leaves no target', async () => {
    const files = 'events.ndjson '.repeat(60);
    const line = `tm run --workers 2 -e 'source ${files} --time time | ${COMBINE} | sink out.csv'`;
    const { stdout } = await shell(`timeout --preserve-status -s INT 1.5 ${line}; echo $?`, { folder });
    expect(stdout).toBe('130\n');
    expect(fs.readdirSync(folder)).not.toContain('out.csv');
  });

  it('shows with --dry-run which stages threads do, and tells once where they can do nothing', async () => {
    const { stdout } = await run(2, SOURCE, 'combine n=count | sink', '--dry-run');
    expect(stdout).toContain('# 2 threads read and combine blocks of large files: source, combine\n');
    const sessions = 'window session 1m | combine --by host n=count | sink /dev/null';
    const { stderr, code } = await run(2, SOURCE, sessions);
    expect(stderr).toMatch(/^tm run: --workers has no effect: its windows are session\n {2}hint: .*\n$/);
    expect(code).toBe(0);
    expect((await run(2, SOURCE, sessions, '--quiet')).stderr).toBe('');
  });

  it('refuses as many threads as nobody has, and processes beside them', async () => {
    expect((await run(65, SOURCE, 'combine n=count')).code).toBe(2);
    const { stderr, code } = await run(2, SOURCE, 'combine n=count', '--unfused');
    expect(stderr).toContain('--workers is for one process');
    expect(code).toBe(2);
  });
});
