import { expect, test } from 'vitest';
import { Folder } from './shell.ts';
test('x', async () => {
  const bad: string[] = [];
  for (let i = 0; i < 40; i++) {
    const f = new Folder();
    const r = f.start(i % 2 ? 'cat | tm source --time t --time-format epoch-s --delay 0s | tm window fixed 10s | tm sink out' : 'tm source generate:count=1e8 --delay 0s | tm window fixed 10s | tm combine n=count | tm sink out');
    r.send('{"t":1}\n');
    await r.until(() => f.files().some((x) => x.includes('tidemark') && f.read(x) !== ''), 'work');
    await new Promise((s) => setTimeout(s, Math.random() * 300));
    r.killAll(i % 3 ? 'SIGINT' : 'SIGTERM');
    const o = await r.done;
    if (o.stderr !== '' || f.files().length) bad.push(JSON.stringify([o, f.files()]));
  }
  console.log(bad);
}, 200000);
