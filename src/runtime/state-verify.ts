import fs from 'node:fs';
import { join } from 'node:path';
import { loadMarks } from '../connectors/file-mark.ts';
import { systemCode } from '../connectors/system-error.ts';
import { FileNotes } from '../connectors/take-back.ts';
import { readDurable } from '../epochs/durable-file.ts';
import { verifyJournal } from '../epochs/journal.ts';
import { readNotes } from '../epochs/notes.ts';
import { SpillFolder } from '../epochs/spill-folder.ts';
import { type Commit, epochFile, type StateDirectory } from '../epochs/state-directory.ts';
import { TidemarkError } from '../errors.ts';
import { SavedSnapshot } from '../state/snapshot-file.ts';
import { ON_DISK, type SavedFile, savedFiles } from '../state/spill-files.ts';
import { POSITION, type SavedPosition } from './source-epochs.ts';
import { SNAPSHOT, splitSnapshot } from './stage-snapshots.ts';
import { whileCommitted } from './state-look.ts';
import { marksIn } from './target-marks.ts';

/** Something that the next run could not go on with. */
export interface Damage {
  /** The stage that it belongs to; null: the directory itself. */
  readonly stage: string | null;
  readonly problem: string;
  /** What to do about it; null: nothing that is known here. */
  readonly hint: string | null;
}

/**
 * Reads all that the committed epoch needs, and looks at the targets whether they are what was recorded.
 * @returns what is damaged or missing, in the order of the pipeline
 */
export async function verifyState(directory: StateDirectory): Promise<readonly Damage[]> {
  const found = new Findings();
  await found.look(null, async () => {
    await read(join(directory.path, 'attempt'));
  });
  await found.look(null, async () => void (await directory.prepared()));
  const ofEpoch = await found.look(null, async () => {
    await directory.refuseIncomplete(await directory.id());
    return whileCommitted(directory, async (commit) => {
      const stages = new Findings();
      for (const id of commit?.stages ?? []) await verifyStage(directory, id, commit!.epoch, stages);
      // A run may have gone on meanwhile, and taken away what this commit needed.
      if (stages.damages.length > 0 && (await isOver(directory, commit)))
        throw new TidemarkError('failed', 'epochs are committed faster than they can be verified', {
          hint: 'stop the run first: tm state DIR --stop',
        });
      return stages.damages;
    });
  });
  return [...found.damages, ...(ofEpoch ?? [])];
}

const isOver = async (directory: StateDirectory, commit: Commit | undefined): Promise<boolean> =>
  (await directory.commit())?.epoch !== commit?.epoch;

class Findings {
  readonly damages: Damage[] = [];

  /** What `read` gives; undefined: it throws, which is noted. */
  async look<T>(stage: string | null, read: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof TidemarkError) && systemCode(error) === '') throw error;
      const hint = (error as Partial<TidemarkError>).hint ?? null;
      this.damages.push({ stage, problem: (error as Error).message, hint });
      return undefined;
    }
  }
}

async function verifyStage(
  directory: StateDirectory,
  id: string,
  epoch: number,
  found: Findings,
): Promise<void> {
  const folder = directory.folderOf(id);
  await loadMarks();
  const positions = await found.look(id, async () =>
    fs.existsSync(epochFile(folder, epoch, POSITION))
      ? { side: (await verifySource(folder, epoch)).side }
      : readSnapshot(id, folder, epoch, found),
  );
  for (const name of loggedOutputs(folder, epoch))
    await found.look(id, () => readDurable(join(folder, name)));
  for (const [name, position] of Object.entries(positions ?? {})) {
    const kind = name === 'leaf' ? 'target' : name.replace(/^side /, '');
    const notes = new FileNotes({ uncommitted: readNotes(folder, kind, epoch), add: () => {} });
    for (const { mark, waiting, mayGo } of marksIn(position)) {
      // Between its commit and its publication the bytes stand in a hidden file.
      const path = waiting !== undefined && fs.existsSync(waiting) ? waiting : mark.path;
      if (mayGo && !notes.begun.has(mark.path) && !fs.existsSync(path)) continue;
      await found.look(id, () => notes.check({ ...mark, path }));
    }
  }
}

/** What is committed and may not have been published yet, of a target that takes an epoch at a time. */
const loggedOutputs = (folder: string, epoch: number): string[] =>
  fs.readdirSync(folder).filter((name) => Number(/^output-(\d+)[.]log$/.exec(name)?.[1]) <= epoch);

/** Reads what the source needs. @returns the position */
async function verifySource(folder: string, epoch: number): Promise<SavedPosition> {
  const position = await savedPosition(folder, epoch);
  verifyJournal(folder, position.journal ?? 0);
  return position;
}

async function savedPosition(folder: string, epoch: number): Promise<SavedPosition> {
  const bytes = await read(epochFile(folder, epoch, POSITION));
  return JSON.parse(bytes.toString()) as SavedPosition;
}

/** Reads a snapshot, all that it stands on, and the files that it names. @returns what the targets have said of themselves */
async function readSnapshot(
  id: string,
  folder: string,
  epoch: number,
  found: Findings,
): Promise<Readonly<Record<string, unknown>>> {
  const last = splitSnapshot(await read(epochFile(folder, epoch, SNAPSHOT)));
  const contents: Buffer[] = [];
  for (const before of last.head.chain)
    contents.push(splitSnapshot(await read(epochFile(folder, before, SNAPSHOT))).content);
  const snapshot = new SavedSnapshot([...contents, last.content]);
  for (const file of savedFiles(snapshot.value(ON_DISK)))
    await found.look(id, () => readSpilled(folder, file));
  return last.head.targets;
}

/** Reads a file of state that did not fit in memory. */
function readSpilled(folder: string, saved: SavedFile): void {
  const files = new SpillFolder({ path: folder, attempt: 0, check: () => {} });
  try {
    const file = files.open(saved);
    for (let record = file.read(0); record !== undefined; record = file.read(record.next));
  } finally {
    files.release();
  }
}

async function read(path: string): Promise<Buffer> {
  const bytes = await readDurable(path);
  if (bytes !== undefined) return bytes;
  throw new TidemarkError('failed', `${path} is missing`, {
    hint: 'bring it back from a backup of the whole directory; --reset-state begins anew, without what was kept',
  });
}
