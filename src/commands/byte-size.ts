import { usageError } from '../errors.ts';
import type { ValueType } from './spec.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A number of bytes: `65536`, `64KiB`, `16MB`. @param most as it is told, in GiB */
export const byteSize = (most: number): ValueType<number> => ({
  placeholder: 'SIZE',
  parse(text) {
    const [, digits, unit] = /^([0-9]+) ?([a-z]*)$/i.exec(text) ?? [];
    const factor = UNITS[unit?.toLowerCase() ?? '?'];
    if (digits === undefined || factor === undefined) {
      throw usageError(
        `'${text}' is no size: a number of bytes, or one with KiB, MiB or GiB (or KB, MB, GB: thousands)`,
        /^[0-9]+ ?[kmg]$/i.test(text) ? `write ${text.toUpperCase()}iB` : undefined,
      );
    }
    const size = Number(digits) * factor;
    if (size < 1 || size > most * 1024 ** 3) throw usageError(`it must be from 1 byte to ${most}GiB`);
    return size;
  },
});
