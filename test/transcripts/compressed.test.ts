import fs from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

/** 300 records from 2015-05-17T10:05:03Z on, one a second. */
const SAMPLE = fs.readFileSync(new URL('../connectors/samples/two-frames.ndjson.zst', import.meta.url));
const ROWS = Array.from({ length: 5 }, (_, k) => `{"ts":"2020-01-01T00:00:0${k}Z","k":${k}}\n`).join('');

describe('a compressed file', () => {
  it('is read like any other, whatever compressed it', async () => {
    const folder = new Folder();
    folder.write('a.zst', SAMPLE);
    folder.write('b.jsonl.br', zlib.brotliCompressSync(ROWS));
    folder.write('c.csv.gz', zlib.gzipSync('ts,k\n2020-01-01T00:00:09Z,9\n'));
    const { stdout, codes } = await folder.run(
      'tm source a.zst b.jsonl.br c.csv.gz --time ts | tm combine n=count | tm sink',
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(stdout).toBe('{"n":306}\n');
  });

  it('that is cut off or damaged fails by its name, and no target appears', async () => {
    const folder = new Folder();
    const damaged = Buffer.from(SAMPLE);
    damaged[SAMPLE.length - 1]! ^= 1;
    folder.write('cut.zst', SAMPLE.subarray(0, SAMPLE.length - 3));
    folder.write('damaged.zst', damaged);
    folder.write('cut.br', zlib.brotliCompressSync(ROWS).subarray(0, 20));
    for (const [name, reason] of [
      ['cut.zst', 'it is truncated'],
      ['damaged.zst', 'its checksum is wrong: it is damaged'],
      ['cut.br', 'it is truncated'],
    ]) {
      const { stderr, codes } = await folder.run(`tm source ${name} --time ts | tm sink out.ndjson`);
      expect(codes).toEqual([1, 3]);
      expect(stderr).toContain(`tm source: cannot decompress ${name}: ${reason}\n`);
      expect(fs.existsSync(join(folder.path, 'out.ndjson'))).toBe(false);
    }
  });

  it('that enriches events is read too', async () => {
    const folder = new Folder();
    folder.write('names.csv.br', zlib.brotliCompressSync('k,name\n1,one\n'));
    folder.write('events.ndjson', ROWS);
    const { stdout } = await folder.run(
      "tm source events.ndjson --time ts --limit 2 | tm enrich table names.csv.br --by k | tm sink --template '{name}'",
    );
    expect(stdout).toBe('null\none\n');
  });
});
