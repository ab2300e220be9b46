import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { join } from 'node:path';
import { beginFrame, endFrame } from '../../src/formats/frames.ts';
import { ByteWriter } from '../../src/json/byte-writer.ts';

/** What a writer of many files gives their target: number and text. */
export function frames(...parts: readonly (readonly [file: number, text: string])[]): Buffer {
  const out = new ByteWriter();
  for (const [file, text] of parts) {
    const frame = beginFrame(out, file);
    out.utf8(text);
    endFrame(out, frame);
  }
  return out.view();
}

/** All files under a folder, by their paths in it. */
export function tree(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    if (fs.statSync(path).isFile()) files[name] = fs.readFileSync(path, 'utf8');
  }
  return files;
}
