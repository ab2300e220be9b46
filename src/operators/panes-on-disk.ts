import { Buffer } from 'node:buffer';
import type { SnapshotReader, SnapshotWriter } from '../state/snapshot.ts';
import { ON_DISK, type SpillFiles } from '../state/spill-files.ts';
import { BATCH_ROWS } from '../stream/batch.ts';
import type { OperatorContext } from './operator.ts';
import type { PanedGroups } from './paned-groups.ts';
import type { SpilledPanes } from './spilled-panes.ts';
import type { SpilledSessions } from './spilled-sessions.ts';

/** The groups of a combine under a trigger that do not fit in memory, and when some go to disk. */
export class PanesOnDisk {
  /** Bytes that groups may take in memory. */
  readonly memory: number;
  /** Undefined: there are none, or they are of the other kind. */
  windows: SpilledPanes | undefined;
  sessions: SpilledSessions | undefined;
  readonly #open: OperatorContext['spill'];
  #files: SpillFiles | undefined;
  /** What a snapshot has said of them, until they are there. */
  #saved: { readonly runs: unknown; readonly gone: Buffer } | undefined;

  /** @param open gives files; undefined: all groups stay in memory */
  constructor(memory: number, open: OperatorContext['spill']) {
    this.memory = memory;
    this.#open = open;
  }

  /** Where results go that do not fit in memory. There are groups on disk. */
  get files(): SpillFiles {
    return this.#files!;
  }

  /** How many groups are on disk. */
  get count(): number {
    return (this.windows ?? this.sessions)?.count ?? 0;
  }

  save(out: SnapshotWriter): void {
    const spilled = (this.windows ?? this.sessions)?.save();
    if (spilled === undefined || spilled.runs.length === 0) return;
    out.value(ON_DISK, spilled.runs);
    out.bytes(GONE, spilled.gone);
  }

  restore(from: SnapshotReader): void {
    const runs = from.value(ON_DISK);
    if (runs !== undefined) this.#saved = { runs, gone: from.bytes(GONE) ?? NO_BYTES };
  }

  /** Opens the files that the snapshot has named. @throws TidemarkError `failed` */
  async restored(paned: PanedGroups | undefined): Promise<void> {
    const saved = this.#saved;
    this.#saved = undefined;
    if (saved === undefined) return;
    await this.#begin(paned!, this.#open!);
    (this.windows ?? this.sessions)?.restore(saved.runs, saved.gone);
  }

  /** Writes groups to disk where they take more memory than they should. `watermark`: ms. */
  *makeRoom(paned: PanedGroups, watermark: number): Generator<undefined | Promise<void>, void, void> {
    const open = this.#open;
    if (open === undefined || !paned.groups.exceed(this.memory, BATCH_ROWS)) return;
    if ((this.windows ?? this.sessions) === undefined) yield this.#begin(paned, open);
    this.windows?.spill(watermark);
    this.sessions?.spill();
  }

  /** The same of sessions that end before a time, ms: the watermark, or a tick, has fired these, and goes on. */
  makeRoomBefore(end: number, paned: PanedGroups): void {
    if (this.sessions !== undefined && paned.groups.exceed(this.memory, 0)) this.sessions.spillBefore(end);
  }

  async #begin(paned: PanedGroups, open: () => Promise<SpillFiles>): Promise<void> {
    const { apart, sessions } = paned;
    this.#files = await open();
    if (apart !== undefined) {
      const { SpilledPanes } = await import('./spilled-panes.ts');
      this.windows = new SpilledPanes(paned, apart, this.#files, this.memory);
    }
    if (sessions !== undefined) {
      const { SpilledSessions } = await import('./spilled-sessions.ts');
      this.sessions = new SpilledSessions(sessions, this.#files, {
        arrive: (session) => {
          paned.arrive(session, sessions.hasEnded(session));
        },
        leave: (session) => paned.trigger.leave(session),
        isFull: () => paned.groups.exceed(this.memory, 0),
      });
    }
  }
}

const NO_BYTES = Buffer.alloc(0);

/** The name in a snapshot of what of that on disk has been taken. */
const GONE = 'taken from disk';
