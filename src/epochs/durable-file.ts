import fs from 'node:fs';
import { dirname } from 'node:path';
import { TidemarkError } from '../errors.ts';
import { CHECK_LINE_BYTES, checkHashes, checkLine, syncFolder, writeAll } from '../files/durable.ts';
import { unusable, using } from './unusable.ts';

/**
 * Writes a file that is there whole or not at all, also when power fails: under another name first, synced, renamed, the
 * folder synced. Its last line is a checksum of what stands before it.
 * @throws TidemarkError `failed`; then the file is as it was
 */
export async function writeDurably(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const hash = (await checkHashes())();
  const temporary = `${path}.tmp`;
  try {
    const fd = fs.openSync(temporary, 'w', 0o666);
    try {
      for (const part of parts) {
        hash.update(part);
        writeAll(fd, part);
      }
      writeAll(fd, Buffer.from(checkLine(hash)));
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw unusable(path, error);
  }
  using(path, () => syncFolder(dirname(path)));
}

/**
 * What was written, without its checksum; undefined: there is no such file.
 * @throws TidemarkError `failed` where the checksum says that it is not what was written
 */
export async function readDurable(path: string): Promise<Buffer | undefined> {
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, error);
  }
  const end = bytes.length - CHECK_LINE_BYTES;
  if (end >= 0) {
    const hash = (await checkHashes())();
    const content = bytes.subarray(0, end);
    if (bytes.toString('latin1', end) === checkLine(hash.update(content))) return content;
  }
  throw new TidemarkError('failed', `${path} is damaged: it is not what was written`, {
    hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
  });
}

/**
 * What `writeDurableJson` wrote; undefined: there is no such file.
 * @throws TidemarkError `failed` where it is damaged
 */
export async function readDurableJson(path: string): Promise<unknown> {
  const bytes = await readDurable(path);
  return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
}

/** Writes a value as one line of JSON, as `writeDurably` does. @throws TidemarkError `failed` */
export const writeDurableJson = (path: string, value: unknown): Promise<void> =>
  writeDurably(path, [Buffer.from(`${JSON.stringify(value)}\n`)]);
