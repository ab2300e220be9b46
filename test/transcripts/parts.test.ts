import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const AGGREGATES = `n=count 'volume = sum(bytes)' 'p95 = quantile(bytes, 0.95)' 'paths = distinct(path)' 'last(status)' 'list(bytes)'`;
const LOG = 'generate:count=5000,seed=3';
const SOURCE = 'tm source --time time';

/** A folder with an input, and the parts that it was split into. */
async function folderOfParts(): Promise<Folder> {
  const folder = new Folder();
  await folder.run(`tm source ${LOG} | tm sink all.ndjson --meta drop && split -n l/4 all.ndjson part.`);
  return folder;
}

describe('an input that was split', () => {
  it.each(['fixed 5m', 'sliding 10m --every 5m', 'session 20s', 'global'])(
    'is combined in parallel by xargs as if it had been one: %s',
    async (window) => {
      const folder = await folderOfParts();
      const parts = await folder.run(
        `printf '%s\\n' part.a? | xargs -P 4 -I{} sh -c "${SOURCE} {} | tm window ${window} | tm combine --by method,status ${AGGREGATES} --partial | tm sink {}.tm --format stream"`,
      );
      expect(parts).toMatchObject({ stderr: '', codes: [0, 0] });
      const merged = await folder.run(
        `tm source part.*.tm --format stream | tm combine --by method,status ${AGGREGATES} --final --order -n --limit 3 | tm sink`,
      );
      const whole = await folder.run(
        `${SOURCE} all.ndjson | tm window ${window} | tm combine --by method,status ${AGGREGATES} --order -n --limit 3 | tm sink`,
      );
      expect(merged).toEqual({ ...whole, codes: [0, 0, 0] });
      expect(merged.stdout.split('\n').length).toBeGreaterThan(2);
    },
  );

  it('is not taken for whole when a part is', async () => {
    const folder = await folderOfParts();
    const part = (name: string): string =>
      `${SOURCE} ${name} | tm window fixed 5m | tm combine n=count --partial > ${name}.tm`;
    await folder.run(`${part('part.aa')} && ${part('part.ab')} && head -n 2 part.ab.tm > part.ac.tm`);
    const { stdout, stderr, codes } = await folder.run(
      'tm source part.aa.tm part.ac.tm part.ab.tm --format stream | tm combine n=count --final | tm sink out.csv',
    );
    expect(stdout).toBe('');
    expect(stderr).toContain('tm source: part.ac.tm: the input stopped without @end');
    expect(codes).toEqual([3, 3, 3]);
    expect(folder.files()).not.toContain('out.csv');
  });
});

describe('stored streams that are read as one', () => {
  it('have ticks that never go back', async () => {
    const folder = new Folder();
    const at = (second: number): string => `2026-03-14T00:00:0${second}.000Z`;
    const header =
      '{"@stream":{"version":1,"commands":["source"],"bounded":true,"watermark":{},"windowing":{"kind":"global"},"branch":""}}';
    for (const [name, ticks] of [
      ['a', [3, 5]],
      ['b', [4, 6]],
    ] as const) {
      const lines = ticks.map((second) => `{"@tick":"${at(second)}"}\n{"@t":"${at(second)}","n":${second}}`);
      folder.write(
        `${name}.stream`,
        `${[header, ...lines].join('\n')}\n{"@watermark":"end"}\n{"@end":"drained"}\n`,
      );
    }
    const { stdout } = await folder.run('tm source a.stream b.stream --format stream | grep -e tick -e @t');
    expect(
      stdout.split('\n').map((line) => /"@t(ick)?":"[^"]*(\d)\.000Z/.exec(line)?.slice(1).join('') ?? ''),
    ).toEqual(['ick3', '3', 'ick5', '5', '4', 'ick6', '6', '']);
  });

  it('make no event late, whatever watermarks the first of them have', async () => {
    const folder = new Folder();
    const store = (name: string, ...seconds: number[]): Promise<unknown> =>
      folder.run(
        `tm source --time t --time-format epoch-s --delay 0s | tm window fixed 10s | tm sink ${name} --format stream`,
        seconds.map((t) => `{"t":${t}}\n`).join(''),
      );
    await store('a.tm', 1, 30);
    await store('b.tm', 2, 33, 40);
    const { stdout, stderr } = await folder.run(
      "tm source a.tm b.tm --format stream | tee joined | tm combine n=count | tm sink --template '{n}'",
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('2\n2\n1\n');
    expect(folder.read('joined').match(/@watermark.*?(?=")|@end|@stream/g)).toHaveLength(6);
  });

  it('are read one behind the other in one location too, as cat joins them', async () => {
    const folder = await folderOfParts();
    const parts = await folder.run(
      `for part in part.a?; do ${SOURCE} $part | tm window fixed 5m | tm combine --by status ${AGGREGATES} --partial; done > joined.tm`,
    );
    expect(parts.stderr).toBe('');
    const whole = await folder.run(
      `${SOURCE} all.ndjson | tm window fixed 5m | tm combine --by status ${AGGREGATES} | tm sink`,
    );
    for (const source of [
      'cat joined.tm | tm source --format stream',
      'tm source joined.tm --format stream',
    ]) {
      const merged = await folder.run(`${source} | tm combine --by status ${AGGREGATES} --final | tm sink`);
      expect(merged.stderr).toBe('');
      expect(merged.stdout).toBe(whole.stdout);
    }
  });

  it('are refused where the first has passed on watermarks and more events follow, and where one is cut off', async () => {
    const folder = new Folder();
    const input = [1, 30].map((t) => `{"t":${t}}\n`).join('');
    const part = 'tm source --time t --time-format epoch-s --delay 0s > part.tm';
    await folder.run(`${part} && cat part.tm part.tm > both.tm && head -n 2 part.tm > cut.tm`, input);
    const late = await folder.run('tm source both.tm --format stream | tm combine n=count');
    expect(late.stderr).toContain(
      'tm source: both.tm, stream 2: the watermarks of the stream before are passed on already',
    );
    expect(late.codes).toEqual([1, 3]);
    const cut = await folder.run('tm source cut.tm part.tm --format stream | tm combine n=count');
    expect(cut.stderr).toContain('tm source: cut.tm: the input stopped without @end');
    expect(cut.codes).toEqual([3, 3]);
    const other = await folder.run(
      '{ cat part.tm; echo more; } | tm source --format stream | tm combine n=count',
    );
    expect(other.stderr).toContain('what stands behind the @end of the stream is no stream');
    expect(other.codes).toEqual([0, 1, 3]);
  });

  it('must be of one kind', async () => {
    const folder = new Folder();
    const store = (name: string, window: string): Promise<unknown> =>
      folder.run(
        `tm source --time t --time-format epoch-s | tm window ${window} | tm sink ${name} --format stream`,
        '{"t":1}\n',
      );
    await store('a.tm', 'fixed 10s');
    await store('b.tm', 'fixed 20s');
    const { stderr, codes } = await folder.run(
      'tm source a.tm b.tm --format stream | tm combine n=count | tm sink',
    );
    expect(stderr).toContain(
      'tm source: b.tm: the streams cannot be read as one: its @stream line is of another kind than that of a.tm',
    );
    expect(codes).toEqual([1, 3, 3]);
  });
});
