import { expect, test } from 'vitest';
import { KernelTurns } from '../../src/formats/kernel-turns.ts';

/** Lines that are read one by one before the kernel is asked again. */
function pause(turns: KernelTurns): number {
  let lines = 0;
  while (!turns.isNext()) lines++;
  return lines;
}

test('the kernel is asked less and less often where it reads little, and at once where it reads much', () => {
  const turns = new KernelTurns();
  const pauses = Array.from({ length: 9 }, () => {
    turns.took(3);
    turns.took(0);
    return pause(turns);
  });
  expect(pauses).toEqual([0, 1, 3, 7, 15, 31, 63, 64, 64]);
  turns.took(5);
  turns.took(5);
  turns.took(0);
  expect(pause(turns)).toBe(0);
});
