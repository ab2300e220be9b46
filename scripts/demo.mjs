// `npm run demo`: the main job on generated traffic, through bin/, in a folder that is removed afterwards.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const steps = [
  {
    about: `The five busiest paths of each half hour, and the 95th percentile of the size of their answers.
The 40,000 requests are up to 20 s out of order, and 1 in 100 is later still, by up to 200 s. A request
counts as long as its window is open, and --delay keeps windows open that much longer.`,
    pipe: `tm source 'generate:count=40000,seed=14,keys=40,start=2026-03-14T10:02:00Z,disorder=20s,late=0.01' --delay 20s |
  tm window fixed 30m |
  tm combine --by path n=count 'p95 = quantile(bytes, 0.95)' --order -n --limit 5 --late-to late.ndjson |
  tm sink --format table`,
  },
  {
    about: 'The late ones are not lost: each was kept with the window that it missed.',
    pipe: `tm source late.ndjson --format stream |
  tm combine n=count 'first(time)' 'last(time)' |
  tm sink --format table`,
  },
];

if (!existsSync(join(root, 'dist', 'cli', 'tm.js'))) {
  console.error('demo: there is no dist/\n  hint: npm ci builds it, and so does npm run build');
  process.exit(1);
}

/** The commands of this clone, run by this node. */
const path = [join(root, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
const folder = mkdtempSync(join(tmpdir(), 'tidemark-demo-'));
try {
  for (const { about, pipe } of steps) {
    console.log(`${about.replaceAll(/^/gm, '# ')}\n\n$ ${pipe}\n`);
    const { status, signal, error, stdout, stderr } = spawnSync('/bin/sh', ['-c', pipe], {
      cwd: folder,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    console.log([stdout, stderr].filter((text) => text !== '').join('\n'));
    if (status !== 0) {
      console.error(`demo: the pipe failed: ${error?.message ?? signal ?? `exit code ${status}`}`);
      process.exitCode = status || 1;
      break;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
