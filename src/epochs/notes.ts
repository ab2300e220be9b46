import fs from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from './durable-file.ts';
import type { StageState } from './stage-state.ts';

/** Makes a note durable, behind an epoch that was saved: it is of no use any more once a later one is committed. */
export function appendNote(state: StageState, kind: string, epoch: number, note: unknown): void {
  const path = join(state.folder, `${epoch}.notes-${kind}`);
  const isNew = !fs.existsSync(path);
  const fd = fs.openSync(path, 'a', 0o666);
  try {
    // A note that was cut off by a crash ends its line here.
    const bytes = Buffer.from(isNew ? `${JSON.stringify(note)}\n` : `\n${JSON.stringify(note)}\n`);
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  if (isNew) syncFolder(state.folder);
}

/** The notes behind `epoch` and behind all later ones, in order. One that was cut off was never acted on. */
export function readNotes(
  state: Pick<StageState, 'folder' | 'epochs'>,
  kind: string,
  epoch: number,
): unknown[] {
  const notes: unknown[] = [];
  for (const behind of state.epochs(`notes-${kind}`)) {
    if (behind < epoch) continue;
    const text = fs.readFileSync(join(state.folder, `${behind}.notes-${kind}`), 'utf8');
    for (const line of text.split('\n')) {
      try {
        if (line !== '') notes.push(JSON.parse(line));
      } catch {
        // Cut off by a crash.
      }
    }
  }
  return notes;
}
