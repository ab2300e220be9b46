import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectedOf } from './duckdb.ts';
import { ACCESS_LOG, Folder } from './shell.ts';

const real = fs.existsSync(ACCESS_LOG);
if (!real) console.warn(`skipped: there is no ${ACCESS_LOG} beside the repository`);

/** The main job on a log, with these options of the source and of combine. */
const perStatus = (log: string, options: string, combining: string): string =>
  `tm source '${log}' --format combined ${options} | tm window fixed 10s` +
  ` | tm combine --by status n=count 'volume = sum(bytes)' ${combining} | tm sink --format csv`;

/** Runs the main job, and holds its rows and what it tells against DuckDB. */
async function compared(folder: Folder, log: string, delay: number | undefined, combining = '') {
  const options = delay === undefined ? '' : `--delay ${delay}s`;
  const outcome = await folder.run(perStatus(log, options, combining));
  const expected = await expectedOf(log, delay);
  const [header, ...rows] = outcome.stdout.trimEnd().split('\n');
  expect(outcome.codes).toEqual([0, 0, 0, 0]);
  expect(header).toBe('window_start,window_end,status,n,volume');
  expect(rows).toEqual(expected.rows);
  const sum = rows.reduce((total, row) => total + Number(row.split(',')[3]), 0);
  expect(sum + expected.late).toBe(expected.events);
  return { ...outcome, sum, expected };
}

/** A combined log of generated traffic, up to 20 s out of order, and a few lines without a size. */
async function generatedLog(folder: Folder): Promise<string> {
  const { stdout } = await folder.run(
    "tm source 'generate:count=5000,seed=11,step=300ms,disorder=20s' | tm sink --meta drop",
  );
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { host, time, method, path, protocol, status, bytes, agent } = JSON.parse(line);
      const [, year, month, day, clock] = /^(....)-(..)-(..)T(........)/.exec(time) ?? [];
      const stamp = `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000`;
      return `${host} - - [${stamp}] "${method} ${path} ${protocol}" ${status} ${bytes || '-'} "-" "${agent}"`;
    });
  folder.write('generated.log', `${lines.join('\n')}\n`);
  return `${folder.path}/generated.log`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

describe.runIf(real)('on a real access log', () => {
  it('gives the five paths asked for most, as awk, sort and uniq do', async () => {
    const folder = new Folder();
    const awk = await folder.run(
      `awk '{print $7}' '${ACCESS_LOG}' | sort | uniq -c | sort -rn | head -5 | awk '{print $1 " " $2}'`,
    );
    const tm = await folder.run(
      `tm source '${ACCESS_LOG}' --format combined | tm combine --by path n=count --order -n --limit 5` +
        " | tm sink --template '{n} {path}'",
    );
    expect(tm.stdout).toBe(awk.stdout);
    expect(tm.stdout.split('\n')).toHaveLength(6);
    expect(tm.codes).toEqual([0, 0, 0]);
    expect(tm.stderr).toBe('');
  });

  it('counts all 10,000 requests when events may be 50 s late', async () => {
    const { sum, stderr, expected } = await compared(new Folder(), ACCESS_LOG, 50);
    expect(sum).toBe(10_000);
    expect(expected.late).toBe(0);
    expect(stderr).toBe('');
  });

  it('tells 8,144 late events without a delay to wait for them, and the delay that would have kept them', async () => {
    const folder = new Folder();
    const { sum, stderr, expected } = await compared(folder, ACCESS_LOG, 0, '--late-to late.ndjson');
    expect(expected).toMatchObject({ late: 8144, latest: 49, events: 10_000 });
    expect(sum).toBe(1856);
    expect(stderr).toBe(
      'tm combine: 8,144 events were late, the latest by 49s\n' +
        '  hint: --delay 50s at the source would have kept them\n',
    );
    const late = await folder.run(
      `tm source late.ndjson --format stream | tm combine n=count | tm sink --template '{n}' | awk '{ n += $1 } END { print n }'`,
    );
    expect(late).toMatchObject({ stdout: '8144\n', codes: [0, 0, 0, 0] });
  });

  it('has no late event where no delay is given', async () => {
    const { sum, stderr } = await compared(new Folder(), ACCESS_LOG, undefined);
    expect(sum).toBe(10_000);
    expect(stderr).toBe('');
  });
});

describe('on a generated access log', () => {
  it('gives the rows that DuckDB gives, whatever was late', async () => {
    const folder = new Folder();
    const log = await generatedLog(folder);
    const late = await compared(folder, log, 2);
    expect(late.expected.late).toBeGreaterThan(500);
    const { late: count, latest } = late.expected;
    expect(late.stderr).toBe(
      `tm combine: ${count.toLocaleString('en')} events were late, the latest by ${latest}s\n` +
        `  hint: --delay ${latest + 3}s at the source would have kept them\n`,
    );
    const kept = await compared(folder, log, latest + 3);
    expect(kept.sum).toBe(5000);
    expect(kept.stderr).toBe('');
    const whole = await compared(folder, log, undefined);
    expect(whole.stdout).toBe(kept.stdout);
    expect(whole.stderr).toBe('');
  });
});
