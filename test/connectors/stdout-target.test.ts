import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bash, bundle, temporaryFolder } from './children.ts';

let folder: string;
let script: string;
beforeAll(() => {
  folder = temporaryFolder();
  script = bundle(folder, 'write-stdout-target');
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('stdout as a target', () => {
  it.each(['commit', 'abandon'])('has what was written out after %s', (what) => {
    expect(bash(`$NODE ${script} ${what} | cat`, folder)).toMatchObject({
      status: 0,
      stdout: 'one\nterminal: false\n',
      stderr: '',
    });
    bash(`$NODE ${script} ${what} > file`, folder);
    expect(fs.readFileSync(join(folder, 'file'), 'utf8')).toBe('one\nterminal: false\n');
  });

  it.runIf(fs.existsSync('/dev/full'))('fails where a device takes nothing', () => {
    expect(bash(`$NODE ${script} commit > /dev/full`, folder).status).not.toBe(0);
  });
});
