import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderOfExamples, ROOT, type Started, shell, start } from './journey.ts';

/** A program in a folder of its own, with tidemark installed beside it. */
describe('a Node program', () => {
  let folder: string;

  beforeEach(() => {
    folder = folderOfExamples();
    fs.mkdirSync(join(folder, 'node_modules'));
    fs.symlinkSync(ROOT, join(folder, 'node_modules', 'tidemark'));
  });

  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  function program(text: string) {
    fs.writeFileSync(join(folder, 'program.mjs'), text);
    return shell('node program.mjs', folder);
  }

  it('computes over a file', async () => {
    expect(await shell('node batch.mjs access.log', folder)).toEqual({
      code: 0,
      stdout: [
        '10:00 /tides/bremerhaven 24 times, 95 % of the answers up to 5061 bytes',
        '10:05 /tides/cuxhaven 24 times, 95 % of the answers up to 4884 bytes',
        '10:10 /tides/bremerhaven 23 times, 95 % of the answers up to 4897 bytes',
        '{"gauge":"cuxhaven","highest":594}',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('counts the requests of a web server while it runs', async () => {
    const server = start('node', ['live-counts.mjs', '0', '1s'], folder);
    try {
      await vi.waitFor(() => expect(server.said()).toContain('http://'), { timeout: 20_000 });
      const [url] = server.said().match(/http:\S+/)!;
      for (const path of ['/a', '/b', '/a']) await (await fetch(url + path)).text();
      const told = async (): Promise<{ path: string; n: number }[]> =>
        Object.values((await (await fetch(`${url}/counts`)).json()) as Record<string, never[]>).flat();
      await vi.waitFor(
        async () => {
          const counts = await told();
          const sum = (path: string): number =>
            counts.filter((count) => count.path === path).reduce((total, { n }) => total + n, 0);
          expect([sum('/a'), sum('/b')]).toEqual([2, 1]);
        },
        { timeout: 20_000, interval: 200 },
      );
      server.kill('SIGTERM');
      const { code, stdout, stderr } = await server.done;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/\/counts \d+/);
    } finally {
      await stopped(server);
    }
  });

  it('tests a pipeline with the runner that it has', async () => {
    const { code, stdout } = await shell('node --test visits.test.mjs', folder);
    expect({ code, passed: /pass (\d+)/.exec(stdout)?.[1] }).toEqual({ code: 0, passed: '3' });
  });

  it('gets the same results, byte for byte, as the pipe', async () => {
    const ours = await program(`
      import { combine, dedup, pipeline, source, window } from 'tidemark';
      pipeline([
        source('access.log', { format: 'combined', delay: '5s' }),
        window.sliding('5m', { every: '1m' }),
        dedup({ by: 'host,path' }),
        combine(['n=count', 'mean(bytes)', 'topk(path, 2)'], { by: 'status' }),
      ]).bytes().pipe(process.stdout);
    `);
    const pipe = await shell(
      "tm source access.log --format combined --delay 5s | tm window sliding 5m --every 1m | tm dedup --by host,path -q | tm combine --by status n=count 'mean(bytes)' 'topk(path, 2)' -q | tm sink",
      folder,
    );
    expect(pipe.stdout).not.toBe('');
    expect(ours).toEqual(pipe);
  });

  it('is told of late events, and catches what fails with its exit code', async () => {
    const { code, stdout, stderr } = await program(`
      import { combine, pipeline, source, TidemarkError, window } from 'tidemark';
      const onNotice = ({ message, hint }) => console.log(message, '/', hint);
      const log = source('access.log', { format: 'combined', delay: '5s' });
      for await (const _ of pipeline([log, window.fixed('5m'), combine(['n=count'])], { onNotice }));
      try {
        for await (const _ of pipeline([source('no.log', { format: 'combined' })]));
      } catch (error) {
        console.log(error instanceof TidemarkError, error.code, error.stage, error.message);
      }
    `);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '3 events were late, the latest by 14s / --delay 20s at the source would have kept them',
      'true failed source no such file: no.log',
      '',
    ]);
  });

  it('stops reading an endless source when it has enough', async () => {
    const { code, stdout } = await program(`
      import { combine, pipeline, source, window } from 'tidemark';
      const endless = source('generate:count=inf,seed=3', { delay: '1s' });
      let windows = 0;
      for await (const { value: { n } } of pipeline([endless, window.fixed('1m'), combine(['n=count'])])) {
        if (n > 0 && ++windows === 3) break;
      }
      console.log(windows);
    `);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  });

  it('that catches no error is told by Node what it is, where in the program, and what to do', async () => {
    const made = await program("import { filter } from 'tidemark';\nsetTimeout(() => filter('n >'), 1);\n");
    expect(made.code).toBe(1);
    expect(made.stderr).toMatch(
      /\nTidemarkError: the expression ends too early, .*\n(.*\n)?.*program[.]mjs:2:/,
    );
    // The code around is printed too, which must not be a bundle in one line.
    expect(made.stderr.length).toBeLessThan(2000);
    const run = await program(
      "import { run, sink, source } from 'tidemark';\nawait run([source([{ t: 'x' }], { time: 't' }), sink('-')]).wait();\n",
    );
    expect(run.stderr).toMatch(/\nTidemarkError: t: "x" is no RFC 3339 time/);
    expect(run.stderr).toMatch(/program[.]mjs:2:/);
    expect(run.stderr).toContain(
      "  stage: 'source',\n  where: 'the records of the program',\n  line: 1,\n  hint: '",
    );
  });
});

/** Whatever has become of it before. */
async function stopped(child: Started): Promise<void> {
  try {
    child.kill('SIGKILL');
  } catch {
    // It has ended.
  }
  await child.done;
}
