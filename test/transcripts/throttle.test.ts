import { describe, expect, it } from 'vitest';
import { Folder } from './shell.ts';

const source = (count: number): string => `tm source generate:count=${count},seed=1`;

describe('throttle', () => {
  it('lets events through no faster than its rate, and not much slower', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      `${source(201)} > in; tm throttle 200/s < in | tm sink --meta drop | (read -r _; a=$(date +%s%N); cat > rest; b=$(date +%s%N); echo $(((b - a) / 1000000)))`,
    );
    expect({ stderr, codes }).toEqual({ stderr: '', codes: [0, 0, 0] });
    expect(folder.read('rest').split('\n')).toHaveLength(201);
    // The first one may have been seen late.
    expect(Number(stdout)).toBeGreaterThan(900);
    expect(Number(stdout)).toBeLessThan(5000);
  });

  it('takes out what is over the rate, counts it and keeps it', async () => {
    const folder = new Folder();
    const { stdout, stderr, codes } = await folder.run(
      `${source(100)} | tm throttle 1/h --burst 30 --excess-to excess | tm combine n=count | tm sink`,
    );
    expect({ stdout, codes }).toEqual({ stdout: '{"n":30}\n', codes: [0, 0, 0, 0] });
    expect(stderr).toBe('tm throttle: 70 of 100 events were over the rate and were taken out\n');
    const kept = await folder.run('tm source excess --format stream | tm combine n=count | tm sink');
    expect(kept.stdout).toBe('{"n":70}\n');
  });

  it('has a bucket for each key', async () => {
    const { stdout } = await new Folder().run(
      `${source(500)} | tm throttle 1/h --on-excess drop --by host -q | tm combine --by host n=count | tm combine most=max\\(n\\) hosts=count | tm sink`,
    );
    expect(stdout).toMatch(/^\{"most":1,"hosts":\d\d+\}\n$/);
  });

  it('says what it wants', async () => {
    const folder = new Folder();
    for (const [words, said] of [
      ['fast', "'fast' is no rate\n  hint: a rate is events per time: 100/s, 5/m, 1/10s"],
      ['0/s', "'0/s' is no rate"],
      ['5/0s', "'5/0s' is no rate\n  hint: its time must be longer than 0"],
      ['5/fortnight', 'no duration: 1fortnight'],
      [
        '5/s --on-excess wait --excess-to f',
        '--excess-to is for events that are taken out, and --on-excess wait takes out none',
      ],
    ]) {
      const { stderr, codes } = await folder.run(`tm throttle ${words}`);
      expect(codes).toEqual([2]);
      expect(stderr).toContain(`tm throttle: ${said}\n`);
    }
  });
});
