import fs from 'node:fs';
import { syncFolder, writeAll } from '../files/durable.ts';
import type { StageState } from './stage-state.ts';
import { epochFile, epochsIn } from './state-directory.ts';
import { using } from './unusable.ts';

/** A line of a file of notes. */
interface Line {
  readonly attempt: number;
  readonly note: unknown;
}

const notesOf = (folder: string, kind: string, epoch: number): string =>
  epochFile(folder, epoch, `notes-${kind}`);

/**
 * Makes a note durable, behind an epoch that was saved: it is of no use any more once a later one is committed.
 * @throws TidemarkError `failed`
 */
export function appendNote(state: StageState, kind: string, epoch: number, note: unknown): void {
  const path = notesOf(state.folder, kind, epoch);
  using(path, () => append(state, path, note));
}

function append(state: StageState, path: string, note: unknown): void {
  const isNew = !fs.existsSync(path);
  const fd = fs.openSync(path, 'a', 0o666);
  try {
    // A note that was cut off by a crash ends its line here.
    const line = `${JSON.stringify({ attempt: state.reference.attempt, note } satisfies Line)}\n`;
    writeAll(fd, Buffer.from(isNew ? line : `\n${line}`));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  if (isNew) syncFolder(state.folder);
}

/**
 * The notes behind `epoch` and behind all later ones, in the order in which they were made: a run that begins with an
 * epoch notes behind it what comes after all that runs before noted behind later ones. One that was cut off was never
 * acted on.
 * @param folder that of the stage
 * @throws the system's error
 */
export function readNotes(folder: string, kind: string, epoch: number): unknown[] {
  const lines: Line[] = [];
  for (const behind of epochsIn(folder, `notes-${kind}`)) {
    if (behind < epoch) continue;
    const path = notesOf(folder, kind, behind);
    const text = using(path, () => fs.readFileSync(path, 'utf8'));
    for (const line of text.split('\n')) {
      try {
        if (line !== '') lines.push(JSON.parse(line) as Line);
      } catch {
        // Cut off by a crash.
      }
    }
  }
  return lines.sort((a, b) => a.attempt - b.attempt).map(({ note }) => note);
}
