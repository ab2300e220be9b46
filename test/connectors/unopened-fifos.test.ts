import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endUnopened, noteOpened } from '../../src/connectors/unopened-fifos.ts';

/** A FIFO in a folder of its own. */
function fifo(): string {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const path = join(folder, 'f');
  execFileSync('mkfifo', [path]);
  return path;
}

describe('FIFOs that were to be written', () => {
  it('end for who reads them, where they have not been opened', async () => {
    const path = fifo();
    const read = fs.promises.readFile(path, 'utf8');
    await endUnopened([path]);
    expect(await read).toBe('');
  });

  it('are not waited for where they have been opened', async () => {
    const path = fifo();
    noteOpened(path);
    let ended = false;
    void endUnopened([path, join(path, 'none'), '-']).then(() => {
      ended = true;
    });
    // Who waits tries again later.
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(true);
  });
});
