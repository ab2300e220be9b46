import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal, verifyJournal } from '../../src/epochs/journal.ts';
import { SourceState } from '../../src/epochs/source-state.ts';
import { StageState } from '../../src/epochs/stage-state.ts';

let folder = '';
let source: SourceState;
let stage: StageState;

beforeEach(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'tidemark-journal-'));
  source = (await SourceState.open(
    { directory: folder, ifRunning: 'fail', reset: false },
    () => {},
    new AbortController().signal,
  ))!;
  const { id, attempt } = source;
  stage = await StageState.register({ directory: folder, id, attempt, epoch: 0, stages: [] }, 'source');
});
afterEach(() => {
  source.close();
  fs.rmSync(folder, { recursive: true });
});

const fileOf = (epoch: number): string => join(stage.folder, `${epoch}.journal`);
const files = (): string[] => fs.readdirSync(stage.folder).filter((name) => name !== 'lock');

function notedAhead(passed: number): unknown[] {
  const journal = new Journal(stage, passed);
  journal.close();
  return [...journal.ahead()];
}

/** A journal of three entries, in two epochs. */
function three(): void {
  const journal = new Journal(stage, 0);
  journal.note(1, { first: 'ä\n' });
  journal.note(1, 'second');
  journal.barrier();
  journal.note(2, 3);
  journal.close();
}

describe('a journal', () => {
  it('has all that was noted behind a place, in order, of all epochs', () => {
    three();
    expect(notedAhead(0)).toEqual([{ first: 'ä\n' }, 'second', 3]);
    expect(notedAhead(1)).toEqual(['second', 3]);
    expect(notedAhead(3)).toEqual([]);
  });

  it('leaves no file where nothing was noted, and none that a commit has behind it', () => {
    const journal = new Journal(stage, 0);
    journal.committed(journal.barrier());
    expect(files()).toEqual([]);
    journal.note(2, 'a');
    const passed = journal.barrier();
    journal.note(3, 'b');
    journal.committed(passed);
    expect(files()).toEqual(['3.journal']);
    journal.close();
    expect(notedAhead(passed)).toEqual(['b']);
  });

  it('has no use for an entry that a crash has cut off, wherever it was cut', () => {
    three();
    const bytes = fs.readFileSync(fileOf(1));
    fs.rmSync(fileOf(2));
    const second = bytes.indexOf('\n') + 1;
    for (let end = 0; end < bytes.length - 1; end++) {
      fs.writeFileSync(fileOf(1), bytes.subarray(0, end));
      const whole = end >= second - 1 ? [{ first: 'ä\n' }] : [];
      expect(notedAhead(0)).toEqual(whole);
      // Who goes on writes another file.
      const journal = new Journal(stage, 0);
      while (journal.next !== undefined) journal.pass();
      journal.note(2, 'on');
      journal.close();
      expect(notedAhead(0)).toEqual([...whole, 'on']);
      fs.rmSync(fileOf(2));
    }
    fs.writeFileSync(fileOf(1), Buffer.concat([bytes.subarray(0, second), Buffer.alloc(50)]));
    expect(notedAhead(0)).toEqual([{ first: 'ä\n' }]);
  });

  it('is an error where any byte of another entry is not what was written, or a file is missing', () => {
    three();
    const bytes = fs.readFileSync(fileOf(1));
    for (let at = 0; at < bytes.indexOf('\n'); at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      fs.writeFileSync(fileOf(1), damaged);
      expect(() => new Journal(stage, 0)).toThrow('1.journal is damaged');
      expect(() => verifyJournal(stage.folder, 0)).toThrow('1.journal is damaged');
    }
    fs.rmSync(fileOf(1));
    expect(() => new Journal(stage, 0)).toThrow('2.journal is damaged');
    verifyJournal(stage.folder, 2);
  });

  it('is that of the last run: an older one that is still alive writes nothing more', async () => {
    const journal = new Journal(stage, 0);
    await source.directory.writeAttempt(source.attempt + 1);
    expect(() => journal.note(1, 'a')).toThrow('a later run has taken over');
    expect(files()).toEqual([]);
    journal.close();
  });

  it('is the list of what was noted and not given up, through barriers, commits and kills', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('note', 'note', 'pass', 'barrier', 'commit', 'kill'), { maxLength: 40 }),
        (steps) => {
          for (const name of files()) fs.rmSync(join(stage.folder, name));
          const list: number[] = [];
          let [passed, prepared, committed, epoch] = [0, 0, 0, 1];
          let journal = new Journal(stage, 0);
          for (const [number, step] of steps.entries()) {
            if (step === 'note') {
              list.length = passed;
              passed = list.push(number);
              journal.note(epoch, number);
            } else if (step === 'pass' && passed < list.length) {
              passed++;
              journal.pass();
            } else if (step === 'barrier') {
              prepared = journal.barrier();
              expect(prepared).toBe(passed);
              epoch++;
            } else if (step === 'commit') {
              committed = prepared;
              journal.committed(committed);
            } else if (step === 'kill') {
              journal.close();
              journal = new Journal(stage, committed);
              passed = prepared = committed;
              epoch++;
            }
            expect([...journal.ahead()]).toEqual(list.slice(passed));
            expect(journal.next).toBe(list[passed]);
          }
          journal.close();
        },
      ),
    );
  });
});
