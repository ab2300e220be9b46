import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeptFolder, SpillFolder } from '../../src/epochs/spill-folder.ts';
import type { SpillFile } from '../../src/state/spill-files.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-spill-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const kept = (attempt = 1): KeptFolder => ({ path: folder, attempt, check: () => {} });

/** All records of a file, read anew. */
function recordsOf(file: SpillFile): Buffer[] {
  const records: Buffer[] = [];
  for (let record = file.read(0); record !== undefined; record = file.read(record.next))
    records.push(record.bytes);
  return records;
}

const same = (a: readonly Buffer[], b: readonly Buffer[]): boolean =>
  a.length === b.length && a.every((one, i) => one.equals(b[i]!));

function written(files: SpillFolder, records: readonly Uint8Array[]): SpillFile {
  const file = files.create();
  for (const record of records) file.append([record.subarray(0, 3), record.subarray(3)]);
  file.finish();
  return file;
}

/** Records of which some are longer than what is read and written at once. */
const records = fc.array(
  fc
    .tuple(fc.oneof(fc.nat(40), fc.nat(70_000), fc.integer({ min: 200_000, max: 600_000 })), fc.nat(255))
    .map(([length, fill]) => Buffer.alloc(length, fill)),
  { maxLength: 12 },
);

describe('files of state that does not fit in memory', () => {
  it('give back the records that were written, in a folder and without one, and opened again', async () => {
    await fc.assert(
      fc.property(records, (given) => {
        const before = new SpillFolder(kept());
        const file = written(before, given);
        expect(same(recordsOf(file), given)).toBe(true);
        const { saved } = file;
        before.sync();
        before.release();
        const again = new SpillFolder(kept(2));
        expect(same(recordsOf(again.open(saved)), given)).toBe(true);
        again.release();
        for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name));
        const temporary = new SpillFolder(undefined);
        expect(same(recordsOf(written(temporary, given)), given)).toBe(true);
        temporary.release();
      }),
      { numRuns: 30 },
    );
  });

  it('give back each record alone, in any order', async () => {
    await fc.assert(
      fc.property(records, fc.boolean(), (given, keeps) => {
        const files = new SpillFolder(keeps ? kept() : undefined);
        const file = files.create();
        const places = given.map((record) => file.append([record]));
        file.finish();
        places.push(file.saved.length);
        for (let i = given.length - 1; i >= 0; i--)
          expect(file.lookAt(places[i]!, places[i + 1]!).equals(given[i]!)).toBe(true);
        files.release();
        for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name));
      }),
      { numRuns: 30 },
    );
  });

  it('have no name where nothing is kept', () => {
    const mine = (): string[] =>
      fs.readdirSync(tmpdir()).filter((name) => name.startsWith(`tidemark-${process.pid}-`));
    const files = new SpillFolder(undefined);
    const file = written(files, [Buffer.from('one')]);
    expect(mine()).toEqual([]);
    expect(recordsOf(file).map(String)).toEqual(['one']);
    file.remove();
    files.release();
  });

  it('stay until the snapshot behind the last that names them is what a run goes on from', () => {
    const files = new SpillFolder(kept());
    const [named, never] = [written(files, [Buffer.from('a')]), written(files, [Buffer.from('b')])];
    never.remove();
    const names = (): string[] => fs.readdirSync(folder);
    expect(names()).toEqual([named.saved.name]);
    files.sync();
    named.remove();
    expect(names()).toEqual([named.saved.name]);
    files.sync();
    expect(names()).toEqual([named.saved.name]);
    files.sync();
    expect(names()).toEqual([]);
  });

  it('are removed when they are those of a run that was cut off', () => {
    const files = new SpillFolder(kept());
    const { saved } = written(files, [Buffer.from('a')]);
    written(files, [Buffer.from('b')]);
    files.release();
    fs.writeFileSync(join(folder, '7.snapshot'), '');
    const next = new SpillFolder(kept(2));
    next.open(saved);
    next.removeOthers();
    expect(fs.readdirSync(folder).sort()).toEqual(['7.snapshot', saved.name].sort());
  });

  it('are refused when they are missing, shorter or not what was written', () => {
    const files = new SpillFolder(kept());
    const { saved } = written(files, [Buffer.alloc(100_000, 'x')]);
    files.release();
    const path = join(folder, saved.name);
    const open = (): SpillFile => new SpillFolder(kept(2)).open(saved);
    const bytes = fs.readFileSync(path);
    bytes[5000]! ^= 1;
    fs.writeFileSync(path, bytes);
    expect(() => open().read(0)).toThrow(`${path} is damaged: it is not what was written`);
    expect(() => open().lookAt(0, saved.length)).toThrow(`${path} is damaged: it is not what was written`);
    expect(() => open().lookAt(0, saved.length + 1)).toThrow(
      `${path} is damaged: it is not what was written`,
    );
    expect(() => open().lookAt(1, saved.length)).toThrow(`${path} is damaged: it is not what was written`);
    fs.truncateSync(path, bytes.length - 1);
    expect(open).toThrow(`${path} is damaged: it is shorter than it was`);
    fs.rmSync(path);
    expect(open).toThrow(`${path} is damaged: it is not there`);
  });
});
