import type { ValueType } from '../commands/spec.ts';
import { usageError } from '../errors.ts';
import { usage } from './messages.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

/** A line is held in one buffer. */
const MOST = 1024 ** 3;

/** A number of bytes: `65536`, `64KiB`, `16MiB`. */
export const BYTE_SIZE: ValueType<number> = {
  placeholder: 'SIZE',
  parse(text) {
    const [, digits, unit] = /^([0-9]+) ?([a-z]*)$/i.exec(text) ?? [];
    const factor = UNITS[unit?.toLowerCase() ?? '?'];
    if (digits === undefined || factor === undefined) throw usageError(usage.badSize(text));
    const size = Number(digits) * factor;
    if (size < 1 || size > MOST) throw usageError(usage.sizeBounds);
    return size;
  },
};
