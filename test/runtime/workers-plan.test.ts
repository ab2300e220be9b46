import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { DEFAULT_BLOCKS } from '../../src/runtime/block-pool.ts';
import { planWorkers } from '../../src/runtime/workers-plan.ts';
import { planOf } from './running.ts';

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tidemark-'));
  process.chdir(folder);
  for (const name of ['large.ndjson', 'large.csv', 'large.ndjson.gz', 'large.syslog'])
    fs.writeFileSync(name, '{"t":1}\n'.repeat(100));
  fs.writeFileSync('small.ndjson', '{"t":1}\n');
});
afterAll(() => {
  process.chdir(before);
  fs.rmSync(folder, { recursive: true });
});

const planned = async (text: string): ReturnType<typeof planWorkers> =>
  planWorkers(await planOf(text, []), { ...DEFAULT_BLOCKS, workers: 2, least: 400 }, () => {
    throw new Error('a plan starts no worker');
  });

const SOURCE = 'source large.ndjson --time t';

describe('the plan of --workers', () => {
  test.each([
    [`${SOURCE} | combine n=count`, 2],
    [`${SOURCE} --delay 5s | window fixed 1m | combine n=count | sink`, 3],
    [
      `${SOURCE} | window calendar day --timezone Europe/Berlin | combine n=count --limit 1 | dedup --by n`,
      3,
    ],
    ['source small.ndjson large.ndjson large.csv --time t | window global | combine n=count', 3],
  ])('gives workers the beginning of: %s', async (text, stages) => {
    const plan = await planned(text);
    expect(plan).toMatchObject({ kind: 'workers', stages });
  });

  test.each([
    ['window fixed 1m | combine n=count', 'the pipeline has no source'],
    [SOURCE, 'nothing is combined'],
    [`${SOURCE} | window fixed 1m | sink`, 'sink stands where workers want combine'],
    [`${SOURCE} | dedup --by k | combine n=count`, 'dedup stands where workers want combine'],
    [`${SOURCE} | window sliding 1m --every 1s | combine n=count`, 'its windows are sliding'],
    [`${SOURCE} | window session 1m | combine n=count`, 'its windows are session'],
    [`${SOURCE} --limit 3 | combine n=count`, 'source has --limit'],
    [`${SOURCE} --follow --delay 1s | combine n=count`, 'source has --follow'],
    [`${SOURCE} --from 2015-05-17 | combine n=count`, 'source has --from'],
    [`${SOURCE} --rejected-to x | combine n=count`, 'source has --rejected-to'],
    ['source large.ndjson --time arrival | combine n=count', 'source has --time arrival'],
    [`${SOURCE} | combine n=count --late-to x`, 'combine has --late-to'],
    [`${SOURCE} | combine n=count --partial`, 'combine has --partial'],
    [`${SOURCE} | combine 'approx_topk(k, 3)'`, 'approx_topk depends on the order of events'],
    ['source - --time t | combine n=count', 'no location is a regular file of lines, not compressed'],
    ['source large.csv --time t | combine n=count', 'no location is a regular file of lines, not compressed'],
    [
      'source large.ndjson.gz --time t | combine n=count',
      'no location is a regular file of lines, not compressed',
    ],
    ['source large.syslog | combine n=count', 'no location is a regular file of lines, not compressed'],
    ['source generate:count=9 | combine n=count', 'no location is a regular file of lines, not compressed'],
  ])('leaves to one thread: %s', async (text, reason) => {
    expect(await planned(text)).toEqual({ kind: 'none', reason });
  });

  it('does not bother with small files, nor with one that is not there', async () => {
    expect(await planned('source small.ndjson --time t | combine n=count')).toEqual({ kind: 'small' });
    expect(await planned('source missing.ndjson --time t | combine n=count')).toEqual({ kind: 'small' });
  });
});
