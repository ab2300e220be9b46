import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { readDurableJson } from '../epochs/durable-file.ts';
import { FileLock } from '../epochs/file-lock.ts';
import { type Commit, epochFile, LOCK, StateDirectory } from '../epochs/state-directory.ts';
import { TidemarkError } from '../errors.ts';
import { compressionOf } from '../formats/compression.ts';
import { BRANCH, DEAD_LETTER, EXCESS, LATE, REJECTED } from '../operators/operator.ts';
import { POSITION, type SavedPosition } from './source-epochs.ts';
import { type SavedHead, SNAPSHOT } from './stage-snapshots.ts';
import { marksIn } from './target-marks.ts';

/** What is in a state directory, for who looks at it from outside. */
export interface StateLook {
  /** An absolute path. */
  readonly directory: string;
  /** Null: no run has come so far as to give it one. */
  readonly id: string | null;
  /** A source has the directory now. */
  readonly running: boolean;
  /** The number of the last run. */
  readonly attempt: number;
  /** The epoch from which the next run goes on; null: none is committed. */
  readonly committed: CommittedLook | null;
  /** Those of the committed epoch in the order of the pipeline, then the others. */
  readonly stages: readonly StageLook[];
}

export interface CommittedLook {
  readonly epoch: number;
  readonly attempt: number;
  /** When it was, epoch ms. */
  readonly at: number;
  /** The stream has had its end with it. */
  readonly drained: boolean;
}

export interface StageLook {
  readonly id: string;
  /** Null: nothing is known of it, for no committed epoch has anything of it. */
  readonly command: string | null;
  /** Whether the committed epoch is its, too. */
  readonly committed: boolean;
  /** Bytes that its files take. */
  readonly bytes: number;
  /** ms; null: complete, or none was yet. */
  readonly watermark: number | null;
  /** Null: it has none, or does not count them. */
  readonly keys: number | null;
  readonly windows: number | null;
  readonly held: number | null;
  /** Of a source. */
  readonly positions: readonly LocationLook[];
  readonly targets: readonly TargetLook[];
}

/** How far a location has been read; null: nothing is known of it. */
export interface LocationLook {
  readonly location: string;
  readonly line: number | null;
  /** Bytes before the next record. */
  readonly byte: number | null;
  /** Bytes that the file has now, where it is still there under its name, and not compressed. */
  readonly size: number | null;
  /** Of a directory or a pattern: files that were read whole. */
  readonly files: number | null;
}

export interface TargetLook {
  /** `results`, `late`, `rejected`, `dead letters`. */
  readonly output: string;
  /** Null: it is no file that keeps what it was given (stdout, a FIFO). */
  readonly path: string | null;
  /** Bytes that belong to the committed epoch. */
  readonly bytes: number | null;
}

/** Looks at what was pruned meanwhile, because the run goes on: so often another commit is read. */
const TRIES = 20;

/**
 * The state directory of that name.
 * @throws TidemarkError `failed` where it is none, is empty, or was written by a later version
 */
export async function openStateDirectory(name: string): Promise<StateDirectory> {
  const directory = new StateDirectory(resolve(name));
  const names = namesIn(name);
  if (names.length === 0) {
    throw new TidemarkError('failed', `${name} is empty: no run has kept anything there`, {
      hint: 'name what was given as --state to tm source',
    });
  }
  const id = await directory.id();
  // A run that was killed in its first moments has come no further.
  if (id === undefined && !(names.includes('attempt') && names.includes('stages'))) {
    throw new TidemarkError('failed', `${name} is no state directory: tidemark.json is not there`, {
      hint: 'name what was given as --state to tm source',
    });
  }
  return directory;
}

function namesIn(name: string): string[] {
  try {
    return fs.readdirSync(name);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? `there is no directory ${name}`
        : code === 'ENOTDIR'
          ? `${name} is no directory`
          : `cannot read ${name}: ${message}`;
    throw new TidemarkError('failed', why, {
      hint: 'name what was given as --state to tm source',
      cause: error,
    });
  }
}

/** @throws TidemarkError `failed` where something of the committed epoch is missing or damaged */
export async function lookAtState(directory: StateDirectory): Promise<StateLook> {
  await directory.refuseIncomplete(await directory.id());
  // Takes longer than a short checkpoint.
  const running = await FileLock.isTaken(directory.lockPath);
  return whileCommitted(directory, async (commit) => ({
    directory: directory.path,
    id: (await directory.id()) ?? null,
    running,
    attempt: directory.attempt(),
    committed:
      commit === undefined
        ? null
        : {
            epoch: commit.epoch,
            attempt: commit.attempt,
            at: fs.statSync(join(directory.path, 'COMMIT')).mtimeMs,
            drained: commit.drained,
          },
    stages: await stagesOf(directory, commit),
  }));
}

/** Reads what belongs to one commit: again where a run has made another one meanwhile, and taken away what this one had. */
export async function whileCommitted<T>(
  directory: StateDirectory,
  read: (commit: Commit | undefined) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const commit = await directory.commit();
    try {
      return await read(commit);
    } catch (error) {
      const now = await directory.commit();
      if (now?.epoch === commit?.epoch || tries === TRIES) throw error;
    }
  }
}

async function stagesOf(directory: StateDirectory, commit: Commit | undefined): Promise<StageLook[]> {
  const committed = commit?.stages ?? [];
  const others = directory.stages().filter((id) => !committed.includes(id));
  return Promise.all([
    ...committed.map((id) => committedStage(directory.folderOf(id), id, commit!)),
    ...others.map((id) => ({ ...nothingKnown(directory.folderOf(id), id), committed: false })),
  ]);
}

async function committedStage(folder: string, id: string, { epoch, drained }: Commit): Promise<StageLook> {
  const look = nothingKnown(folder, id);
  const saved = (await readDurableJson(epochFile(folder, epoch, POSITION))) as SavedPosition | undefined;
  if (saved !== undefined) {
    const { watermark, locations } = (saved.position ?? {}) as LoosePosition;
    return {
      ...look,
      command: 'source',
      watermark: drained ? null : (watermark ?? null),
      positions: (locations ?? []).map(locationLook),
      targets: saved.side === undefined ? [] : targetLooks('rejected', saved.side),
    };
  }
  const { command, summary, targets } = readHead(epochFile(folder, epoch, SNAPSHOT));
  return {
    ...look,
    command,
    watermark: summary?.watermark ?? null,
    keys: summary?.keys ?? null,
    windows: summary?.windows ?? null,
    held: summary?.held ?? null,
    targets: Object.entries(targets)
      // Of a command that writes to branches alone.
      .filter(([name, position]) => name !== 'leaf' || position !== null)
      .flatMap(([name, position]) => targetLooks(outputOf(name), position)),
  };
}

const nothingKnown = (folder: string, id: string): StageLook => ({
  id,
  command: null,
  committed: true,
  bytes: bytesIn(folder),
  watermark: null,
  keys: null,
  windows: null,
  held: null,
  positions: [],
  targets: [],
});

/** Bytes of all files below a folder; what goes meanwhile has none. */
function bytesIn(folder: string): number {
  let sum = 0;
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[]) {
    const stat = fs.statSync(join(folder, name), { throwIfNoEntry: false });
    if (stat?.isFile() === true && name !== LOCK) sum += stat.size;
  }
  return sum;
}

/** What a source says of where it is, as far as that is known here: a source of another kind may say other things. */
interface LoosePosition {
  readonly watermark?: number | null;
  readonly locations?: readonly LooseLocation[];
}

interface LooseLocation {
  readonly name?: string;
  readonly file?: {
    readonly byte?: number;
    readonly inode?: string;
    readonly reader?: { line?: number };
  } | null;
  readonly taken?: readonly unknown[];
}

function locationLook({ name = '', file, taken }: LooseLocation): LocationLook {
  return {
    location: name,
    line: file?.reader?.line ?? null,
    byte: file?.byte ?? null,
    size: sizeOf(name, file?.inode),
    files: taken?.length ?? null,
  };
}

/** Null where another file, or none, stands there: the name is as the run was given it, which may have run elsewhere. */
function sizeOf(name: string, inode: string | undefined): number | null {
  if (inode === undefined || compressionOf(name) !== undefined) return null;
  const stat = fs.statSync(name, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true && String(stat.ino) === inode ? Number(stat.size) : null;
}

function outputOf(name: string): string {
  const outputs: Readonly<Record<string, string>> = {
    leaf: 'results',
    [`side ${LATE}`]: 'late',
    [`side ${REJECTED}`]: 'rejected',
    [`side ${DEAD_LETTER}`]: 'dead letters',
    [`side ${EXCESS}`]: 'excess',
  };
  const branch = /^side (\d+)$/.exec(name)?.[1];
  return outputs[name] ?? (branch === undefined ? name : `branch ${Number(branch) - BRANCH}`);
}

function targetLooks(output: string, position: unknown): TargetLook[] {
  const marks = marksIn(position);
  if (marks.length === 0) return [{ output, path: null, bytes: null }];
  return marks.map(({ mark }) => ({ output, path: mark.path, bytes: mark.length }));
}

/** Bytes that are read of a snapshot at first: mostly all of its first line. */
const HEAD_BYTES = 1 << 16;
const LF = 10;

/** The first line of a snapshot, without reading the rest of it. */
function readHead(path: string): SavedHead {
  try {
    const fd = fs.openSync(path, 'r');
    try {
      const { size } = fs.fstatSync(fd);
      for (let length = Math.min(HEAD_BYTES, size); ; length = Math.min(length * 4, size)) {
        const bytes = Buffer.alloc(length);
        fs.readSync(fd, bytes, 0, length, 0);
        const end = bytes.indexOf(LF);
        if (end >= 0 || length === size) return JSON.parse(bytes.toString('utf8', 0, end)) as SavedHead;
      }
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw new TidemarkError('failed', `cannot read ${path}: ${(error as Error).message}`, {
      hint: 'tm state DIR --verify tells all that is damaged',
      cause: error,
    });
  }
}
