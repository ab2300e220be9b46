import { Buffer } from 'node:buffer';
import { TidemarkError } from '../errors.ts';
import { BytePieces } from './byte-pieces.ts';
import { damaged, SavedBytes } from './saved-bytes.ts';
import type { OperatorState, Persistent, SnapshotReader, SnapshotWriter } from './snapshot.ts';

/*
 * A snapshot is a head (`tidemark state`, the version of what follows), and sections up to an END: a kind, a name, the number
 * of bytes, and these. Values are JSON. How rows are written is told in column-set.ts.
 */
const HEAD = 'tidemark state';
/** Raised with every change of what is in sections: a snapshot of another version is refused, not guessed at. */
const VERSION = 1;

const END = 0;
const VALUE = 1;
const ROWS = 2;
const BYTES = 3;

/**
 * Writes a snapshot of what an operator keeps.
 * @param all whether it is to stand alone; else it stands on those that were written or restored before
 * @returns pieces of one byte string, valid until the operator is called again
 */
export function encodeSnapshot(state: Pick<OperatorState, 'save'>, all: boolean): readonly Uint8Array[] {
  const encoder = new SnapshotEncoder(all);
  state.save(encoder);
  return encoder.take();
}

class SnapshotEncoder implements SnapshotWriter {
  readonly #out = new BytePieces();
  readonly #all: boolean;

  constructor(all: boolean) {
    this.#all = all;
    this.#out.text(HEAD);
    this.#out.varint(VERSION);
  }

  value(name: string, value: unknown): void {
    this.#section(VALUE, name, [Buffer.from(JSON.stringify(value))]);
  }

  rows(name: string, rows: Persistent): void {
    this.#section(ROWS, name, rows.saveRows(this.#all));
  }

  bytes(name: string, bytes: Buffer): void {
    this.#section(BYTES, name, [bytes]);
  }

  take(): readonly Uint8Array[] {
    this.#out.byte(END);
    return this.#out.take();
  }

  #section(kind: number, name: string, pieces: readonly Uint8Array[]): void {
    this.#out.byte(kind);
    this.#out.text(name);
    this.#out.varint(pieces.reduce((sum, piece) => sum + piece.length, 0));
    this.#out.append(pieces);
  }
}

/** A section of a snapshot. */
interface Section {
  readonly kind: number;
  readonly bytes: Buffer;
}

/** Reads what `encodeSnapshot` wrote: one snapshot that stands alone, and those that stand on it, in order. */
export class SavedSnapshot implements SnapshotReader {
  readonly #snapshots: readonly ReadonlyMap<string, Section>[];

  /** @throws TidemarkError `failed` when one of them is no snapshot of this version */
  constructor(snapshots: readonly Buffer[]) {
    this.#snapshots = snapshots.map(sectionsOf);
  }

  value(name: string): unknown {
    const bytes = this.#last(VALUE, name);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(bytes.toString()) as unknown;
    } catch {
      throw damaged(`${name} cannot be read`);
    }
  }

  bytes(name: string): Buffer | undefined {
    return this.#last(BYTES, name);
  }

  /** Rows that one snapshot lacks have begun anew behind it. */
  rows(name: string, rows: Persistent): boolean {
    const behind = this.#snapshots.findLastIndex((sections) => !sections.has(name)) + 1;
    const saved = this.#snapshots.slice(behind).map((sections) => sections.get(name)!);
    if (saved.some(({ kind }) => kind !== ROWS)) throw damaged(`${name} is of another kind`);
    for (const { bytes } of saved) loadRows(rows, bytes);
    return saved.length > 0;
  }

  #last(kind: number, name: string): Buffer | undefined {
    const section = this.#snapshots.at(-1)?.get(name);
    if (section === undefined) return undefined;
    if (section.kind !== kind) throw damaged(`${name} is of another kind`);
    return section.bytes;
  }
}

function loadRows(rows: Persistent, bytes: Buffer): void {
  try {
    rows.loadRows(bytes);
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    // What no check has found shows as a number out of range or a value that is not there.
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

function sectionsOf(bytes: Buffer): ReadonlyMap<string, Section> {
  const from = new SavedBytes(bytes);
  if (from.text() !== HEAD) throw damaged('it is no snapshot');
  const version = from.varint();
  if (version !== VERSION) {
    throw new TidemarkError('failed', `the saved state is of version ${version}, which is not known here`, {
      hint: 'go on with the tidemark that wrote it, or begin anew with --reset-state',
    });
  }
  const sections = new Map<string, Section>();
  for (let kind = from.byte(); kind !== END; kind = from.byte()) {
    const name = from.text();
    if (sections.has(name)) throw damaged(`${name} is there twice`);
    sections.set(name, { kind, bytes: from.take(from.count(1)) });
  }
  from.end();
  return sections;
}
