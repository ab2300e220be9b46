import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { CHECK_LINE_BYTES, checkHashes, checkLine, syncFolder, writeAll } from '../../src/files/durable.ts';

it('bytes are written to their end, however few the system takes at once', () => {
  const folder = fs.mkdtempSync(join(os.tmpdir(), 'tidemark-files-'));
  const path = join(folder, 'file');
  const fd = fs.openSync(path, 'w');
  const { writeSync } = fs;
  const few = vi
    .spyOn(fs, 'writeSync')
    .mockImplementation(((file: number, bytes: Uint8Array, at: number, length: number) =>
      writeSync(file, bytes, at, Math.min(3, length))) as typeof fs.writeSync);
  writeAll(fd, Buffer.from('in pieces of three'));
  few.mockRestore();
  fs.closeSync(fd);
  expect(fs.readFileSync(path, 'utf8')).toBe('in pieces of three');
  fs.rmSync(folder, { recursive: true });
});

it('the line that ends a file holds the checksum of what stands before it', async () => {
  const line = checkLine((await checkHashes())().update('all that stands before'));
  expect(line).toBe(`#sha256 ${createHash('sha256').update('all that stands before').digest('hex')}\n`);
  expect(line).toHaveLength(CHECK_LINE_BYTES);
});

it('a folder that is not there is an error, one that cannot be synced is none', () => {
  expect(() => syncFolder(join(os.tmpdir(), 'tidemark-no-such-folder'))).toThrow('ENOENT');
  const refused = vi.spyOn(fs, 'fsyncSync').mockImplementation(() => {
    throw Object.assign(new Error('refused'), { code: 'EINVAL' });
  });
  expect(() => syncFolder(os.tmpdir())).not.toThrow();
  refused.mockRestore();
});
