import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { HeldBlocks } from '../../src/operators/held-blocks.ts';
import { MergedEvents } from '../../src/operators/merged-events.ts';
import { Batch } from '../../src/stream/batch.ts';

const TEXT = Buffer.from(`"s":"${'x'.repeat(90)}"`);

/** Adds an event whose line tells it from others. */
function add(held: HeldBlocks, batch: Batch, time: number, line: number): void {
  batch.clear();
  batch.used = TEXT.copy(batch.bytes);
  held.add(batch, batch.addEvent(time, 0, batch.used, line));
}

/** Takes the events before a time, and tells their times and lines. */
function taken(held: HeldBlocks, before: number): [number, number][] {
  const out = new Batch();
  const all: [number, number][] = [];
  const events = new MergedEvents(held.due(before), before);
  for (let source = events.first; source !== undefined; source = events.first) {
    out.clear();
    source.block.copyTo(out, source.row, source.time);
    expect(out.bytes.compare(TEXT, 0, TEXT.length, 0, out.used)).toBe(0);
    all.push([out.time[0]!, out.line[0]!]);
    events.advance();
  }
  held.tidy();
  return all;
}

describe('events that are held', () => {
  it('take no more memory than twice what is left of them, though few that stay are among many that go', () => {
    const held = new HeldBlocks();
    const batch = new Batch();
    const staying: [number, number][] = [];
    let most = 0;
    for (let i = 0; i < 20_000; i++) add(held, batch, i, i);
    expect(held.size).toBeGreaterThan(20_000 * (TEXT.length + 8));
    expect(held.size).toBeLessThan(20_000 * (TEXT.length + 8) * 2);
    expect(taken(held, 20_000)).toHaveLength(20_000);
    for (let i = 20_000; i < 320_000; i++) {
      const stays = i % 1000 === 999;
      const time = stays ? 10_000_000 - i : i;
      if (stays) staying.unshift([time, i]);
      add(held, batch, time, i);
      if (i % 500 !== 0) continue;
      expect(taken(held, i).every(([at, line]) => at === line)).toBe(true);
      most = Math.max(most, held.size);
    }
    // All of them took 40 MB.
    expect(most).toBeLessThan(10_000_000);
    taken(held, 320_000);
    expect(held.count).toBe(staying.length);
    expect(taken(held, Number.POSITIVE_INFINITY)).toEqual(staying);
    expect(held.count).toBe(0);
    expect(held.size).toBeLessThan(300_000);
  });

  it('are saved and restored after they were moved together, whole or what has come since', () => {
    const held = new HeldBlocks();
    const batch = new Batch();
    const saved: Buffer[] = [];
    let line = 0;
    for (let part = 0; part < 5; part++) {
      for (let i = 0; i < 40_000; i++, line++) add(held, batch, i % 100 === 0 ? 1e9 - line : line, line);
      taken(held, line - 10);
      saved.push(Buffer.concat(held.saveRows(part === 1)));
    }
    // What has come since is a fifth of what was held then.
    expect(saved[4]!.length).toBeLessThan(80_000);
    const restored = new HeldBlocks();
    restored.restoreWatermark(line - 10);
    for (const bytes of saved.slice(1)) restored.loadRows(bytes);
    expect(restored.count).toBe(held.count);
    // Lines are those of another input.
    const times = (all: [number, number][]): number[] => all.map(([time]) => time);
    const rest = times(taken(held, Number.POSITIVE_INFINITY));
    expect(rest).toHaveLength(2010);
    expect(times(taken(restored, Number.POSITIVE_INFINITY))).toEqual(rest);
  });
});
