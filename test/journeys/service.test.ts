import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, folderOfExamples, type Started, shell, start, until } from './journey.ts';

/** examples/requests.service, started and stopped as systemd does it. */
describe('a service of systemd', () => {
  let folder: string;
  /** What stands in the unit, by `Section.Name`; of several lines of a name, all. */
  let unit: Map<string, string[]>;
  let started: Started | undefined;

  beforeEach(() => {
    folder = folderOfExamples();
    unit = new Map();
    let section = '';
    for (const line of read('requests.service').split('\n')) {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (name === undefined) continue;
      const key = `${section}.${name}`;
      unit.set(key, [...(unit.get(key) ?? []), value!.replaceAll('%S', `${folder}/lib`)]);
    }
    // The log is that of the test, and so far half of it.
    const lines = read('access.log').split(/^/m);
    fs.writeFileSync(join(folder, 'rest'), lines.slice(120).join(''));
    fs.writeFileSync(join(folder, 'access.log'), lines.slice(0, 120).join(''));
    fs.mkdirSync(join(folder, 'lib', value('Service.StateDirectory')), { recursive: true });
  });

  afterEach(async () => {
    try {
      started?.kill('SIGKILL');
    } catch {
      // It is over.
    }
    await started?.done;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const read = (name: string) => fs.readFileSync(join(folder, name), 'utf8');
  const value = (key: string) => unit.get(key)![0]!;
  const results = () =>
    fs.existsSync(join(folder, 'lib/requests/requests.csv')) ? read('lib/requests/requests.csv') : '';

  function run(): Started {
    const environment = unit
      .get('Service.Environment')!
      .flatMap((line) => line.split(' '))
      .map((word) =>
        word.startsWith('PATH=') ? `PATH=${BIN}:${dirname(process.execPath)}:/usr/bin:/bin` : word,
      );
    const line = value('Service.ExecStart')
      .replace('/usr/local/share/tidemark', folder)
      .replace('/var/log/nginx', folder)
      .split(' ');
    started = start('/usr/bin/env', ['-i', ...environment, ...line], '/');
    return started;
  }

  const committed = () => fs.existsSync(join(folder, 'lib/requests/state/COMMIT'));

  it('is stopped by its signal without loss, and goes on when it is started again', async () => {
    const first = run();
    await until(() => fs.existsSync(join(folder, 'lib/requests/state/stages/sink')), 'it has begun');
    first.kill(value('Service.KillSignal') as NodeJS.Signals);
    expect(await first.done).toMatchObject({
      code: Number(value('Service.SuccessExitStatus')),
      stdout: '',
      stderr: '',
    });
    const before = results();
    fs.appendFileSync(join(folder, 'access.log'), read('rest'));
    const second = run();
    await until(() => results().length > before.length, 'it has gone on');
    second.kill('SIGTERM');
    await second.done;
    expect(results().startsWith(before)).toBe(true);
    const whole = await shell(
      `STATE=whole.state RESULT=whole.csv ./requests.tm access.log && tm state lib/requests/state --verify`,
      folder,
    );
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(results()).toBe(read('whole.csv'));
  });

  it('is started again where it was killed, and not where its line no longer fits the state', async () => {
    const first = run();
    await until(() => fs.existsSync(join(folder, 'lib/requests/state/stages/sink')), 'it has begun');
    first.kill('SIGKILL');
    expect((await first.done).code).toBe(137);
    expect(value('Service.Restart')).toBe('on-failure');
    const second = run();
    await until(() => results() !== '', 'results are there');
    second.kill('SIGTERM');
    await second.done;
    expect(committed()).toBe(true);
    unit.set('Service.ExecStart', [`${value('Service.ExecStart')} --from 2026-03-14`]);
    const { code, stderr } = await run().done;
    expect(String(code)).toBe(value('Service.RestartPreventExitStatus'));
    expect(stderr).toContain('--from was not given, and is ');
  });
});
