import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/commands/registry.ts';
import { packagePath, shell } from './built.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tm-start-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = commands.map(({ name }) => name);

describe.each(names)('tm-%s', (name) => {
  test('tells its version and its help on stdout', async () => {
    const version = await shell(`tm-${name} --version`);
    expect(version).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^tm-\w+ \(tidemark\) \d/),
      stderr: '',
    });
    const help = await shell(`tm-${name} --help`);
    expect(help).toEqual({ code: 0, stdout: expect.stringContaining('examples:'), stderr: '' });
  });

  test(`is the same as tm ${name}`, async () => {
    for (const words of ['--help', '--nonsense', '--max-line 0']) {
      expect(await shell(`tm ${name} ${words}`), words).toEqual(await shell(`tm-${name} ${words}`));
    }
  });

  test('ends with 2 and says what is wrong with its command line', async () => {
    const { code, stdout, stderr } = await shell(`tm-${name} --nonsense`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^tm ${name}: unknown option '--nonsense'\n`));
  });
});

describe('tm', () => {
  test('lists the commands: asked for on stdout, else on stderr with exit code 2', async () => {
    const asked = await shell('tm --help');
    expect(asked.code).toBe(0);
    for (const name of names) expect(asked.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(await shell('tm -h')).toEqual(asked);
    expect(await shell('tm')).toEqual({ code: 2, stdout: '', stderr: asked.stdout });
  });

  test('tells its version', async () => {
    expect(await shell('tm --version')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^tm \(tidemark\) \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test('asks back when a command is misspelled', async () => {
    const { code, stderr } = await shell('tm windw fixed 5m');
    expect(code).toBe(2);
    expect(stderr).toBe(
      "tm: unknown command 'windw' (did you mean window?)\n  hint: tm --help lists the commands\n",
    );
    expect((await shell('tm --halp')).stderr).toContain("unknown option '--halp' (did you mean --help?)");
  });

  test('is tidemark, too', async () => {
    expect(await shell('tidemark --help')).toEqual(await shell('tm --help'));
  });

  test('runs through a link from anywhere, as npm installs it', async () => {
    symlinkSync(packagePath('bin/tm-window'), join(folder, 'tm-linked'));
    expect((await shell('./tm-linked --version', { folder })).stdout).toMatch(/^tm-window /);
  });
});

describe('exit codes', () => {
  test('0: the work is done', async () => {
    expect(await shell("echo '{}' | tm source --time none | tm sink")).toMatchObject({ code: 0 });
  });

  test('1: it failed', async () => {
    const { code, stdout, stderr } = await shell('tm source missing.log --format combined', { folder });
    expect(code).toBe(1);
    expect(stdout).not.toContain('@end');
    expect(stderr).toMatch(/^tm source: .*missing\.log/);
  });

  test('2: the values that were given do not fit', async () => {
    expect(await shell('tm window fixed 5')).toMatchObject({ code: 2, stdout: '' });
  });

  test('3: there was no input at all', async () => {
    const { code, stderr } = await shell('tm window fixed 5m');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tm window: /);
  });
});

describe('stdout and stderr', () => {
  test('who stops reading help is not told about it', async () => {
    expect(await shell('tm --help | head -1')).toMatchObject({ code: 0, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('what was asked for and cannot be written is a failure', async () => {
    for (const line of ['tm --help', 'tm --version', 'tm source --help', 'tm-sink --version']) {
      expect(await shell(`${line} > /dev/full`), line).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^tm.*: cannot write standard output: no space left on device\n$/),
      });
    }
  });

  test('a closed stderr changes nothing', async () => {
    expect(await shell('tm nonsense 2>&-')).toEqual({ code: 2, stdout: '', stderr: '' });
  });

  test('--quiet silences notices, --stats tells counters', async () => {
    const line = "echo '{}' | tm source --time none --quiet --stats=json";
    const { code, stderr } = await shell(`${line} >/dev/null`);
    expect(code).toBe(0);
    expect(JSON.parse(stderr)).toMatchObject({ stage: 'source' });
  });

  test('nothing is coloured outside of a terminal', async () => {
    const { stdout } = await shell('tm window --help', { env: { FORCE_COLOR: '1' } });
    expect(stdout).not.toContain('\u001b');
  });
});
