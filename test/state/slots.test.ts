import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/state/slots.ts';
import { TEXTS } from './texts.ts';

describe('slots', () => {
  it('are given out with the initial values of their columns, again too', () => {
    const slots = new Slots(2);
    const columns = [
      slots.integers(-1),
      slots.integers(),
      slots.doubles(Number.NEGATIVE_INFINITY),
      slots.doubles(),
    ];
    const objects = slots.objects(TEXTS);
    const given = Array.from({ length: 100 }, () => {
      const slot = slots.allocate();
      expect(columns.map(({ values }) => values[slot])).toEqual([-1, 0, Number.NEGATIVE_INFINITY, 0]);
      expect(objects.values[slot]).toBeUndefined();
      for (const { values } of columns) values[slot] = 7;
      objects.values[slot] = 'x';
      return slot;
    });
    expect(new Set(given).size).toBe(100);
    expect(slots.count).toBe(100);
    for (const slot of given.slice(20)) slots.free(slot);
    expect(slots.count).toBe(20);
    for (let i = 0; i < 80; i++) {
      const slot = slots.allocate();
      expect(columns.map(({ values }) => values[slot])).toEqual([-1, 0, Number.NEGATIVE_INFINITY, 0]);
      expect(objects.values[slot]).toBeUndefined();
    }
    expect(slots.capacity).toBe(128);
    for (const slot of given.slice(0, 20))
      expect(columns.map(({ values }) => values[slot])).toEqual([7, 7, 7, 7]);
  });

  it('give columns that are asked for late the rows that are there', () => {
    const slots = new Slots(2);
    for (let i = 0; i < 5; i++) slots.allocate();
    const column = slots.doubles(3);
    expect([...column.values.subarray(0, 5)]).toEqual([3, 3, 3, 3, 3]);
  });
});
